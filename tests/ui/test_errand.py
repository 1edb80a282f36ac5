"""What one-shot commands do as things happen."""

import pytest

from chatd import limits, options
from chatd.engine.commands import Accept, Ask, Cancel, Leave, Say, Seen
from chatd.engine.decisions import events as e
from chatd.engine.snapshot import Asked, ConversationState, Snapshot, Stage
from chatd.errors import ChatdError, Usage
from chatd.peer.conversation import Ending
from chatd.peer.message import Message
from chatd.ui.oneshot.errand import LOCKED, Outcome, Sending, Waiting, pieces

BOB, CAROL = b"b" * 33, b"c" * 33
HERE = Snapshot(now=0.0, server="s", name="alice", presence="in", identity="open")
TALKING = e.Talking("bob", True, "gcm", "f", "p", "known", conversation=BOB)


def at(stage: Stage) -> Snapshot:
    """A conversation with bob, at this stage."""
    talk = ConversationState(BOB, "bob", "", "known", stage)
    return Snapshot(now=0.0, server="s", name="alice", identity="open", conversations=(talk,))


def said(number: int, text: str = "hi", conversation: bytes = BOB) -> e.Said:
    """It is on its way."""
    return e.Said(number, Message(text), conversation=conversation)


def test_whoever_begins_leaves_once_all_has_arrived() -> None:
    """And not before; what happens in other conversations is nothing to it."""
    errand = Sending("bob", ["hi", "there"])
    assert errand.begin(HERE) == [Ask("bob")]
    assert errand.happened(TALKING) == [Say("hi", BOB), Say("there", BOB)]
    assert errand.happened(said(1)) == errand.happened(said(2, "there")) == []
    assert errand.happened(e.Delivered([1, 2], conversation=CAROL)) == []
    assert errand.happened(e.Delivered([1], conversation=BOB)) == []
    assert errand.outcome is None
    assert errand.happened(e.Delivered([2], conversation=BOB)) == [Leave(BOB)]
    assert errand.outcome == Outcome()


def test_a_conversation_that_is_open_is_used_and_stays() -> None:
    """Nobody is asked, and it is not left."""
    errand = Sending("bob", ["hi"])
    assert errand.begin(at("open")) == [Say("hi", BOB)]
    errand.happened(said(7))
    assert errand.happened(e.Delivered([7], conversation=BOB)) == []
    assert errand.outcome == Outcome()


@pytest.mark.parametrize(
    "here",
    [
        at("preparing"),
        at("racing"),
        Snapshot(now=0, server="s", name="alice", identity="open", asked=(Asked("bob", 9.0),)),
    ],
)
def test_somebody_else_has_asked_already(here: Snapshot) -> None:
    """Their conversation is waited for, used, and left to them."""
    errand = Sending("bob", ["hi"])
    assert errand.begin(here) == []
    assert errand.happened(TALKING) == [Say("hi", BOB)]
    errand.happened(said(1))
    assert errand.happened(e.Delivered([1], conversation=BOB)) == []
    assert errand.outcome == Outcome()


def test_before_the_login() -> None:
    """It asks once there is a name."""
    errand = Sending("bob", ["hi"])
    assert errand.begin(Snapshot(now=0, server="s", identity="open")) == []
    assert errand.happened(e.LoggedIn("s", "alice", False)) == [Ask("bob")]
    assert errand.happened(e.LoggedIn("s", "alice", True)) == []


@pytest.mark.parametrize(
    "event",
    [
        e.AskingEnded("bob", "declined"),
        e.KeyChanged("bob", "a", "b"),
        e.NotConnected("bob", False, [], [], conversation=BOB),
        e.CommandFailed("yourself"),
    ],
)
def test_what_makes_it_fail(event: e.Event) -> None:
    """The event says why; of others than bob it says nothing."""
    errand = Sending("bob", ["hi"])
    errand.begin(HERE)
    assert errand.happened(e.NotConnected("carol", False, [], [], conversation=CAROL)) == []
    assert errand.outcome is None
    assert errand.happened(event) == []
    assert errand.outcome == Outcome(event=event)


def test_an_end_before_the_tick() -> None:
    """What was not delivered is a failure."""
    errand = Sending("bob", ["hi"])
    errand.begin(at("open"))
    over = e.ConversationOver("bob", Ending.LEFT, "", [Message("hi")], conversation=BOB)
    errand.happened(over)
    assert errand.outcome == Outcome(event=over)


