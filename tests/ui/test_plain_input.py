"""Piped lines, each when the one before has had its outcome."""

import pytest
from msgspec.structs import replace
from piped_client import PipedClient
from simulated.client import key_of

from chatd import limits
from chatd.engine.decisions import events as e
from chatd.engine.transfer_state import TransferState
from chatd.peer.ending import Ending


def client(*lines):
    """Somebody who is let in, with these lines of input."""
    piped = PipedClient()
    piped.client.let_in()
    return piped.type(*lines)


def talking(*lines):
    """Somebody who asked bob and talks to him."""
    piped = client("/chat bob")
    piped.client.talk("bob")
    piped.client.commands.clear()
    return piped.type(*lines)


def test_lines_wait_for_the_login():
    """Nothing is wanted while the client is undecided."""
    piped = PipedClient(None).type("username alice", "search bob")
    assert piped.log == [["take_name", "alice"]]
    piped.client.let_in()
    assert piped.log[1:] == [["search", "bob"]]


def test_each_line_waits_for_its_answer():
    """The second command goes out when the first is answered."""
    piped = client("search bob", "search carol")
    assert piped.log == [["search", "bob"]]
    piped.client.found("bob")
    assert piped.log == [["search", "bob"], ["search", "carol"]]
    assert piped.taken == 2


def test_lines_are_held_then_sent():
    """From chat to the outcome nothing acts; then bare lines are messages, in order."""
    piped = client("chat bob", "exit the building", "search me", "//etc", "/whoami")
    assert piped.said == []
    assert piped.shown("you are alice on") == []
    piped.client.prepare("bob")
    assert piped.said == []
    piped.client.open("bob")
    assert piped.said == ["exit the building", "search me", "/etc"]
    assert piped.shown("you are alice on")


@pytest.mark.parametrize(
    "outcome",
    [
        lambda client: client.ended("bob", "declined"),
        lambda client: client.ended("bob", "expired"),
        lambda client: client.refused("bob"),
    ],
)
def test_held_lines_are_reported(outcome):
    """After a chat without a conversation bare lines never run, until a slash."""
    piped = client("chat bob", "search carol", "/search dave", "search eve")
    outcome(piped.client)
    assert len(piped.shown("not sent: search carol (no conversation is open)")) == 1
    assert piped.log[-1] == ["search", "dave"]
    piped.client.found("dave")
    assert piped.log[-1] == ["search", "eve"]


@pytest.mark.parametrize("ending", list(Ending))
def test_after_an_ending_that_we_did_not_ask_for(ending):
    """Lines that were meant for the other person run nothing, until the next slash line."""
    piped = talking()
    piped.client.over("bob", ending)
    piped.type("exit now", "/search bob", "search carol")
    assert piped.shown("not sent: exit now (no conversation is open)")
    assert piped.status is None
    piped.client.found("bob")
    assert piped.log[-1] == ["search", "carol"]


@pytest.mark.parametrize("line", ["exit", "Exit "])
def test_exit_alone_after_such_an_ending(line):
    """It means one thing only, and nothing has failed."""
    piped = talking()
    piped.client.over("bob", Ending.LEFT)
    piped.type(line)
    assert not piped.shown("not sent")
    assert piped.status == 0


def test_exit_before_there_is_a_name():
    """Nothing was begun, and nothing has failed."""
    piped = PipedClient(None).type("exit")
    assert (piped.status, piped.error, piped.log) == (0, None, [["quit"]])


def test_after_leaving_bare_lines_are_commands():
    """Whoever leaves is in the lobby again, and knows it."""
    piped = talking("hi", "/leave", "search bob")
    piped.client.over("bob", None)
    assert piped.said == ["hi"]
    assert piped.log[-1] == ["search", "bob"]


@pytest.mark.parametrize("line", ["/cancel", "/CANCEL", " /cancel bob", "/cancel  "])
def test_cancel_overtakes(line):
    """It does not wait, in any spelling, and what it overtakes is reported."""
    piped = client("chat bob", "hi", "/search carol")
    piped.type(line.strip())
    assert piped.shown("not sent: hi (skipped)")
    assert piped.shown("not sent: /search carol (skipped)")
    assert piped.shown("no longer asking bob")
    assert piped.log[-1][0] == "cancel"
    assert piped.taken == 4


