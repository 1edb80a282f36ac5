"""How many a daemon lets in, how long it waits for each, and what it keeps of them."""

import pytest
from simulated_daemon import SOME_SECONDS, Simulation, Visitor
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from chatd import limits
from chatd.rendezvous.factory import TurnAway
from chatd.testing import Cut
from chatd.wire import server as wire

NOWHERE = wire.Candidates("none", 1, [])


def assert_nothing_is_left(simulation: Simulation) -> None:
    """The daemon holds no session, link, introduction, connection or timer."""
    assert simulation.lobby.here == 0
    assert not simulation.factory.links.all
    assert simulation.factory.links.not_logged_in == 0
    assert simulation.lobby.introductions.idle
    assert not simulation.server.connections
    assert not simulation.server.getDelayedCalls()
    assert not simulation.network.errors


def introduce(simulation: Simulation, alice: Visitor, bob: Visitor) -> bytes:
    """Let alice ask for bob, and bob accept."""
    alice.say(wire.Request("bob", limits.REQUEST_SECONDS, None))
    simulation.pass_time()
    introduction = bob.id
    bob.say(wire.Accept(introduction, b"of bob", NOWHERE))
    simulation.pass_time()
    return introduction


def test_an_introduction_leaves_nothing_behind() -> None:
    """After go both links end, and the daemon keeps nothing of the two but their names."""
    simulation = Simulation()
    alice, bob = simulation.visit("alice"), simulation.visit("bob")
    introduction = introduce(simulation, alice, bob)
    alice.say(wire.OfferMade(introduction, b"of alice", NOWHERE))
    simulation.pass_time()
    assert alice.kinds() == ["Welcome", "Asked", "Accepted", "Go", "Close"]
    assert bob.kinds() == ["Welcome", "Requested", "Go", "Close"]
    assert alice.reason == bob.reason == "introduced"
    assert simulation.lobby.introduced == 2
    assert_nothing_is_left(simulation)


def test_whoever_does_not_hang_up_is_cut_off() -> None:
    """A link whose other side does not answer the end is aborted after a few seconds."""
    simulation = Simulation()
    bob, alice = simulation.visit("bob"), simulation.visit("alice")
    introduction = introduce(simulation, alice, bob)
    simulation.network.connections[0].cut(Cut.SILENT)
    alice.say(wire.OfferMade(introduction, b"of alice", NOWHERE))
    simulation.pass_time(limits.ABORT_SECONDS - 1)
    assert len(simulation.server.connections) == 1
    simulation.pass_time(2)
    assert_nothing_is_left(simulation)


def test_a_server_that_is_full_says_so() -> None:
    """One person more than allowed is told; a freed place can be taken at once."""
    simulation = Simulation(max_clients=2)
    first, _ = simulation.visit(), simulation.visit()
    late = simulation.visit()
    assert (late.reason, late.over) == ("full", True)
    first.hang_up()
    simulation.pass_time()
    assert simulation.visit().kinds() == ["Welcome"]
    assert simulation.lobby.here == 2


def test_whoever_returns_to_a_full_server_is_let_in() -> None:
    """A new session of a key that is here takes the place of the old one."""
    simulation = Simulation(max_clients=1)
    static = simulation.key()
    old = simulation.visit("me", static)
    new = simulation.visit("me", static)
    assert old.reason == "replaced"
    assert new.kinds() == ["Welcome"]
    assert simulation.lobby.here == 1


def test_strangers_are_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    """One link more than may be without a login gets NO full and nothing else."""
    monkeypatch.setattr(limits, "UNNAMED_LINKS", 2)
    simulation = Simulation()
    within = [simulation.stranger(), simulation.stranger()]
    over = simulation.stranger()
    assert [stranger.received[:8] for stranger in within] == [b"CHATD/1 "] * 2
    assert (over.received, over.over) == (b"NO full\r\n", True)


@pytest.mark.parametrize("lost", [True, False])
def test_whoever_is_turned_away_cannot_stay(lost: bool) -> None:
    """A link that is turned away and does not end, as one in TLS can, is aborted."""
    clock, transport = Clock(), StringTransport()
    turned_away = TurnAway("closing", clock)
    turned_away.makeConnection(transport)
    assert transport.value() == b"NO closing\r\n"
    assert transport.disconnecting
    if lost:
        turned_away.connectionLost()
    clock.advance(limits.ABORT_SECONDS)
    assert transport.disconnected is not lost
    assert not clock.getDelayedCalls()


def test_people_who_are_logged_in_do_not_count_as_strangers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The cap is on links without a login: logins make room, and so do ends."""
    monkeypatch.setattr(limits, "UNNAMED_LINKS", 1)
    simulation = Simulation()
    for _ in range(3):
        assert simulation.visit().kinds() == ["Welcome"]
    stranger = simulation.stranger()
    assert simulation.stranger().received == b"NO full\r\n"
    assert stranger.transport is not None
    stranger.transport.loseConnection()
    simulation.pass_time()
    assert simulation.visit().kinds() == ["Welcome"]


def test_a_handshake_has_a_deadline() -> None:
    """A link without a handshake ends after its seconds, without a word."""
    simulation = Simulation()
    stranger = simulation.stranger()
    simulation.pass_time(limits.HANDSHAKE_SECONDS - SOME_SECONDS - 0.5)
    assert not stranger.over
    simulation.pass_time()
    assert stranger.over
    assert stranger.received == b"CHATD/1 gcm,cbc\r\n"
    assert_nothing_is_left(simulation)


def test_a_login_has_a_deadline_of_its_own() -> None:
    """A link with a handshake and no login is told that it was too slow."""
    simulation = Simulation()
    visitor = simulation.visit(login=False)
    simulation.pass_time(limits.HANDSHAKE_SECONDS - SOME_SECONDS - 0.5)
    assert not visitor.over
    simulation.pass_time()
    assert visitor.reason == "too-slow"
    assert visitor.over
    assert_nothing_is_left(simulation)


@pytest.mark.parametrize("how", ["hang_up", "close"])
def test_whoever_leaves_leaves_nothing_behind(how: str) -> None:
    """A session that ends takes its request, its introduction and its timers with it."""
    simulation = Simulation()
    alice, bob = simulation.visit("alice"), simulation.visit("bob")
    introduce(simulation, alice, bob)
    for visitor in (alice, bob):
        visitor.say(wire.Close("quit")) if how == "close" else visitor.hang_up()
        simulation.pass_time()
    assert alice.over
    assert bob.over
    assert_nothing_is_left(simulation)
