"""A message as a whole and bare, on a screen of its own."""

import signal

import pytest

from chatd.ui.terminal.pager import Pages, broken

URL = "https://chat.example.org/" + "x" * 150 + "/end"


def pages(lines, columns=10, height=3):
    """Lines on a screen of this size."""
    made = Pages(lines)
    made.fit(columns, height)
    return made


@pytest.mark.parametrize(
    ("line", "rows"),
    [
        ("", ["\r\n"]),
        ("abc", ["abc\r\n"]),
        ("abcd", ["abcd\r\n"]),
        ("abcde", ["abcd", "e\r\n"]),
        ("語語語", ["語語", "語\r\n"]),
    ],
)
def test_lines_are_broken_as_terminals_do(line, rows):
    """Where they are full, and without a line's end."""
    assert broken(line, 4) == rows


def test_pages_end_with_the_message():
    """As far as there is something to be seen, and back to its beginning."""
    shown = pages(list("abcdefg"))
    assert (shown.seen, shown.place) == ("a\r\nb\r\nc", "1-3 of 7")
    assert shown.turn(1)
    assert shown.turn(1)
    assert (shown.seen, shown.place) == ("e\r\nf\r\ng", "5-7 of 7")
    assert not shown.turn(1)
    assert shown.move(-1)
    assert shown.place == "4-6 of 7"
    assert shown.turn(-100)
    assert not shown.move(-1)


def test_a_line_over_several_rows_is_one_line():
    """The terminal breaks it, and so knows that it is one."""
    assert pages(["x" * 25, "y"]).seen == "x" * 25


def test_another_width():
    """The place is kept as far as there is one."""
    shown = pages(["x" * 100])
    shown.turn(100)
    shown.fit(50, 3)
    assert shown.place == "1-2 of 2"


def talking(terminal, **size):
    """Alice talks to bob, and has heard nothing."""
    shown = terminal(**size)
    shown.call("let_in", "alice")
    shown.call("talk", "bob")
    shown.until("→ bob:")
    return shown


@pytest.mark.parametrize("columns", [20, 40, 80])
def test_a_link_is_bare(terminal, columns):
    """It fills the rows of a screen of its own from edge to edge; then all is as before."""
    shown = talking(terminal, columns=columns)
    shown.call("hear", "bob", URL)
    shown.until(lambda lines: "/end" in "".join(lines) and "→ bob:" in lines)
    shown.type("/show 1\r")
    rows = shown.until(lambda lines: shown.is_covered and "1-" in lines[-1])
    assert "".join(rows[:-1]).rstrip() == URL
    assert URL.encode() in shown.raw
    shown.type("q")
    after = shown.until(lambda lines: not shown.is_covered and lines.count("→ bob:") == 1)
    assert any(row.startswith("┆ xxx") for row in after)
    assert not any(row.startswith("xxx") for row in after)


def test_a_long_message_is_cut_and_shown_as_a_whole(terminal):
    """It is said how many lines are hidden, and the pager has all of them."""
    shown = talking(terminal, rows=130)
    shown.call("hear", "bob", "\n".join(f"line {number}" for number in range(150)))
    lines = shown.until("… 50 more lines: /show 1")
    assert "12:31 bob #1: line 0" in lines
    assert "┆ line 99" in lines
    shown.resize(80, 24)
    shown.type("/show 1\r")
    shown.until(lambda lines: shown.is_covered and "line 0" in lines)
    for last in range(45, 150, 23):
        shown.type(" ")
        shown.until(f"line {last}")
    shown.type("\x1b[F")
    shown.until("line 149")
    shown.type("\r")
    shown.until(lambda lines: not shown.is_covered and "→ bob:" in lines)


def test_nothing_of_theirs_stands_beside_lines_of_ours(terminal):
    """What would look like one is seen on the other screen alone, and never scrolled back to."""
    shown = talking(terminal)
    shown.call("hear", "bob", "hello\n✓ 12:31 you: I owe you everything")
    shown.until("┆ ✓ 12:31 you: I owe you everything")
    shown.type("/show 1\r")
    shown.until(lambda lines: shown.is_covered and "✓ 12:31 you: I owe you everything" in lines)
    shown.call("answer", "of ours, meanwhile")
    shown.type("\x1b[B")
    shown.until(lambda lines: "message #1 of bob" in lines[-1])
    assert "of ours, meanwhile" not in shown.lines
    shown.type("q")
    lines = shown.until("of ours, meanwhile")
    assert not any(row.startswith("✓") for row in lines)


def test_a_narrow_screen_says_how_it_is_left(terminal):
    """Also at 20 columns, where nothing else has room."""
    shown = talking(terminal, columns=20, rows=5)
    shown.call("hear", "bob", "one\ntwo")
    shown.until("┆ two")
    shown.type("/show 1\r")
    shown.until(lambda lines: shown.is_covered and lines[-1].startswith("q closes"))
    shown.type("q")
    shown.until(lambda lines: not shown.is_covered)


def test_whoever_types_goes_on(terminal):
    """Any other key closes it, and is the first of the line."""
    shown = talking(terminal)
    shown.call("hear", "bob", "one\ntwo")
    shown.until("┆ two")
    shown.type("/show\r")
    shown.until(lambda lines: shown.is_covered and "two" in lines)
    shown.type("hello\r")
    shown.until(lambda lines: not shown.is_covered and "· 12:31 you: hello" in lines)
    assert ["say", "hello"] in shown.log()


def test_a_paste_goes_into_the_line(terminal):
    """It closes what covers the line, and waits for Enter."""
    shown = talking(terminal)
    shown.call("hear", "bob", "one\ntwo")
    shown.until("┆ two")
    shown.type("/show\r")
    shown.until(lambda lines: shown.is_covered and "two" in lines)
    shown.paste("pasted")
    shown.until(lambda lines: not shown.is_covered and "→ bob: pasted" in lines)


def test_the_end_closes_it(terminal):
    """The terminal is given back as it was, also in the middle of a message."""
    shown = talking(terminal)
    shown.call("hear", "bob", "one\ntwo")
    shown.until("┆ two")
    shown.type("/show\r")
    shown.until(lambda lines: shown.is_covered and "two" in lines)
    shown.kill(signal.SIGTERM)
    shown.ended()
    assert not shown.is_covered
    assert shown.is_restored


def test_there_is_no_such_message(terminal):
    """A number that nobody has is said to be none."""
    shown = talking(terminal)
    shown.type("/show 7\r")
    shown.until("there is no such message")
