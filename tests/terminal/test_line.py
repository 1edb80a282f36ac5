"""The line being typed: its length, and what is kept of its past."""

import pytest
from prompt_toolkit.layout.controls import BufferControl
from prompt_toolkit.layout.processors import TransformationInput

from chatd import limits
from chatd.ui.terminal.history import history, newest
from chatd.ui.terminal.line import Line, Straight, fits


@pytest.fixture
def refused():
    """One entry for each thing that was left out."""
    return []


@pytest.fixture
def line(refused):
    """An empty line."""
    return Line(history(None), lambda: refused.append(1))


@pytest.mark.parametrize("char", ["x", "é", "日", "😀", "\udcff"])
def test_a_line_fits_a_message(line, refused, char):
    """It takes what a message holds in UTF-8, and not one character more."""
    most = limits.MESSAGE_TEXT // len(char.encode("utf-8", "surrogatepass"))
    for _ in range(3):
        line.insert_text(char * (most // 2))
    line.insert_text(char * (most - len(line.text)))
    assert line.text == char * most
    line.insert_text(char)
    assert (line.text, len(refused)) == (char * most, 2)
    assert fits(line.text)
    assert not fits(line.text + char)


def test_a_paste_goes_in_whole_or_not_at_all(line, refused):
    """Half of it would look like all of it; one step takes it back."""
    line.insert_text("before ")
    line.paste("x" * limits.MESSAGE_TEXT)
    assert (line.text, len(refused)) == ("before ", 1)
    line.paste("one\ntwo")
    assert line.text == "before one\ntwo"
    line.undo()
    assert line.text == "before "


def test_undo_and_redo_are_bounded(line):
    """Every key of the longest line leaves less than the square of its length behind."""
    for _ in range(limits.MESSAGE_TEXT):
        line.save_to_undo_stack()
        line.insert_text("x")
    assert line.past <= limits.UNDO_CHARACTERS
    for _ in range(limits.MESSAGE_TEXT):
        line.undo()
    assert line.past <= limits.UNDO_CHARACTERS + limits.MESSAGE_TEXT
    steps = limits.UNDO_CHARACTERS // limits.MESSAGE_TEXT
    assert len(line.text) <= limits.MESSAGE_TEXT - steps
    for _ in range(limits.MESSAGE_TEXT):
        line.redo()
    assert len(line.text) == limits.MESSAGE_TEXT


def test_history_is_bounded():
    """The newest lines stay, as many as fit, whatever is typed in a long evening."""
    lines = history(None)
    for number in range(200):
        lines.append_string(f"{number} ".ljust(limits.MESSAGE_TEXT))
    kept = lines.get_strings()
    assert len(kept) == limits.HISTORY_CHARACTERS // limits.MESSAGE_TEXT
    assert kept[-1].startswith("199 ")


@pytest.mark.parametrize(("limit", "count"), [(1, 1), (3, 1), (5, 2), (6, 3), (99, 3)])
def test_the_newest_that_fit(limit, count):
    """As many as have the limit together, one over is left out, and the newest stays always."""
    assert newest(["abc", "de", "f"], limit) == count


def test_nothing_turns_the_line_around(line):
    """What was pasted is edited in the order in which it is sent, with a sign for each control."""
    line.paste("send 5\u202e00 to\u2066 me \u200f\u05e9")
    given = TransformationInput(
        BufferControl(line), line.document, 0, lambda at: at, [("", line.text)], 80, 24
    )
    shown = Straight().apply_transformation(given)
    assert shown.fragments == [("", "send 5◌00 to◌ me ◌\u05e9")]
    assert shown.source_to_display(9) == shown.display_to_source(9) == 9
