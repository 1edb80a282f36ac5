"""What one-shot commands do as things happen."""

import errno
import io
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace

from chatd import limits, options
from chatd.engine.commands import (
    Accept,
    Ask,
    Cancel,
    EndFiles,
    Leave,
    Quit,
    Say,
    Seen,
    SendFiles,
    ShowFiles,
    TakeFiles,
)
from chatd.engine.decisions import events as e
from chatd.engine.snapshot import Asked, ConversationState, Snapshot, Stage
from chatd.engine.transfer_state import TransferState
from chatd.errors import ChatdError, Usage
from chatd.peer.ending import Ending
from chatd.peer.message import Message
from chatd.ui.oneshot.carrying import Carrying
from chatd.ui.oneshot.errand import LOCKED, Sending, Waiting, pieces
from chatd.ui.oneshot.offering import offered
from chatd.ui.oneshot.outcome import Outcome

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
    """Wrong usage, told at once."""
    with pytest.raises(Usage) as told:
        options.words(line[0]).parse_args(line[1:])
    assert str(told.value).isprintable()


def test_names_and_times_as_they_are_typed() -> None:
    """In capitals as well, and the longest time."""
    longest = str(limits.TIMEOUT_SECONDS)
    chosen = options.words("wait").parse_args(["--from", "Bob,carol", "--timeout", longest])
    assert (chosen.names, chosen.timeout) == (["bob", "carol"], limits.TIMEOUT_SECONDS)


FILES = ["/home/alice/a", "/home/alice/b"]
ID = b"i" * limits.TRANSFER_ID
OFFER = SendFiles(tuple(FILES), id=ID)


def given(**more: Any) -> e.FilesGiven:
    """Bob is offered them."""
    return e.FilesGiven(ID, 3, "a", 2, 10, conversation=BOB, **more)


def over(why: Any = "done", *, ours: bool = True, **more: Any) -> e.FilesOver:
    """They have ended."""
    return e.FilesOver(ID, "a", 2, ours, why, conversation=BOB, **more)


def giving() -> Sending:
    """Files that were offered to bob, in a conversation that was begun for it."""
    errand = Sending("bob", [], offer=OFFER)
    errand.begin(HERE)
    assert errand.happened(TALKING) == [SendFiles(tuple(FILES), BOB, ID)]
    return errand


def test_files_are_done_when_they_are_whole_there() -> None:
    """And not before, beside a text; those of others are nothing to it."""
    errand = Sending("bob", ["hi"], offer=OFFER)
    errand.begin(HERE)
    assert errand.happened(TALKING) == [Say("hi", BOB), SendFiles(tuple(FILES), BOB, ID)]
    errand.happened(said(1))
    errand.happened(e.Delivered([1], conversation=BOB))
    assert errand.happened(given()) == []
    other = e.FilesOver(b"o", "o", 1, ours=True, why="done", conversation=CAROL)
    assert errand.happened(other) == []
    assert errand.outcome is None
    assert errand.happened(over()) == [Leave(BOB)]
    assert errand.outcome == Outcome()


@pytest.mark.parametrize(
    "event",
    [over("refused"), over("no-room"), e.FilesNotGiven(ID, "failed", conversation=BOB)],
)
def test_files_that_are_not_taken(event: e.FilesNotGiven | e.FilesOver) -> None:
    """The event says why, and what was begun is left."""
    errand = giving()
    if isinstance(event, e.FilesOver):
        errand.happened(given())
    assert errand.happened(event) == [Leave(BOB)]
    assert errand.outcome == Outcome(event=event)


@pytest.mark.parametrize(
    ("first", "last"),
    [(given(left_out=[("/x\x1b", "link")]), over()), (given(), over(left_out=2))],
)
def test_files_that_were_left_out(first: e.FilesGiven, last: e.FilesOver) -> None:
    """The rest goes over, and it is a failure all the same, in words that are safe."""
    errand = giving()
    errand.happened(first)
    assert errand.happened(last) == [Leave(BOB)]
    assert errand.outcome is not None
    assert "the rest has arrived" in str(errand.outcome.error)
    assert "\x1b" not in str(errand.outcome.error)
    assert not first.left_out or "(a link)" in str(errand.outcome.error)


