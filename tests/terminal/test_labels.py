"""The label of the prompt, the status and the title."""

import pytest
from terminal_session import IDENTITY, THEIRS
from welcomes import welcome

from chatd.engine.decisions import machine as m
from chatd.engine.decisions.requests import Incoming
from chatd.peer.conversation import Ending
from chatd.store.contacts import Known, KnownAs, New
from chatd.text import cells
from chatd.ui.terminal import labels

NEW = New()


def machine(state, name="alice", judged=NEW):
    """A machine in a state, that knows so much of everyone."""
    made = m.Machine("localhost", IDENTITY, lambda name, key: judged)
    if name:
        made.username(name)
    made.logged_in(welcome(name), 0)
    made.state = state
    return made


@pytest.mark.parametrize(
    ("mode", "state", "name", "columns", "label"),
    [
        ("name", m.Away(), None, 80, "name? "),
        ("lobby", m.Free(), "alice", 80, "alice> "),
        ("chat", m.Talking("bob"), "alice", 80, "→ bob: "),
        ("lobby", m.Free(), "alexandra", 20, "alexa…> "),
        ("chat", m.Talking("alexandra"), "alice", 20, "→ alexa…: "),
        ("chat", m.Talking("a" * 32), "alice", 200, "→ " + "a" * 32 + ": "),
        ("lobby", m.Free(), "alice", 1, "ali…> "),
    ],
)
def test_label(mode, state, name, columns, label):
    """The label says who types or to whom, shorter on a narrow terminal."""
    assert labels.label(mode, machine(state, name), True, columns) == label


def test_label_of_the_first_question():
    """Before the start the name is asked for in words."""
    assert labels.label("name", machine(m.Away(), None), False, 80) == "your name: "


def test_status_says_what_is_waited_for():
    """In front of who and where; and whom we talk to, where nothing is."""
    looking = "looking for a path to bob, giving up in 8 s"
    racing = machine(m.Racing("bob", THEIRS, True, []))
    assert labels.status(racing, looking, "localhost", 80) == f"{looking} · alice@localhost"
    talking = "talking to bob (new), encrypted · alice@localhost"
    assert labels.status(machine(m.Talking("bob")), "", "localhost", 80) == talking
    leaving = machine(m.Talking("bob", "left"))
    assert (
        labels.status(leaving, "leaving bob…", "localhost", 80) == "leaving bob… · alice@localhost"
    )


def test_a_break_that_is_no_news_changes_no_status():
    """In its first seconds a conversation without a link is one that is talked in."""
    broken = machine(m.Talking("bob", key=THEIRS))
    before = labels.status(broken, "", "localhost", 80)
    broken.broken(Ending.CUT_OFF, "", 0.0)
    assert labels.status(broken, "", "localhost", 80) == before


def test_status_without_a_name():
    """Before there is a name, nothing is being connected."""
    assert labels.status(machine(m.Away(), None), "", "localhost", 80) == "no name yet@localhost"


@pytest.mark.parametrize(("count", "words"), [(1, "1 request waiting"), (2, "2 requests waiting")])
def test_status_counts_requests(count, words):
    """Requests that wait for an answer are counted."""
    busy = machine(m.Free())
    for number in range(count):
        busy.requests.add(Incoming(bytes([number]), f"b{number}", THEIRS, 300.0))
    assert labels.status(busy, "", "localhost", 80) == f"{words} · alice@localhost"


def test_a_narrow_status_says_what_matters_most():
    """Below forty columns it is whom we talk to, or else who waits, or else who we are."""
    talking = machine(m.Talking("bob"))
    busy = machine(m.Free())
    for made in (talking, busy):
        made.requests.add(Incoming(b"1", "carol", THEIRS, 300.0))
    assert labels.status(talking, "", "localhost", 20) == "bob (new)"
    assert labels.status(talking, "leaving bob…", "localhost", 39) == "leaving bob…"
    assert labels.status(busy, "", "localhost", 20) == "1 request waiting"
    assert labels.status(machine(m.Free()), "", "localhost", 20) == "alice@localhost"
    assert labels.status(machine(m.Free()), "", "localhost", 12) == "alice@loca…"
    assert labels.status(machine(m.Free()), "", "localhost", 1) == "…"


def test_what_enter_does_to_whom_it_was_ended_with():
    """It asks them again, or accepts them where they ask already."""
    left = machine(m.Free())
    left._conversations.again = "bob"
    assert labels.status(left, "", "localhost", 80).startswith("Enter asks bob again · ")
    left.requests.add(Incoming(b"1", "bob", THEIRS, 300.0))
    assert labels.status(left, "", "localhost", 80).startswith("Enter accepts bob · 1 request")


def test_status_is_cut():
    """A long one leaves the last cell free."""
    status = labels.status(machine(m.Talking("b" * 32)), "", "localhost", 40)
    assert cells(status) == 39
    assert status.endswith("…")


@pytest.mark.parametrize(
    ("judged", "first", "words"),
    [
        (Known(), True, "bob (new)"),
        (Known(), False, "bob (known)"),
        (Known(verified=True), True, "bob (verified)"),
        (Known(petname="Бобик"), False, "bob (Бобик) (known)"),
        (KnownAs("robert", verified=True), False, "bob (verified)"),
    ],
)
def test_status_says_what_is_known_of_the_key(judged, first, words):
    """New in the first conversation, until it is verified; our own name stands beside theirs."""
    talking = machine(m.Talking("bob", key=THEIRS, is_first=first), judged=judged)
    assert labels.status(talking, "", "localhost", 80).startswith(f"talking to {words}, encrypted")


def test_title():
    """The window is named after the partner, if there is one."""
    assert labels.title(machine(m.Free())) == "chat"
    assert labels.title(machine(m.Talking("bob"))) == "chat: bob"
