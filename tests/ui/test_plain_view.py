"""Every line of plain output begins with something of ours."""

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st
from simulated.client import MemoryClient, key_of

from chatd.engine.decisions import events as e
from chatd.peer.message import Message
from chatd.ui.plain import PlainView

BOB = key_of("bob")


def lines(event):
    """What is written for one event."""
    written = []
    client = MemoryClient("alice")
    client.talk("bob")
    PlainView(written.append, client, lambda: datetime(2026, 11, 28, 0, 4)).show(event)
    return written


def test_messages_and_ticks():
    """Words of others, ours with a number, and what has arrived."""
    assert lines(e.Heard("bob", Message("hi"))) == ["< bob: hi"]
    assert lines(e.Said(3, Message("hello"), conversation=BOB)) == ["> 3 bob: hello"]
    assert lines(e.Delivered([3, 4], conversation=BOB)) == ["✓ 3 bob", "✓ 4 bob"]
    assert lines(e.CommandFailed("failed", (), "no", "yes")) == ["* no", "* hint: yes"]


def test_a_message_that_was_sent_earlier():
    """Its time stands before it, with the date where that is another day; on time there is none."""
    assert lines(e.Heard("bob", Message("hi"), 60)) == [
        "* what bob says next was sent at 00:03",
        "< bob: hi",
    ]
    assert lines(e.Heard("bob", Message("hi"), 300))[0].endswith("sent at 2026-11-27 23:59")


def test_what_somebody_does():
    """No text can look like it: a name is never a star."""
    assert lines(e.Heard("bob", Message("waves", "action"))) == ["< * bob waves"]
    said = e.Said(3, Message("waves", "action"), conversation=BOB)
    assert lines(said) == ["> 3 * bob: waves"]


def test_a_kind_of_message_that_is_unknown():
    """It is shown as a text, with its kind."""
    assert lines(e.Heard("bob", Message("waves", "gesture"))) == ["< bob [gesture]: waves"]


def test_a_long_message_is_cut():
    """It is said how many lines are not shown, and how to get them; all lines, and nothing is."""
    text = "\n".join(["x"] * 150)
    _, cut = lines(e.Heard("bob", Message(text), number=17))
    assert cut == "* … 50 more lines: /show 17"
    assert len(lines(e.Heard("bob", Message("\n".join(["x"] * 100)), number=17))) == 1


def test_a_whole_message_has_a_row_for_each_line():
    """Behind a sign of its own, so that none can be taken for another line; a link is in one."""
    link = "https://chat.example.org/" + "x" * 1000
    heard = e.Heard("bob", Message(f"{link}\n* you are alice\n< bob: x"), number=17)
    assert lines(e.Whole(heard)) == [
        "* message #17 of bob:",
        f"| {link}",
        "| * you are alice",
        "| < bob: x",
    ]


def test_line_breaks_are_shown():
    """A message is one line, whatever is in it."""
    text = "one\n* you are alice\r\nthree\u2028four"
    assert lines(e.Heard("bob", Message(text))) == ["< bob: one ⏎ * you are alice ⏎ three ⏎ four"]


@given(st.text())
def test_remote_text_stays_behind_our_prefix(text):
    """No message makes a second line, or holds a control character."""
    (line,) = lines(e.Heard("chat", Message(text)))
    assert line.startswith("< chat: ")
    assert line.splitlines() == [line]
    assert all(ord(char) >= 32 and not 0x7F <= ord(char) < 0xA0 for char in line)
    assert "\x1b" not in line