def test_what_did_not_come_whole_is_said_in_words() -> None:
    """Not by its code, nor by the name as it came."""
    for why, words in (("gone", "what it was read from is gone"), ("broken", "a disk is at fault")):
        errand = Waiting(["bob"], "/into")
        errand.begin(HERE)
        errand.happened(request("bob", "known"))
        errand.happened(TALKING)
        errand.happened(over(why, ours=False, number=3))
        errand.happened(e.ConversationOver("bob", Ending.LEFT, "", conversation=BOB))
        assert errand.outcome is not None
        assert words in str(errand.outcome.error)


def test_what_is_waited_for_is_said() -> None:
    """In turn: the answer, the taking; and once that the link is gone."""
    errand = Sending("bob", [], offer=OFFER)
    errand.begin(HERE)
    errand.happened(e.Asking("bob", True, 300))
    errand.happened(TALKING)
    errand.happened(given())
    assert errand.waiting == [
        "bob is asked; waiting for the answer",
        "offered; waiting for bob to take it",
    ]
    for _ in range(2):
        errand.happened(e.Interrupted("bob", Ending.LOST, "", 600.0, conversation=CAROL))
        errand.happened(e.Interrupted("bob", Ending.LOST, "", 600.0, conversation=BOB))
    (warning,) = errand.warnings
    assert warning.startswith("interrupted: bob has not answered for")
    waiting = Waiting()
    waiting.begin(HERE)
    assert waiting.waiting == ["waiting for one of your contacts to ask"]


def test_another_offer_to_the_same_person_is_nothing_to_it() -> None:
    """Made at the same moment by somebody else, through the same agent; of their own one they may
    be told before it was offered."""
    errand = giving()
    theirs = b"t" * limits.TRANSFER_ID
    for other in (
        e.FilesGiven(theirs, 2, "b", 1, 1, conversation=BOB),
        e.FilesNotGiven(theirs, "nothing-there", conversation=BOB),
        e.FilesOver(theirs, "b", 1, ours=True, why="refused", conversation=BOB),
    ):
        assert errand.happened(other) == []
    assert errand.outcome is None
    assert errand.give_up(5) == [EndFiles(id=ID), Leave(BOB)]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (["--file", "-"], "no name"),
        (["--file", "-", "--name", "a/b"], "no name of a file"),
        (["--file", "-", "--name", ".."], "no name of a file"),
        (["--file", "-", "--name", ""], "no name of a file"),
        (["--file", "-", "--name", "x" * 256], "no name of a file"),
        (["--file", "-", "--file", "x", "--name", "y"], "goes alone"),
        (["-", "--file", "-", "--name", "y"], "goes alone"),
        (["--file", "x", "--name", "y"], "for standard input"),
        (["hello", "--name", "y"], "for standard input"),
    ],
)
def test_standard_input_as_a_file_that_is_used_wrongly(line: list[str], why: str) -> None:
    """Told at once."""
    chosen = options.words("send").parse_args(["bob", *line])
    with pytest.raises(Usage, match=why):
        offered(chosen.files, chosen.called, text=chosen.text)


def test_files_that_nobody_takes_in_time() -> None:
    """They are withdrawn."""
    errand = giving()
    errand.happened(given())
    assert errand.give_up(5) == [EndFiles(id=ID), Leave(BOB)]
    assert errand.outcome is not None
    assert str(errand.outcome.error) == "it was not delivered within 5 seconds"


@pytest.mark.parametrize("is_offered", [True, False])
@pytest.mark.parametrize("last", [over(), over("cancelled")])
def test_the_other_leaves_before_files_are_known_to_be_whole(
    last: e.FilesOver, *, is_offered: bool
) -> None:
    """What is not is withdrawn, and their end decides, which is still to be told."""
    errand = giving()
    left = e.ConversationOver("bob", Ending.LEFT, "", conversation=BOB)
    if is_offered:
        errand.happened(given())
    assert errand.happened(left) == [EndFiles(id=ID)]
    if not is_offered:
        assert errand.happened(given()) == []
    assert errand.happened(e.CommandFailed("failed")) == []
    assert errand.outcome is None
    assert errand.happened(last) == []
    assert errand.outcome == (Outcome() if last.why == "done" else Outcome(event=left))


