"""What Tab offers."""

import pytest
from simulated.client import MemoryClient

from chatd import limits
from chatd.engine.commands import Ask
from chatd.engine.decisions import events as e
from chatd.ui.command import Here
from chatd.ui.terminal.completion import NOTHING, Completion, Seen, complete


@pytest.fixture
def client():
    """Bob and bert ask us, and we ask carol."""
    made = MemoryClient("alice")
    for name in ("bob", "bert"):
        made.asks(name)
    made.do(Ask("carol"))
    return made


def offered(client, before):
    """What Tab finds in the newest conversation, or in none; dave was seen."""
    here = client.snapshot()
    talk = here.conversations[-1] if here.conversations else None
    return complete(before, Here(here, talk), ["dave"])


@pytest.mark.parametrize(
    ("before", "completion"),
    [
        ("se", Completion("arch ", [])),
        ("SE", Completion("arch ", [])),
        ("/se", Completion("arch ", [])),
        ("re", Completion("", ["refuse", "release", "requests"])),
        ("req", Completion("uests ", [])),
        ("requests c", Completion("", ["cards", "contacts"])),
        ("requests co", Completion("ntacts", [])),
        ("lea", Completion("ve ", [])),
        ("xyz", NOTHING),
        ("accept b", Completion("", ["bert", "bob"])),
        ("accept bo", Completion("b", [])),
        ("decline be", Completion("rt", [])),
        ("cancel ", Completion("carol", [])),
        ("chat d", Completion("ave", [])),
        ("search bo", Completion("b", [])),
        ("username b", NOTHING),
        ("help b", Completion("lock", [])),
        ("status b", NOTHING),
        ("nonsense b", NOTHING),
        ("chat bob ", NOTHING),
    ],
)
def test_in_the_lobby(client, before, completion):
    """Commands of the lobby, and the names that fit behind each."""
    assert offered(client, before) == completion


@pytest.mark.parametrize(
    ("before", "completion"),
    [
        ("/lea", Completion("ve ", [])),
        ("/decline bo", Completion("b", [])),
        ("/to b", Completion("ob", [])),
        ("/username b", NOTHING),
        ("lea", NOTHING),
        ("//lea", NOTHING),
        ("", NOTHING),
    ],
)
def test_in_a_conversation(client, before, completion):
    """Only behind a slash, and only what works there."""
    client.talk("bob")
    assert offered(client, before) == completion


def test_choices_are_offered_with_what_they_share(client):
    """Tab adds what all choices have in common, and names them."""
    client.asks("boris")
    assert offered(client, "accept b").choices == ["bert", "bob", "boris"]
    assert offered(client, "accept bo") == Completion("", ["bob", "boris"])


def test_seen_names_are_the_latest_first():
    """People whom events were about are remembered, each once."""
    seen = Seen()
    for name in ("bob", "carol", "bob"):
        seen.notice(e.Found(name, True))
    seen.notice(e.CommandFailed("ending"))
    assert seen.names == ["bob", "carol"]


def test_seen_names_are_bounded():
    """The oldest name goes when there are too many."""
    seen = Seen()
    for number in range(limits.SEEN_NAMES + 1):
        seen.notice(e.Found(f"n{number}", True))
    assert len(seen.names) == limits.SEEN_NAMES
    assert "n0" not in seen.names
    assert "n1" in seen.names
