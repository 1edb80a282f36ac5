"""Which mode a line belongs to, and what Enter does with it."""

import pytest

from chatd.engine.snapshot import ConversationState, Snapshot
from chatd.ui.command import Here
from chatd.ui.terminal.entry import Ask, Back, Entry, Go, KeepLine, Name, Run, Say, Secret

CAROL = ConversationState(b"\1" * 33, "carol", "", "new", "open")
BOB = ConversationState(b"\2" * 33, "bob", "Bobby", "new", "open")


def at(mode, again=None, talks=(CAROL,)):
    """Somebody for whom lines mean this; in a conversation it is carol's."""
    client = Snapshot(
        now=0.0,
        server="localhost",
        name=None if mode == "name" else "alice",
        identity={"secret": "sealed", "waiting": "opening"}.get(mode, "open"),
        conversations=talks if mode == "chat" else (),
        again=again,
    )
    return Here(client, CAROL if mode == "chat" else None)


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
    assert typed(text, mode).entered(text, at(mode)) == decision


@pytest.mark.parametrize(
    ("text", "mode", "decision"),
    [
        ("", "lobby", Run("chat bob")),
        (" ", "lobby", None),
        ("\n", "lobby", None),
        ("", "chat", None),
        ("", "name", None),
        ("help", "lobby", Run("help")),
    ],
)
def test_enter_alone_asks_again(text, mode, decision):
    """Where somebody is to be asked again, on an empty line in the lobby and nowhere else."""
    assert typed(text, mode).entered(text, at(mode, again="bob")) == decision


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
    assert isinstance(entry.entered(text, at(now)), KeepLine)
    assert entry.entered(text, at(now)) == then


def test_a_mode_that_changes_again_holds_it_again():
    """Each change of mode needs an Enter of its own."""
    entry = typed("hello", "lobby")
    assert isinstance(entry.entered("hello", at("chat")), KeepLine)
    assert isinstance(entry.entered("hello", at("lobby")), KeepLine)
    assert entry.entered("hello", at("lobby")) == Run("hello")


def test_a_mode_that_changed_back_holds_nothing():
    """Only the modes at the first character and at Enter count."""
    entry = typed("hello", "chat")
    entry.changed("hello!", "lobby")
    assert entry.entered("hello!", at("chat")) == Say("hello!")


def test_a_line_begun_again_has_the_mode_of_its_new_beginning():
    """Emptying the line and typing again makes it a new one."""
    entry = typed("hello", "lobby")
    entry.changed("", "chat")
    entry.changed("h", "chat")
    assert entry.entered("h", at("chat")) == Say("h")


def test_a_taken_line_leaves_no_mode_behind():
    """The next line is decided on its own."""
    entry = typed("hello", "chat")
    entry.entered("hello", at("chat"))
    entry.changed("help", "lobby")
    assert entry.entered("help", at("lobby")) == Run("help")


def test_bytes_that_are_no_text_are_replaced():
    """What the terminal sent in another encoding does not break the message."""
    assert typed("x\udcff", "chat").entered("x\udcff", at("chat")) == Say("x\ufffd")


@pytest.mark.parametrize(
    ("text", "way_out"), [("exit", "/exit"), ("quit", "/exit"), (" Leave\n", "/leave")]
)
def test_a_word_that_may_be_a_command_is_asked_about_once(text, way_out):
    """In a conversation it would be sent: Enter alone does that, and yes is the way out."""
    for answer, meant in (("", Say(text.strip("\n"))), ("YES ", Run(way_out)), ("n", None)):
        entry = typed(text, "chat")
        assert isinstance(entry.entered(text, at("chat")), Ask)
        question = entry.question("chat")
        assert question is not None
        assert question.way_out == way_out
        assert entry.entered(answer, at("chat")) == meant
        assert entry.question("chat") is None


def test_no_answer_is_sent():
    """What is neither yes nor no is asked again, and typing the word once more means it."""
    entry = typed("exit", "chat")
    entry.entered("exit", at("chat"))
    assert isinstance(entry.entered("what?", at("chat")), Ask)
    assert entry.entered("exit", at("chat")) == Run("/exit")


def test_a_question_ends_with_the_conversation():
    """An answer that comes too late is none, neither there nor in the next conversation."""
    entry = typed("leave", "chat")
    entry.entered("leave", at("chat"))
    entry.changed("yes", "chat")
    assert isinstance(entry.entered("yes", at("lobby")), KeepLine)
    assert entry.question("chat") is None


@pytest.mark.parametrize(
    ("text", "mode"),
    [("exit the building", "chat"), ("//exit", "chat"), ("exit", "lobby"), ("/exit", "chat")],
)
def test_nothing_else_is_asked_about(text, mode):
    """One word alone, and only where it would be sent."""
    assert not isinstance(typed(text, mode).entered(text, at(mode)), KeepLine | Ask)


def test_a_passphrase_is_taken_as_it_is():
    """Neither commands nor blanks mean anything in it."""
    for text in ("", "  two  words ", "/exit", "exit", "help"):
        entry = Entry()
        entry.changed(text, "secret")
        assert entry.entered(text, at("secret")) == Secret(text)


def test_a_passphrase_is_in_no_traceback():
    """What is printed of a decision does not have it."""
    assert "open sesame" not in repr(Secret("open sesame"))


def asked(line, *answers):
    """What a line to carol comes to, with these answers."""
    entry = typed(line, "chat")
    here = at("chat", talks=(CAROL, BOB))
    decision = entry.entered(line, here)
    for answer in answers:
        assert isinstance(decision, Ask)
        decision = entry.entered(answer, here)
    return decision


@pytest.mark.parametrize("line", ["bob: lunch?", "Bob : lunch?", "BOBBY:  lunch?"])
def test_a_line_for_somebody_else_is_asked_about(line):
    """It goes to neither of them before it is clear to whom."""
    assert asked(line, "yes") == Go(BOB.id, "lunch?")
    assert asked(line, "bob") == Go(BOB.id, "lunch?")
    assert asked(line, "carol") == Say(line)
    assert asked(line, "no") == Back(line)
    assert isinstance(asked(line, "", "perhaps"), Ask)


@pytest.mark.parametrize("line", ["carol: lunch?", "bob lunch?", "dave: lunch?", "http://bob: x"])
def test_a_line_that_is_for_nobody_else(line):
    """The one whom it goes to, or nobody whom one talks to."""
    assert asked(line) == Say(line)