def test_an_answer() -> None:
    """It is waited for, read, and safe to be printed; only bob's counts."""
    errand = Sending("bob", ["hi"], answer=True)
    errand.begin(at("open"))
    errand.happened(said(1))
    assert errand.happened(e.Delivered([1], conversation=BOB)) == []
    assert errand.happened(e.Heard("carol", Message("no"), conversation=CAROL)) == []
    heard = e.Heard("bob", Message("yes\x1b[2J"), number=4, conversation=BOB)
    assert errand.happened(heard) == [Seen(4, True, BOB)]
    assert errand.outcome == Outcome()
    (line,) = errand.printed
    assert line.startswith("yes")
    assert "\x1b" not in line


def test_too_late() -> None:
    """The request is taken back, or what was begun is left."""
    errand = Sending("bob", ["hi"])
    errand.begin(HERE)
    assert errand.give_up(5) == [Cancel("bob")]
    errand = Sending("bob", ["hi"])
    errand.begin(HERE)
    errand.happened(TALKING)
    assert errand.give_up(5) == [Leave(BOB)]
    assert errand.outcome is not None
    assert str(errand.outcome.error) == "it was not delivered within 5 seconds"


@pytest.mark.parametrize("errand", [Sending("bob", ["hi"]), Waiting()])
def test_a_locked_key(errand: Sending | Waiting) -> None:
    """Nothing is done, and what would help is said."""
    assert errand.begin(Snapshot(now=0, server="s", identity="sealed")) == []
    assert errand.outcome == Outcome(LOCKED)


def request(name: str, standing: str) -> e.RequestArrived:
    """Somebody asks."""
    return e.RequestArrived(name, "f", standing, None, 300)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("names", "who", "is_accepted"),
    [
        ([], request("bob", "known"), True),
        ([], request("bob", "verified"), True),
        ([], request("bob", "new"), False),
        (["bob"], request("bob", "new"), True),
        (["carol"], request("bob", "verified"), False),
    ],
)
def test_whom_one_waits_for(names: list[str], who: e.RequestArrived, is_accepted: bool) -> None:
    """Contacts, or who was named; and one at a time."""
    errand = Waiting(names)
    assert errand.begin(HERE) == []
    assert errand.happened(who) == ([Accept("bob")] if is_accepted else [])
    if is_accepted:
        assert errand.happened(who) == []


@pytest.mark.parametrize("text", ["", " \n", "x" * (limits.ONE_SHOT_TEXT + 1), "\udcff"])
def test_what_cannot_be_said(text: str) -> None:
    """Nothing, too much of it, or bytes that are no text."""
    with pytest.raises(ChatdError):
        pieces(text)


@pytest.mark.parametrize("text", ["a\nb\n", "é" * 20_000, "line\n" * 10_000, "\U0001f600" * 30_000])
def test_a_long_text_is_cut(text: str) -> None:
    """Into messages that fit, at ends of lines where there are some; nothing else is lost."""
    found = pieces(text)
    assert all(0 < len(each.encode()) <= limits.MESSAGE_TEXT for each in found)
    if "\n" in text:
        assert "\n".join(found) == text.removesuffix("\n")
    else:
        assert "".join(found) == text


@pytest.mark.parametrize(
    "line",
    [
        ["send", "b ob", "hi"],
        ["send", "\udcff", "hi"],
        ["ask", "", "hi"],
        ["wait", "--from", ""],
        ["wait", "--from", "bob,"],
        ["wait", "--from", "\x1b[2J"],
        ["wait", "--timeout", "inf"],
        ["wait", "--timeout", str(limits.TIMEOUT_SECONDS + 1)],
    ],
)
def test_what_is_no_name_and_no_time(line: list[str]) -> None:
    """Wrong usage, told at once; nobody in particular is not everybody."""
    with pytest.raises(Usage) as told:
        options.words(line[0]).parse_args(line[1:])
    assert str(told.value).isprintable()


def test_names_and_times_as_they_are_typed() -> None:
    """In capitals as well, and the longest time."""
    longest = str(limits.TIMEOUT_SECONDS)
    chosen = options.words("wait").parse_args(["--from", "Bob,carol", "--timeout", longest])
    assert (chosen.names, chosen.timeout) == (["bob", "carol"], limits.TIMEOUT_SECONDS)
