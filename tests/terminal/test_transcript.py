"""Events as blocks, and blocks as rows."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatd.engine.decisions import events as e
from chatd.peer.message import Message
from chatd.text import GUTTER, cells
from chatd.ui import wording
from chatd.ui.terminal import transcript
from chatd.ui.wording import Line

NOON = datetime(2026, 11, 28, 12, 31)


def shown(block, columns=80):
    """The rows of a block as text."""
    return ["".join(part[1] for part in row) for row in transcript.rows(block, lambda: columns)]


def heard(text, columns=80, name="bob"):
    """The rows of a message that was heard at 12:31."""
    return shown(transcript.heard(e.Heard(name, Message(text)), NOON), columns)


def test_heard():
    """A message stands behind its time and its author."""
    assert heard("hi") == ["12:31 bob: hi"]


def test_own():
    """A message of ours that arrived stands behind its tick."""
    assert shown(transcript.delivered(Message("hi"), NOON)) == ["✓ 12:31 you: hi"]


def test_a_second_line_stands_behind_the_gutter():
    """A line break cannot bring remote text to the left edge."""
    assert heard("hi\n12:32 carol: fake") == ["12:31 bob: hi", "┆ 12:32 carol: fake"]


def test_spaces_cannot_reach_the_left_edge():
    """Filling a row with spaces puts what follows behind the gutter as well."""
    rows = heard("hi" + " " * 100 + "12:32 carol: fake")
    assert [row.startswith(GUTTER) for row in rows] == [False, True]


def test_the_gutter_cannot_be_imitated():
    """The sign of the gutter is replaced in remote text."""
    assert heard("┆ x") == ["12:31 bob: ¦ x"]


def test_no_escape_sequence():
    """Control characters are made visible."""
    assert heard("\x1b[2J\x07\x9b1A") == ["12:31 bob: ␛[2J␇‹U+009B›1A"]


def test_right_to_left_text_is_isolated_row_by_row():
    """Each row of Arabic has isolates of its own, so that none reorders what stands before it."""
    rows = heard("مرحبا " * 10, 40)
    assert len(rows) > 1
    assert all(row.count("\u2068") == row.count("\u2069") == 1 for row in rows)


def test_a_prefix_that_leaves_no_room_has_a_row_of_its_own():
    """At 20 columns a long name stands alone, and the text behind the gutter."""
    assert heard("hello there", 20, "abcdefghij") == ["12:31 abcdefghij:", "┆ hello there"]


def test_a_prefix_wider_than_the_terminal_is_cut():
    """The longest name does not break the row either."""
    assert heard("hello", 20, "a" * 32) == ["12:31 aaaaaaaaaaaa…", "┆ hello"]


def test_an_event_in_words():
    """Whatever is no message is worded, line by line."""
    blocks = transcript.shown(wording.lines(e.CommandFailed("failed", (), "not now", "wait")))
    assert [shown(block) for block in blocks] == [["not now"], ["hint: wait"]]
    assert [block.style for block in blocks] == ["class:warning", "class:quiet"]


def test_columns_are_given_up_where_there_is_no_room():
    """A list such as that of help wastes no row on the space between its columns."""
    text = "whoami                your name, server and key"
    block = transcript.line(Line("info", text))
    assert shown(block) == [text]
    assert shown(block, 40) == ["whoami  your name, server and key"]


def test_an_echo_is_one_row():
    """A command stands in the record as typed, safe and behind its label."""
    assert shown(transcript.echo("alice> ", "search\nbob")) == ["alice> search ⏎ bob"]


@pytest.mark.parametrize("columns", [1, 5, 20, 80, 200])
@given(text=st.text(max_size=300), name=st.text("abc", min_size=1, max_size=32))
def test_every_row_fits_and_begins_with_ours(columns, text, name):
    """At any width, no row fills the terminal, and all but the first are behind the gutter."""
    rows = heard(text, columns, name)
    assert all(cells(row) < max(columns, transcript.NARROWEST + 1) for row in rows)
    assert all(row.startswith(GUTTER) for row in rows[1:])


def test_what_we_call_them_stands_on_the_row():
    """Beside the name that stands for the key, made safe."""
    event = e.Heard("x77", Message("hi"), petname="Bob\x1b")
    assert shown(transcript.heard(event, NOON), 80) == ["12:31 x77 (Bob␛): hi"]


@pytest.mark.parametrize(
    ("standing", "known"), [("new", "/verify"), ("known", "had before"), ("verified", "verified")]
)
def test_a_conversation_begins_with_three_rows(standing, known):
    """Who it is, how well they are known, and what to type; what was tried on the way is no row."""
    on_the_way = [e.Preparing("bob", True), e.Racing("bob", ["10.0.0.1:1"], 15.0, True, False)]
    assert [block for event in on_the_way for block in transcript.shown(wording.lines(event))] == []
    talking = e.Talking("bob", True, "gcm", "SHA256:x", "IPv4 10.0.0.1:1", standing)
    rows = [block.lines[0] for block in transcript.shown(wording.lines(talking))]
    assert len(rows) == 3
    assert rows[0].startswith("talking to bob: ")
    assert known in rows[1]
    assert "/leave" in rows[2]
    assert not any(word in " ".join(rows) for word in ("10.0.0.1", "gcm", "SHA256"))


def test_what_somebody_does():
    """Theirs and ours, with the number where it is long."""
    waves = Message("waves", "action")
    assert shown(transcript.heard(e.Heard("bob", waves, number=7), NOON)) == ["12:31 * bob waves"]
    assert shown(transcript.delivered(waves, NOON)) == ["✓ 12:31 * you waves"]
    long = e.Heard("bob", Message("x " * 100, "action"), number=7)
    assert shown(transcript.heard(long, NOON))[0].startswith("12:31 * bob #7 x x")