def test_exit_overtakes():
    """It ends everything at once, as a failure, since the chat had no conversation."""
    piped = client("chat bob", "hi", "/exit")
    assert piped.shown("not sent: hi (skipped)")
    assert piped.status == 1


def test_a_bare_exit_does_not_overtake():
    """While a conversation is in the making it is a message."""
    piped = client("chat bob", "exit")
    assert piped.status is None
    piped.client.talk("bob")
    assert piped.said == ["exit"]


def test_cancel_in_its_turn_skips_nothing():
    """Where nothing is undecided it is an ordinary command."""
    piped = client("/cancel", "search bob")
    assert piped.shown("skipped") == []
    assert piped.log == [["cancel"], ["search", "bob"]]


def test_the_end_of_the_input_waits():
    """It acts after the last outcome, and leaves only once."""
    piped = client("chat bob", "hi")
    piped.lines.end()
    assert piped.status is None
    piped.client.talk("bob")
    piped.client.deliver("bob", 1)
    piped.lines.changed()
    assert piped.log == [["ask", "bob"], ["say", "hi"], ["quit"]]
    assert piped.status == 0


def test_undelivered_at_the_end():
    """What could not be delivered makes the status 1."""
    piped = talking("hi", "/leave")
    piped.client.over("bob", None, "hi")
    piped.lines.end()
    assert piped.status == 1


def test_a_failed_chat_before_a_good_one():
    """The status is about all of them."""
    piped = client("chat carol", "/chat bob")
    piped.client.ended("carol", "declined")
    piped.client.talk("bob")
    piped.lines.end()
    assert piped.status == 1


@pytest.mark.parametrize("line", ["nonsense", "accept", "decline", "/leave", "chat", "chat b@d"])
def test_what_cannot_be_done_fails(line):
    """A line that is no command here is told, and makes the status 1."""
    piped = client(line)
    piped.lines.end()
    assert piped.status == 1


def test_nothing_to_do():
    """An empty input is done at once, and well; blank lines are nothing."""
    piped = client("", "  ")
    piped.lines.end()
    assert piped.status == 0
    assert piped.taken == 2


def test_more_lines_than_may_be_unacknowledged():
    """The rest waits for ticks, and /leave stays in its place behind it."""
    count = limits.UNACKNOWLEDGED
    piped = talking(*map(str, range(count + 2)))
    assert len(piped.said) == count
    piped.type("/leave")
    piped.client.deliver("bob", 1)
    assert len(piped.said) == count + 1
    piped.client.deliver("bob", 2, 3)
    assert len(piped.said) == count + 2
    assert piped.log[-1] == ["leave"]


def test_a_name_from_the_first_line():
    """Without a name the first line that is not blank gives it."""
    piped = PipedClient(None).type("", "/username Bob")
    assert piped.log == [["take_name", "bob"]]


@pytest.mark.parametrize("lines", [(), ("",), ("chat bob",), ("help",)])
def test_no_name(lines):
    """Anything else ends it with what the first line should be."""
    piped = PipedClient(None).type(*lines, "search bob")
    piped.lines.end()
    assert str(piped.error) == "the first line must be: username NAME"
    assert piped.log == [["quit"]]


def test_a_bad_name_in_the_first_line():
    """It is told as for the command."""
    piped = PipedClient(None).type("username b@d")
    assert str(piped.error) == "b@d is not a name"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("locked", "locked is already open in another terminal"),
        ("sealed", "that key has a passphrase"),
    ],
)
def test_a_name_that_cannot_be_had(name, text):
    """Nobody is there to be asked: it is how the client ends, and no line of output."""
    piped = PipedClient(None).type(f"username {name}", "search bob")
    assert str(piped.error) == text
    assert piped.output == []
    assert piped.log == [["take_name", name], ["quit"]]


def two():
    """Somebody who talks to bob and then to carol."""
    piped = talking("/chat carol")
    piped.client.talk("carol")
    piped.client.commands.clear()
    return piped


