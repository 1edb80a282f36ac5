"""Piped lines, each when the one before has had its outcome."""

import pytest
from piped_client import ID, PipedClient
from welcomes import welcome

from chatd import limits
from chatd.peer.conversation import Ending
from chatd.wire import server as wire


def client(*lines):
    """Somebody who is logged in, with these lines of input."""
    return PipedClient().welcome().type(*lines)


def talking(*lines):
    """Somebody who talks to bob."""
    return client("chat bob").talk().type(*lines)


def words(piped):
    """What the server got, in short."""
    return [type(message).__name__.lower() for message in piped.sent]


def test_lines_wait_for_the_login():
    """Nothing is sent before the server has let us in."""
    piped = PipedClient().type("search bob")
    assert piped.sent == []
    piped.welcome()
    assert words(piped) == ["search"]


def test_each_line_waits_for_its_answer():
    """The second command goes out when the first is answered."""
    piped = client("search bob", "search carol")
    assert piped.sent == [wire.Search("bob")]
    piped.receive(wire.Found("bob", True))
    assert piped.sent == [wire.Search("bob"), wire.Search("carol")]
    assert piped.taken == 2


def test_lines_are_held_then_sent():
    """From chat to the outcome nothing acts; then bare lines are messages, in order."""
    piped = client("chat bob", "exit the building", "search me", "//etc", "/whoami")
    assert piped.said == []
    piped.asked()
    assert piped.said == []
    assert piped.shown("you are alice on") == []
    piped.talk()
    assert piped.said == ["exit the building", "search me", "/etc"]
    assert piped.shown("you are alice on")


@pytest.mark.parametrize(
    "message",
    [
        wire.Ended(ID, "declined"),
        wire.Ended(ID, "expired"),
        wire.Refused("request", "bob", None, "slow-down", 5),
    ],
)
def test_held_lines_are_reported(message):
    """After a chat without a conversation bare lines never run, until a slash."""
    piped = client("chat bob", "search carol", "/search dave", "search eve")
    piped.asked()
    piped.receive(message)
    assert len(piped.shown("not sent: search carol (no conversation is open)")) == 1
    assert piped.sent[-1] == wire.Search("dave")
    piped.receive(wire.Found("dave", False))
    assert piped.sent[-1] == wire.Search("eve")


@pytest.mark.parametrize("ending", list(Ending))
def test_after_an_ending_that_we_did_not_ask_for(ending):
    """Lines that were meant for the other person run nothing, until the next slash line."""
    piped = talking()
    piped.over(ending)
    piped.act(piped.machine.logged_in(welcome("alice"), 0.0))
    piped.type("exit now", "/search bob", "search carol")
    assert piped.shown("not sent: exit now (no conversation is open)")
    assert piped.stopped is None
    piped.receive(wire.Found("bob", False))
    assert piped.sent[-1] == wire.Search("carol")


@pytest.mark.parametrize("line", ["exit", "Exit "])
def test_exit_alone_after_such_an_ending(line):
    """It means one thing only, and nothing has failed."""
    piped = talking()
    piped.over(Ending.LEFT)
    piped.act(piped.machine.logged_in(welcome("alice"), 0.0))
    piped.type(line)
    assert not piped.shown("not sent")
    assert piped.stopped == 0


def test_exit_before_there_is_a_name():
    """Nothing was begun, and nothing has failed."""
    piped = PipedClient(name=None).type("exit")
    assert (piped.stopped, piped.error, piped.started) == (0, None, [])


def test_after_leaving_bare_lines_are_commands():
    """Whoever leaves is in the lobby again, and knows it."""
    piped = talking("hi", "/leave", "search bob")
    piped.left()
    piped.act(piped.machine.logged_in(welcome("alice"), 0.0))
    assert piped.said == ["hi"]
    assert piped.sent[-1] == wire.Search("bob")


@pytest.mark.parametrize("line", ["/cancel", "/CANCEL", " /cancel bob", "/cancel  "])
def test_cancel_overtakes(line):
    """It does not wait, in any spelling, and what it overtakes is reported."""
    piped = client("chat bob", "hi", "/search carol")
    piped.asked()
    piped.type(line.strip())
    assert piped.shown("not sent: hi (skipped)")
    assert piped.shown("not sent: /search carol (skipped)")
    assert piped.shown("no longer asking bob")
    assert words(piped)[-1] == "cancel"
    assert piped.taken == 4


def test_exit_overtakes():
    """It ends everything at once, as a failure, since the chat had no conversation."""
    piped = client("chat bob", "hi", "/exit")
    assert piped.shown("not sent: hi (skipped)")
    assert piped.stopped == 1


def test_a_bare_exit_does_not_overtake():
    """While a conversation is in the making it is a message."""
    piped = client("chat bob", "exit")
    assert piped.stopped is None
    piped.talk()
    assert piped.said == ["exit"]


def test_cancel_in_its_turn_skips_nothing():
    """Where nothing is undecided it is an ordinary command."""
    piped = client("/cancel", "search bob")
    assert piped.shown("skipped") == []
    assert words(piped) == ["search"]


def test_the_end_of_the_input_waits():
    """It acts after the last outcome, and leaves only once."""
    piped = client("chat bob", "hi")
    piped.lines.end()
    assert piped.stopped is None
    piped.talk()
    assert piped.said == ["hi"]
    assert piped.leaving
    piped.deliver(1)
    piped.lines.changed()
    assert piped.stopped is None
    piped.left()
    assert piped.stopped == 0


def test_undelivered_at_the_end():
    """What could not be delivered makes the status 1."""
    piped = talking("hi")
    piped.lines.end()
    piped.left(["hi"])
    assert piped.stopped == 1


def test_a_failed_chat_before_a_good_one():
    """The status is about all of them."""
    piped = client("chat carol", "/chat bob")
    piped.asked("carol")
    piped.receive(wire.Ended(ID, "declined"))
    piped.talk()
    piped.lines.end()
    piped.left()
    assert piped.stopped == 1


@pytest.mark.parametrize("line", ["nonsense", "accept", "decline", "/leave", "chat", "chat b@d"])
def test_what_cannot_be_done_fails(line):
    """A line that is no command here is told, and makes the status 1."""
    piped = client(line)
    piped.lines.end()
    assert piped.stopped == 1


def test_nothing_to_do():
    """An empty input is done at once, and well; blank lines are nothing."""
    piped = client("", "  ")
    piped.lines.end()
    assert piped.stopped == 0
    assert piped.taken == 2


def test_more_lines_than_may_be_unacknowledged():
    """The rest waits for ticks, and /exit stays in its place behind it."""
    count = limits.UNACKNOWLEDGED
    piped = talking(*map(str, range(count + 2)))
    assert len(piped.said) == count
    piped.type("/leave")
    piped.deliver(1)
    assert len(piped.said) == count + 1
    piped.deliver(2, 3)
    assert len(piped.said) == count + 2
    assert piped.leaving


def test_a_name_from_the_first_line():
    """Without a name the first line that is not blank gives it."""
    piped = PipedClient(None).type("", "/username Bob")
    assert piped.started == ["bob"]


@pytest.mark.parametrize("lines", [(), ("",), ("chat bob",), ("help",)])
def test_no_name(lines):
    """Anything else ends it with what the first line should be."""
    piped = PipedClient(None).type(*lines)
    piped.lines.end()
    assert str(piped.error) == "the first line must be: username NAME"
    assert piped.started == []


def test_a_bad_name_in_the_first_line():
    """It is told as for the command."""
    piped = PipedClient(None).type("username b@d")
    assert str(piped.error) == "b@d is not a name"
