"""Every line of plain output begins with something of ours."""

from hypothesis import given
from hypothesis import strategies as st

from chatd.client import events as e
from chatd.client.plain import PlainView


def lines(event):
    """What is written for one event."""
    written = []
    PlainView(written.append).show(event)
    return written


def test_messages_and_ticks():
    """Words of others, ours with a number, and what has arrived."""
    assert lines(e.Heard("bob", "hi")) == ["< bob: hi"]
    assert lines(e.Said(3, "hello")) == ["> 3 hello"]
    assert lines(e.Delivered([3, 4])) == ["✓ 3", "✓ 4"]
    assert lines(e.Misplaced("no", "yes")) == ["* no", "* hint: yes"]


def test_line_breaks_are_shown():
    """A message is one line, whatever is in it."""
    text = "one\n* you are alice\r\nthree\u2028four"
    assert lines(e.Heard("bob", text)) == ["< bob: one ⏎ * you are alice ⏎ three ⏎ four"]


@given(st.text())
def test_remote_text_stays_behind_our_prefix(text):
    """No message makes a second line, or holds a control character."""
    (line,) = lines(e.Heard("chat", text))
    assert line.startswith("< chat: ")
    assert line.splitlines() == [line]
    assert all(ord(char) >= 32 and not 0x7F <= ord(char) < 0xA0 for char in line)
    assert "\x1b" not in line