def taking() -> Waiting:
    """A conversation with bob, whose files are wanted."""
    errand = Waiting(["bob"], "/in")
    errand.begin(HERE)
    errand.happened(request("bob", "new"))
    assert errand.happened(TALKING) == []
    return errand


OFFERED = e.FilesOffered(ID, 4, "a", 2, 10, conversation=BOB)
LEFT = e.ConversationOver("bob", Ending.LEFT, "", conversation=BOB)


@pytest.mark.parametrize("is_late", [True, False])
def test_what_is_offered_is_taken(*, is_late: bool) -> None:
    """Only in that conversation; where it lies is printed, also when they have left by then."""
    errand = taking()
    assert errand.happened(replace(OFFERED, conversation=CAROL)) == []
    assert errand.happened(OFFERED) == [TakeFiles(4, "/in")]
    if is_late:
        assert errand.happened(LEFT) == [ShowFiles(4)]
        assert errand.happened(e.CommandFailed("failed")) == []
        assert errand.outcome is None
    errand.happened(over(ours=False, places=["/in/a\x1b", "/in/b"]))
    assert len(errand.printed) == 2
    assert "\x1b" not in errand.printed[0]
    if not is_late:
        assert errand.happened(LEFT) == []
    assert errand.outcome == Outcome()


def test_what_was_offered_before_is_taken() -> None:
    """By the person who came, and what was accepted then is followed."""
    states = [
        TransferState(4, ID, BOB, False, "a", 1, 10, 0, False, ""),
        TransferState(5, b"j", BOB, False, "b", 1, 10, 0, True, ""),
        TransferState(6, b"k", CAROL, False, "c", 1, 10, 0, False, ""),
        TransferState(7, b"l", BOB, True, "d", 1, 10, 0, False, ""),
    ]
    errand = Waiting(["bob"], "/in")
    errand.begin(replace(HERE, transfers=tuple(states)))
    errand.happened(request("bob", "new"))
    assert errand.happened(TALKING) == [TakeFiles(4, "/in")]
    assert errand.happened(LEFT) == [ShowFiles(4), ShowFiles(5)]


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ([LEFT], "no files"),
        ([OFFERED, over("cancelled", ours=False), LEFT], "cancelled"),
        ([OFFERED, over(ours=False, left_out=1), LEFT], "could not be read"),
        ([OFFERED, LEFT, e.FilesListed(4, [], conversation=BOB)], "before all of it"),
        (
            [
                OFFERED,
                e.FilesNotTaken(OFFERED.id, 4, "no-room", conversation=BOB),
                LEFT,
                over("refused", ours=False),
            ],
            "not enough room",
        ),
    ],
)
def test_what_did_not_come(events: list[e.Event], why: str) -> None:
    """The first fault is the outcome."""
    errand = taking()
    for event in events:
        assert errand.outcome is None
        errand.happened(event)
    assert errand.outcome is not None
    assert why in str(errand.outcome.error)


def test_what_cannot_land_is_refused() -> None:
    """So that the other side learns of it."""
    errand = taking()
    errand.happened(OFFERED)
    other = e.FilesNotTaken(b"other", 9, "no-room", conversation=BOB)
    assert errand.happened(other) == []
    failed = e.FilesNotTaken(OFFERED.id, 4, "no-room", conversation=BOB)
    assert errand.happened(failed) == [EndFiles(id=OFFERED.id)]


def test_without_a_folder_nothing_is_taken() -> None:
    """It waits for the person."""
    errand = Waiting(["bob"])
    errand.happened(request("bob", "new"))
    errand.happened(TALKING)
    assert errand.happened(OFFERED) == []
    errand.happened(LEFT)
    assert errand.outcome == Outcome()


class FullDisk(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_an_answer_that_cannot_be_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It fails, ends, and is not said to be seen."""

    class Client:
        def __init__(self) -> None:
            self.done: list[object] = []
            self.do = self.done.append

        def subscribe(self, listener: object) -> None:
            pass

    client: Any = Client()
    errand = Waiting(["bob"])
    errand.printed = ["hello"]
    full = FullDisk()
    monkeypatch.setattr("builtins.print", partial(print, file=full))
    Carrying(client, errand).show(TALKING)
    assert client.done == [Quit()]
    assert errand.outcome is not None
    assert "no space left" in str(errand.outcome.error)
