"""Which mode a line belongs to, and what Enter does with it."""

import pytest

from chatd.client.terminal.entry import Entry, Name, Run, Say, Stay


def typed(text, mode):
    """An entry with a line that was begun in `mode`."""
    entry = Entry()
    for end in range(1, len(text) + 1):
        entry.changed(text[:end], mode)
    return entry


@pytest.mark.parametrize(
    ("text", "mode", "decision"),
    [
        ("search bob", "lobby", Run("search bob")),
        ("/search bob", "lobby", Run("/search bob")),
        ("//search", "lobby", Run("//search")),
        ("search bob", "chat", Say("search bob")),
        ("/leave", "chat", Run("/leave")),
        ("//leave", "chat", Say("/leave")),
        (" /leave", "chat", Say(" /leave")),
        ("two\nlines", "chat", Say("two\nlines")),
        ("a line\n", "chat", Say("a line")),
        ("Alice ", "name", Name("alice")),
        ("two words", "name", Name("two words")),
        ("username Alice", "name", Name("alice")),
        ("username", "name", Name("username")),
        ("/username alice", "name", Run("/username alice")),
        ("exit", "name", Run("exit")),
        (" ", "lobby", None),
        ("\n", "chat", None),
        ("", "name", None),
    ],
)
def test_decides_by_mode(text, mode, decision):
    """A bare line is a command, a message or a name; a slash makes a command of it."""
    assert typed(text, mode).entered(text, mode) == decision


@pytest.mark.parametrize(
    ("text", "begun", "now", "then"),
    [
        ("exit the building", "chat", "lobby", Run("exit the building")),
        ("search bob", "lobby", "chat", Say("search bob")),
        ("/cancel", "lobby", "chat", Run("/cancel")),
        ("bob", "lobby", "name", Name("bob")),
    ],
)
def test_a_changed_mode_holds_the_line_once(text, begun, now, then):
    """If the mode changed under the line, Enter does nothing but say so; the next Enter acts."""
    entry = typed(text, begun)
    assert isinstance(entry.entered(text, now), Stay)
    assert entry.entered(text, now) == then


def test_a_mode_that_changes_again_holds_it_again():
    """Each change of mode needs an Enter of its own."""
    entry = typed("hello", "lobby")
    assert isinstance(entry.entered("hello", "chat"), Stay)
    assert isinstance(entry.entered("hello", "lobby"), Stay)
    assert entry.entered("hello", "lobby") == Run("hello")


def test_a_mode_that_changed_back_holds_nothing():
    """Only the modes at the first character and at Enter count."""
    entry = typed("hello", "chat")
    entry.changed("hello!", "lobby")
    assert entry.entered("hello!", "chat") == Say("hello!")


def test_a_line_begun_again_has_the_mode_of_its_new_beginning():
    """Emptying the line and typing again makes it a new one."""
    entry = typed("hello", "lobby")
    entry.changed("", "chat")
    entry.changed("h", "chat")
    assert entry.entered("h", "chat") == Say("h")


def test_a_taken_line_leaves_no_mode_behind():
    """The next line is decided on its own."""
    entry = typed("hello", "chat")
    entry.entered("hello", "chat")
    entry.changed("help", "lobby")
    assert entry.entered("help", "lobby") == Run("help")


def test_bytes_that_are_no_text_are_replaced():
    """What the terminal sent in another encoding does not break the message."""
    assert typed("x\udcff", "chat").entered("x\udcff", "chat") == Say("x\ufffd")
