"""Commands as they are typed inside, given at the shell: what is wanted, printed, and the end."""

import json
import re

import pytest
from msgspec.structs import replace

from chatd.engine import commands as c
from chatd.engine.decisions import events as e
from chatd.engine.snapshot import ConversationState, Snapshot
from chatd.errors import Usage
from chatd.store.contact import Contact
from chatd.store.moment import moment
from chatd.ui.commands import COMMANDS
from chatd.ui.oneshot.errand import LOCKED
from chatd.ui.oneshot.outcome import Outcome
from chatd.ui.oneshot.typed import Typed

HERE = Snapshot(now=0.0, server="s", name="alice", presence="in", identity="open")
BOB = Contact(b"\1" * 33, ["bob"], moment(0))
AT_SHELL = [each for each in COMMANDS if each.shell and each.shell != "nothing"]


@pytest.mark.parametrize("command", AT_SHELL, ids=lambda each: each.word)
def test_every_word_comes_to_an_end(command) -> None:
    """It says something at once, or wants something which is answered by an event or carried out;
    or it is used wrongly, and the hint says where it is explained."""
    example = re.search(r"\w+ \w+$", command.example)
    line = example[0] if example and example[0].startswith(command.word) else command.word
    errand = Typed(line if "NAME" not in command.argument else f"{command.word} bob")
    wanted = errand.begin(HERE)
    if errand.outcome is not None:
        assert wanted == []
        return
    assert len(wanted) == 1
    errand.carried_out()
    assert (errand.outcome is None) == bool(command.told)


def test_what_is_known_at_once() -> None:
    """It is printed as inside, and nobody is asked."""
    errand = Typed("requests")
    assert errand.begin(HERE) == []
    assert (errand.printed, errand.outcome) == (["no requests"], Outcome())


def test_what_to_type_next_is_given_at_the_shell() -> None:
    """Behind a safety number as well, where it is what to do with it."""
    errand = Typed("verify bob")
    errand.begin(HERE)
    errand.happened(e.SafetyNumber("bob", "12345" * 12, verified=False))
    assert errand.printed[-1] == (
        "hint: chat verify bob NUMBER (or WORDS) takes what bob reads to you"
    )
    assert not any("/verify" in line for line in errand.printed)


def test_an_answer_of_ones_own() -> None:
    """What somebody else asked for at the same client is not ours."""
    errand = Typed("search BOB")
    assert errand.begin(HERE) == [c.Search("bob")]
    for event in (e.Found("carol", True), e.Named("x"), e.Found("bob", True)):
        errand.happened(event)
    assert (errand.printed, errand.outcome) == (["bob is around"], Outcome())


def test_what_needs_the_server_waits_for_the_login() -> None:
    """And fails as the login does."""
    errand = Typed("search bob")
    assert errand.begin(replace(HERE, name=None)) == []
    errand.carried_out()
    assert errand.happened(e.LoggedIn("s", "alice", False)) == [c.Search("bob")]
    refused = e.Refused("username", "alice", "taken", None)
    other = Typed("search bob")
    other.begin(replace(HERE, name=None))
    other.happened(refused)
    assert other.outcome == Outcome(event=refused)


def test_contacts_and_who_of_them_is_around() -> None:
    """The second is told behind the first; where there is nobody to look for, it is not."""
    errand, alone = Typed("contacts"), Typed("contacts")
    assert errand.begin(HERE) == alone.begin(HERE) == [c.ListContacts()]
    errand.happened(e.Contacts([BOB]))
    assert errand.outcome is None
    errand.happened(e.Around(["bob"], 1))
    assert errand.printed[0].startswith("bob: known")
    assert (errand.printed[-1], errand.outcome) == ("around: bob", Outcome())
    alone.happened(e.Contacts([replace(BOB, blocked=True)]))
    assert alone.outcome == Outcome()


def test_for_programs() -> None:
    """The event, as the interface for programs has it, and where everything is for what is known
    at once."""
    errand, known = Typed("search bob", as_json=True), Typed("whoami", as_json=True)
    errand.begin(HERE)
    errand.happened(e.Found("bob", True))
    known.begin(HERE)
    found, here = [json.loads(*each.printed) for each in (errand, known)]
    assert (found["method"], found["params"]["here"]) == ("found", True)
    assert (here["method"], here["params"]["name"]) == ("snapshot", "alice")


@pytest.mark.parametrize(
    ("line", "why", "hint"),
    [
        ("search", "usage: search NAME", "chat help search"),
        ("nick", "usage: nick NAME [PETNAME]", "chat help nick"),
        ("search b@b", "b@b is not a name", "a name has 1 to 32"),
        ("verify", "whom?", "chat contacts shows them"),
    ],
)
def test_mistakes(line: str, why: str, hint: str) -> None:
    """They are wrong usage, and name commands as they are given at the shell."""
    errand = Typed(line)
    assert errand.begin(HERE) == []
    assert errand.outcome is not None
    error = errand.outcome.error
    assert isinstance(error, Usage)
    assert (str(error), error.hint[: len(hint)]) == (why, hint)


def test_a_locked_key_and_an_answer_too_late() -> None:
    """Both are errors that say so."""
    locked, late = Typed("contacts"), Typed("search bob")
    assert locked.begin(replace(HERE, identity="sealed")) == []
    assert locked.outcome == Outcome(LOCKED)
    late.begin(HERE)
    assert late.give_up(2) == []
    assert late.outcome is not None
    assert str(late.outcome.error) == "there was no answer within 2 seconds"


def test_a_number_that_is_another() -> None:
    """It fails, so that a script does not go on."""
    errand = Typed("verify bob " + "1" * 60)
    errand.begin(HERE)
    event = e.NotVerified("bob", "two-others")
    errand.happened(event)
    assert errand.outcome == Outcome(event=event)


def test_the_end_of_a_conversation_is_that_of_the_one_that_was_meant() -> None:
    """Whoever is left is named at the shell; others may end meanwhile."""
    talks = [
        ConversationState(id * 33, name, "", "known", "open")
        for id, name in ((b"\1", "bob"), (b"\2", "eve"))
    ]
    errand = Typed("leave bob")
    assert errand.begin(replace(HERE, conversations=talks)) == [c.Leave(b"\1" * 33)]
    for id, name in ((b"\2" * 33, "eve"), (b"\1" * 33, "bob")):
        assert errand.outcome is None
        errand.happened(e.ConversationOver(name, None, "", [], conversation=id))
    assert (errand.printed, errand.outcome) == (["you left the conversation with bob"], Outcome())


def test_an_agent_is_ended_while_its_key_is_locked() -> None:
    """There is no other word for it."""
    errand = Typed("exit")
    assert errand.begin(replace(HERE, identity="sealed")) == [c.Quit()]
    errand.carried_out()
    assert errand.outcome == Outcome()


def test_the_end_of_files_is_that_of_the_ones_that_were_meant() -> None:
    """Others may end meanwhile."""
    errand = Typed("files cancel 2")
    assert errand.begin(HERE) == [c.EndFiles(2)]
    for number in (3, 2):
        assert errand.outcome is None
        errand.happened(e.FilesOver(b"1", f"f{number}", 1, True, "cancelled", number=number))
    assert (errand.printed, errand.outcome) == (["f2 was cancelled"], Outcome())
