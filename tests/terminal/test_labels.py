"""The label of the prompt, the status and the title."""

import pytest
from msgspec.structs import replace

from chatd.engine.snapshot import Asks, ConversationState, Snapshot
from chatd.text import cells
from chatd.ui.command import Here
from chatd.ui.terminal import labels

LOBBY = Here(Snapshot(now=0.0, server="localhost", name="alice", identity="open"), None)


def named(name, identity="open"):
    """Somebody at the server who is called so."""
    return Here(replace(LOBBY.client, name=name, identity=identity), None)


def talking(name, petname="", standing="new", stage="open"):
    """Somebody who talks to this person."""
    talk = ConversationState(bytes(33), name, petname, standing, stage)
    return Here(replace(LOBBY.client, conversations=(talk,)), talk)


@pytest.mark.parametrize(
    ("mode", "here", "columns", "label"),
    [
        ("name", named(None), 80, "name? "),
        ("name", named(None, "none"), 80, "your name: "),
        ("secret", named(None, "sealed"), 80, "passphrase: "),
        ("waiting", named(None, "opening"), 80, "opening the key… "),
        ("lobby", LOBBY, 80, "alice> "),
        ("chat", talking("bob"), 80, "→ bob: "),
        ("lobby", named("alexandra"), 20, "alexa…> "),
        ("chat", talking("alexandra"), 20, "→ alexa…: "),
        ("chat", talking("a" * 32), 200, "→ " + "a" * 32 + ": "),
        ("lobby", LOBBY, 1, "ali…> "),
    ],
)
def test_label(mode, here, columns, label):
    """The label says who types or to whom, shorter on a narrow terminal."""
    assert labels.label(mode, here, columns) == label


def test_status_says_what_is_waited_for():
    """In front of who and where; and whom we talk to, where nothing is."""
    looking = "looking for a path to bob, giving up in 8 s"
    racing = talking("bob", stage="racing")
    assert labels.status(racing, looking, 80) == f"{looking} · alice@localhost"
    said = "talking to bob (new), encrypted · alice@localhost"
    assert labels.status(talking("bob"), "", 80) == said
    leaving = talking("bob", stage="leaving")
    assert labels.status(leaving, "leaving bob…", 80) == "leaving bob… · alice@localhost"


def test_status_says_who_has_left_the_server_to_talk():
    """Where what is typed goes there; in a conversation that is no news."""
    talks = talking("bob")
    apart = replace(talks.client, presence="apart")
    said = "not at the server while you talk · 1 bob · alice@localhost"
    assert labels.status(Here(apart, None), "", 80) == said
    assert labels.status(Here(apart, None), "", 20) == "not at the server …"
    assert "not at the server" not in labels.status(replace(talks, client=apart), "", 80)


def test_status_without_a_name():
    """Before there is a name, nothing is being connected."""
    assert labels.status(named(None), "", 80) == "no name yet@localhost"


@pytest.mark.parametrize(("count", "words"), [(1, "1 request waiting"), (2, "2 requests waiting")])
def test_status_counts_requests(count, words):
    """Requests that wait for an answer are counted."""
    asks = tuple(Asks(f"b{number}", bytes(33), "", 300.0, False) for number in range(count))
    busy = Here(replace(LOBBY.client, asking_us=asks), None)
    assert labels.status(busy, "", 80) == f"{words} · alice@localhost"


CAROL = Asks("carol", bytes(33), "", 300.0, False)


def test_a_narrow_status_says_what_matters_most():
    """Below forty columns it is whom we talk to, or else who waits, or else who we are."""
    busy = Here(replace(LOBBY.client, asking_us=(CAROL,)), None)
    talks = Here(replace(talking("bob").client, asking_us=(CAROL,)), talking("bob").talk)
    assert labels.status(talks, "", 20) == "bob (new)"
    assert labels.status(talks, "leaving bob…", 39) == "leaving bob…"
    assert labels.status(busy, "", 20) == "1 request waiting"
    assert labels.status(LOBBY, "", 20) == "alice@localhost"
    assert labels.status(LOBBY, "", 12) == "alice@loca…"
    assert labels.status(LOBBY, "", 1) == "…"


@pytest.mark.parametrize(
    ("waiting", "columns", "shown"),
    [
        ("asking alice, giving up in 4 min 30 s", 20, "asking … 4 min 30 s"),
        ("asking bob, giving up in 8 s", 20, "asking bob 8 s"),
        ("looking for a path to bob, giving up in 12 s", 39, "looking for a path to bob 12 s"),
        ("no server, trying again in 3 s", 20, "no server 3 s"),
        ("no server, trying again in 3 s", 39, "no server, trying again in 3 s"),
        ("connecting to bob…", 20, "connecting to bob…"),
        ("asking alice, giving up in 8 s", 8, "as… 8 s"),
    ],
)
def test_a_narrow_status_shows_the_time(waiting, columns, shown):
    """Where the words do not fit they are cut, and not what counts."""
    assert labels.status(LOBBY, waiting, columns).startswith(shown)


def test_what_enter_does_to_whom_it_was_ended_with():
    """It asks them again, or accepts them where they ask already."""
    left = replace(LOBBY.client, again="carol")
    assert labels.status(Here(left, None), "", 80).startswith("Enter asks carol again · ")
    asked = Here(replace(left, asking_us=(CAROL,)), None)
    assert labels.status(asked, "", 80).startswith("Enter accepts carol · 1 request")


def test_status_is_cut():
    """A long one leaves the last cell free."""
    status = labels.status(talking("b" * 32), "", 40)
    assert cells(status) == 39
    assert status.endswith("…")


def test_status_says_what_is_known_of_the_key():
    """Our own name stands beside theirs, and the standing behind both."""
    status = labels.status(talking("bob", "Бобик", "verified"), "", 80)
    assert status.startswith("talking to bob (Бобик) (verified), encrypted")


def test_title():
    """The window is named after the partner, if there is one."""
    assert labels.title(LOBBY) == "chat"
    assert labels.title(talking("bob")) == "chat: bob"
