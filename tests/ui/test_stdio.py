"""Input cut into lines, and output until it fails."""

import os
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import SECONDS

from chatd import limits
from chatd.ui.stdio import LineReader, LineSplitter, LineWriter


def split(pieces):
    """All lines of a stream that comes in these pieces."""
    splitter = LineSplitter()
    return [line for piece in pieces for line in splitter.feed(piece)] + splitter.end()


@given(st.lists(st.text(alphabet="aé \r", max_size=5)), st.integers(1, 9), st.booleans())
def test_lines_do_not_depend_on_the_pieces(texts, size, is_ended):
    """However the stream is cut, the lines are the same; only one CR goes with the LF."""
    data = "\n".join(texts).encode() + (b"\n" if is_ended else b"")
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    expected = [text.removesuffix("\r").encode() for text in texts]
    # An empty line counts only if something ends it.
    if not is_ended and texts and not texts[-1]:
        expected.pop()
    if not texts and is_ended:
        expected = [b""]
    assert split(pieces) == expected


def test_an_unterminated_last_line_counts():
    """The end of the input ends a line, but makes none."""
    assert split([b"a\nb"]) == [b"a", b"b"]
    assert split([b"a\n"]) == [b"a"]
    assert split([]) == []


@pytest.mark.parametrize("over", [0, 1, 100_000])
def test_a_long_line_is_one_line(over):
    """What is over the limit is dropped, and never becomes a line of its own."""
    line = b"x" * (limits.PIPED_LINE + over)
    pieces = [line[at : at + 7000] for at in range(0, len(line), 7000)]
    assert split([*pieces, b"\nexit\n"]) == [b"x" * limits.PIPED_LINE, b"exit"]


def test_bytes_that_are_no_text():
    """They stay for whoever makes text of them."""
    assert split([b"\xff\0a\n"]) == [b"\xff\0a"]


class NowReactor:
    """Calls from threads at once, in the thread."""

    def callFromThread(self, function, *arguments):
        function(*arguments)


def read(descriptor):
    """What a reader makes of a descriptor, up to the end."""
    lines, ended = [], threading.Event()
    LineReader(NowReactor(), descriptor, lines.append, ended.set).start()
    assert ended.wait(SECONDS)
    return lines


def test_no_descriptor_is_the_end():
    """A stdin that was closed has no lines."""
    assert read(None) == []


def test_a_descriptor_that_cannot_be_read():
    """A descriptor for writing is at its end."""
    reading, writing = os.pipe()
    try:
        assert read(writing) == []
    finally:
        os.close(reading)
        os.close(writing)


def test_writes_lines_whole():
    """Each line goes out at once, in UTF-8, with what cannot be encoded replaced."""
    reading, writing = os.pipe()
    errors = []
    writer = LineWriter(writing, errors.append)
    writer.write("✓ 1")
    writer.write("\udc80")
    assert os.read(reading, 100) == "✓ 1\n?\n".encode()
    os.close(reading)
    os.close(writing)
    assert errors == []


def test_says_once_that_nobody_reads():
    """The first failure is told, and what comes later is dropped."""
    reading, writing = os.pipe()
    os.close(reading)
    errors = []
    writer = LineWriter(writing, errors.append)
    writer.write("a")
    writer.write("b")
    os.close(writing)
    assert [type(error) for error in errors] == [BrokenPipeError]


def test_a_closed_output_fails():
    """Without a descriptor every line is lost, which is told."""
    errors = []
    LineWriter(None, errors.append).write("a")
    assert [error.strerror for error in errors] == ["Bad file descriptor"]


def test_reads_no_further_than_there_is_room():
    """Lines that nobody has acted upon are bounded, however many there are to read."""
    reading, writing = os.pipe()
    lines, full, ended = [], threading.Event(), threading.Event()

    def line(text):
        lines.append(text)
        if len(lines) == limits.HELD_LINES:
            full.set()

    reader = LineReader(NowReactor(), reading, line, ended.set)
    os.write(writing, b"x\n" * (limits.HELD_LINES + 2))
    os.close(writing)
    reader.start()
    assert full.wait(SECONDS)
    assert not ended.is_set()
    assert len(lines) == limits.HELD_LINES
    for _ in range(2):
        reader.taken()
    assert ended.wait(SECONDS)
    assert len(lines) == limits.HELD_LINES + 2
    os.close(reading)