def to(piped):
    """Whom what was said last was said to."""
    talk = piped.client.here.conversation(piped.client.commands[-1].conversation)
    return talk.name


def test_lines_go_to_whom_they_were_sent_to():
    """To the conversation that was made last, and to another one when that is said."""
    piped = two().type("one")
    assert to(piped) == "carol"
    piped.type("/to bob", "two")
    assert to(piped) == "bob"
    piped.type("/to", "search dave")
    assert piped.log[-1] == ["search", "dave"]


def test_nothing_that_comes_changes_where_lines_go():
    """What others say and do elsewhere is written with their names, and that is all."""
    piped = two()
    piped.client.hear("bob", "me?")
    assert piped.output[-1] == "< bob: me?"
    piped.client.over("bob", Ending.LEFT)
    piped.type("one")
    assert to(piped) == "carol"
    piped.client.deliver("carol", 1)
    assert piped.output[-2:] == ["> 1 carol: one", "✓ 1 carol"]


@pytest.mark.parametrize("line", ["bob: lunch?", "BOB : lunch?"])
def test_a_line_for_somebody_else_is_sent_to_nobody(line):
    """Nobody can be asked, so it has failed; a blank before it makes it what it is."""
    piped = two().type(line)
    assert piped.shown("it begins with bob's name, and would go to carol")
    assert piped.said == []
    piped.type(" bob: lunch?", "carol: lunch?", "dave: lunch?")
    assert piped.said == [" bob: lunch?", "carol: lunch?", "dave: lunch?"]
    piped.lines.end()
    assert piped.status == 1


def test_the_window_is_each_conversations_own():
    """What one of them does not take keeps nobody else waiting."""
    count = limits.UNACKNOWLEDGED
    piped = two().type("/to bob", *map(str, range(count)), "/to carol", "hello")
    assert len(piped.said) == count
    piped.client.deliver("bob", 1)
    assert piped.said[-1] == "hello"


def given(piped):
    """A file is offered to bob, and waits for him."""
    piped.client.show(e.FilesGiven(b"1", 1, "x", 1, 10, conversation=key_of("bob")))
    state = TransferState(1, b"1", key_of("bob"), True, "x", 1, 10, 0, False, "")
    piped.client.change(transfers=(state,))


@pytest.mark.parametrize(("why", "status"), [("done", 0), ("refused", 1)])
def test_the_end_of_the_input_waits_for_files(why, status):
    """Until what is sent is there, or does not go; the exit status says which."""
    piped = talking("/send x")
    piped.lines.end()
    assert piped.status is None
    given(piped)
    assert piped.status is None
    piped.client.show(e.FilesOver(b"1", "x", 1, True, why, conversation=key_of("bob")))
    assert piped.status == status


def test_nobody_who_takes_the_file_is_waited_for_without_an_end():
    """After some minutes that ends with 1; what is taken by then is waited for."""
    for is_accepted in (False, True):
        calls = []
        piped = talking("/send x")
        piped.lines.later = lambda seconds, call, calls=calls: calls.append((seconds, call))
        given(piped)
        (state,) = piped.client.here.transfers
        piped.client.change(transfers=(replace(state, is_accepted=is_accepted),))
        piped.lines.end()
        ((seconds, call),) = calls
        assert seconds == limits.TAKEN_SECONDS
        call()
        assert (piped.status is None) == is_accepted
    assert piped.status is None


@pytest.mark.parametrize(
    "event", [e.FilesNotGiven(b"i", "nothing-there"), e.CommandFailed("ending")]
)
def test_files_that_cannot_be_sent_are_not_waited_for(event):
    """The status says that something was not done."""
    piped = talking("/send x")
    piped.lines.end()
    piped.client.show(event)
    piped.lines.advance()
    assert piped.status == 1


@pytest.mark.parametrize("line", ["/clear", "/mute bob", "/mute"])
def test_what_a_terminal_does_is_no_failure(line):
    """There is nothing to be wiped, which is said; who is muted is remembered by the client."""
    piped = talking(line)
    piped.lines.end()
    assert piped.status == 0
