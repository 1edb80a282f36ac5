"""What may happen to somebody whose name is on its way to the disk, on a simulated network."""

from collections.abc import Iterator

import pytest
from simulated.disk import Fate, MemoryDisk
from simulated_daemon import SOME_SECONDS, Simulation

from chatd.rendezvous.name_store import QueuedNameStore
from chatd.rendezvous.names import Names
from chatd.wire import server as wire

CANDIDATES = wire.Candidates("none", 1, [])
LATE_SECONDS = 4 * SOME_SECONDS


@pytest.fixture
def slow() -> Iterator[Simulation]:
    """A server whose disk takes its time, but for the names that are there before."""
    simulation = Simulation()
    disk = MemoryDisk(simulation.server, lambda: Fate(LATE_SECONDS))
    store = QueuedNameStore(simulation.server, disk)
    simulation.lobby.names = Names(simulation.server.seconds, store)
    store.start()
    yield simulation
    disk.erase()


def named(simulation: Simulation, name: str) -> tuple[object, object]:
    """Somebody who is here under a name, and the key."""
    key = simulation.key()
    visitor = simulation.visit(name, key)
    simulation.pass_time(LATE_SECONDS)
    assert visitor.heard[-1].name == name
    return visitor, key


def test_somebody_who_is_being_introduced_meanwhile(slow: Simulation) -> None:
    """Is told to wait, and the introduction goes on under the old names; the new one is theirs."""
    alice, key = named(slow, "alice")
    bob, _ = named(slow, "bob")
    alice.say(wire.Request("bob", 60, None))
    slow.pass_time()
    alice.say(wire.Username("late"))
    bob.say(wire.Accept(bob.id, b"theirs", CANDIDATES))
    slow.pass_time()
    accepted = alice.heard[-1]
    assert isinstance(accepted, wire.Accepted)
    slow.pass_time(LATE_SECONDS)
    assert alice.heard[-1] == wire.Refused("username", "late", None, "not-now", None)
    alice.say(wire.OfferMade(accepted.id, b"ours", CANDIDATES))
    slow.pass_time()
    assert [message.name for message in bob.heard if isinstance(message, wire.Go)] == ["alice"]
    assert slow.visit("late", key).heard[0].name == "late"


@pytest.mark.parametrize("is_here", [True, False], ids=["username", "login"])
def test_a_name_that_is_banned_meanwhile(slow: Simulation, is_here: bool) -> None:
    """Is not used, by a login as little as by somebody who is here."""
    if is_here:
        visitor, _ = named(slow, "alice")
        visitor.say(wire.Username("late"))
        slow.pass_time()
    else:
        visitor = slow.visit("late")
    slow.lobby.names.access.ban("late")
    slow.pass_time(LATE_SECONDS)
    assert visitor.heard[-1] == wire.Refused("username", "late", None, "banned", None)
    assert not slow.lobby.introductions.is_here("late")
