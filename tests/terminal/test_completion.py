"""What Tab offers."""

import pytest
from terminal_session import IDENTITY, THEIRS

from chatd import limits
from chatd.engine.decisions import events as e
from chatd.engine.decisions.machine import Machine, Talking
from chatd.engine.decisions.requests import Incoming
from chatd.store.contacts import New
from chatd.ui.terminal.completion import NOTHING, Completion, Seen, complete


@pytest.fixture
def machine():
    """Bob and bert ask us, and we ask carol."""
    machine = Machine("localhost", IDENTITY, lambda name, key: New())
    for name in ("bob", "bert"):
        machine.requests.add(Incoming(name.encode(), name, THEIRS, 300.0))
    machine.requests.ask("carol", 0.0)
    return machine


@pytest.mark.parametrize(
    ("before", "completion"),
    [
        ("se", Completion("arch ", [])),
        ("SE", Completion("arch ", [])),
        ("/se", Completion("arch ", [])),
        ("re", Completion("", ["release", "requests"])),
        ("req", Completion("uests ", [])),
        ("requests c", Completion("", ["cards", "contacts"])),
        ("requests co", Completion("ntacts", [])),
        ("lea", NOTHING),
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
def test_in_the_lobby(machine, before, completion):
    """Commands of the lobby, and the names that fit behind each."""
    assert complete(before, machine, ["dave"]) == completion


@pytest.mark.parametrize(
    ("before", "completion"),
    [
        ("/lea", Completion("ve", [])),
        ("/decline bo", Completion("b", [])),
        ("/search b", NOTHING),
        ("lea", NOTHING),
        ("//lea", NOTHING),
        ("", NOTHING),
    ],
)
def test_in_a_conversation(machine, before, completion):
    """Only behind a slash, and only what works there."""
    machine.state = Talking("bob")
    assert complete(before, machine, ["dave"]) == completion


def test_choices_are_offered_with_what_they_share(machine):
    """Tab adds what all choices have in common, and names them."""
    machine.requests.add(Incoming(b"x", "boris", THEIRS, 300.0))
    assert complete("accept b", machine, []).choices == ["bert", "bob", "boris"]
    assert complete("accept bo", machine, []) == Completion("", ["bob", "boris"])


def test_seen_names_are_the_latest_first():
    """People whom events were about are remembered, each once."""
    seen = Seen()
    for name in ("bob", "carol", "bob"):
        seen.notice(e.Found(name, True))
    seen.notice(e.Misplaced("no name in it"))
    assert seen.names == ["bob", "carol"]


def test_seen_names_are_bounded():
    """The oldest name goes when there are too many."""
    seen = Seen()
    for number in range(limits.SEEN_NAMES + 1):
        seen.notice(e.Found(f"n{number}", True))
    assert len(seen.names) == limits.SEEN_NAMES
    assert "n0" not in seen.names
    assert "n1" in seen.names
