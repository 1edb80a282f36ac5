"""How many a daemon lets in, how long it waits for each, and what it keeps of them."""

import pytest
from simulated import Cut
from simulated_daemon import SOME_SECONDS, Simulation, Visitor
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from chatd import limits
from chatd.noise.keys import encode_identity, fingerprint
from chatd.rendezvous.factory import TurnAway
from chatd.wire import lines
from chatd.wire import server as wire

NOWHERE = wire.Candidates("none", 1, [])


def assert_nothing_is_left(simulation: Simulation) -> None:
    """The daemon holds no session, link, introduction or connection, and soon no timer either: one
    for many links stays until it would have run out."""
    assert simulation.lobby.here == 0
    assert not simulation.factory.reception.all
    assert len(simulation.factory.reception.door) == 0
    assert simulation.lobby.introductions.idle
    assert not simulation.server.connections
    simulation.pass_time(limits.HANDSHAKE_SECONDS + 1)
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


def test_a_full_room_at_the_door_loses_its_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    """The newcomer is greeted, and the link that was there longest is closed without a word."""
    monkeypatch.setattr(limits, "REST_LINKS", 2)
    simulation = Simulation()
    fresh = [simulation.stranger() for _ in range(limits.DOOR_SHARES)]
    rest = [simulation.stranger() for _ in range(3)]
    assert [stranger.over for stranger in fresh + rest] == [False, False, True, False, False]
    assert {stranger.received[:16] for stranger in fresh + rest} == {b"CHATD/2 gcm,cbc "}
    assert simulation.factory.reception.door.dropped == 1


def test_one_host_does_not_keep_another_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever fills a room that is theirs takes nothing from other sources."""
    monkeypatch.setattr(limits, "REST_LINKS", 3)
    simulation = Simulation()
    elsewhere = simulation.stranger(simulation.others)
    for _ in range(limits.DOOR_SHARES + 2 * 3):
        simulation.stranger(advance=False)
    simulation.pass_time()
    assert not elsewhere.over
    assert simulation.visit(host=simulation.others).kinds() == ["Welcome"]
    assert len(simulation.server.connections) == 1 + limits.DOOR_SHARES + 3 + 1


def test_a_token_lets_in_beside_a_crowd_from_the_same_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It opens a room of its own, once its first line is read; the identity has to be the one."""
    monkeypatch.setattr(limits, "REST_LINKS", 1)
    simulation = Simulation()
    mine, other = simulation.key(), simulation.key()
    simulation.guest = lambda line: (1, encode_identity(mine.public))
    for _ in range(limits.DOOR_SHARES):
        simulation.stranger()
    guest = simulation.visit(static=mine, advance=False)
    simulation.stranger()
    assert guest.kinds() == ["Welcome"]
    thief = simulation.visit(static=other)
    assert (thief.kinds(), thief.over) == ([], True)


def test_a_token_of_rank_0_is_a_strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys are free, so what they get without a name opens nothing."""
    simulation = Simulation()
    simulation.guest = lambda line: (0, bytes(33))
    visitor = simulation.visit()
    assert visitor.kinds() == ["Welcome"]  # though the token is not its own


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


def test_people_who_are_logged_in_are_not_at_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    """Logins make room, and so do ends."""
    monkeypatch.setattr(limits, "REST_LINKS", 1)
    simulation = Simulation()
    people = [simulation.visit() for _ in range(5)]
    assert [person.kinds() for person in people] == [["Welcome"]] * 5
    stranger = simulation.stranger()
    assert stranger.transport is not None
    stranger.transport.loseConnection()
    simulation.pass_time()
    simulation.stranger()
    assert not any(person.over for person in people)
    assert simulation.factory.reception.door.dropped == 0


def test_whoever_has_most_places_of_a_full_server_gives_one_up() -> None:
    """Somebody from elsewhere is let in, and one of those who took all is told that it is full."""
    simulation = Simulation(max_clients=4)
    squatters = [simulation.visit() for _ in range(4)]
    newcomer = simulation.visit(host=simulation.others)
    assert newcomer.kinds() == ["Welcome"]
    assert [squatter.over for squatter in squatters] == [True, False, False, False]
    assert squatters[0].reason == "full"
    assert simulation.lobby.here == 4


def test_a_name_is_worth_a_place_of_somebody_unnamed() -> None:
    """Also behind the address that has most; a name that is taken or bad is worth nothing."""
    simulation = Simulation(max_clients=2)
    unnamed, named = simulation.visit(), simulation.visit("bob")
    assert simulation.visit("BOB").reason == "full"
    assert simulation.visit("no name").reason == "full"
    assert simulation.visit("carol").kinds() == ["Welcome"]
    assert unnamed.reason == "full"
    assert not named.over
    assert simulation.visit("dave").reason == "full"


def test_links_on_their_way_out_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of those that are told their end and do not go, the oldest is cut off."""
    monkeypatch.setattr(limits, "ENDING_LINKS", 2)
    simulation = Simulation()
    keys = [simulation.key() for _ in range(4)]
    for static in keys:
        simulation.visit(static=static)
        simulation.network.connections[-1].cut(Cut.SILENT)
    for static in keys:
        simulation.lobby.names.access.ban(fingerprint(encode_identity(static.public)))
        for link in list(simulation.factory.reception.all):
            link.review(simulation.lobby.names.access)
    simulation.pass_time(limits.ABORT_SECONDS - 1)
    assert len(simulation.factory.reception.all) == 2
    simulation.pass_time(2)
    assert_nothing_is_left(simulation)


def test_a_handshake_has_a_deadline() -> None:
    """A link without a handshake ends after its seconds, without a word."""
    simulation = Simulation()
    stranger = simulation.stranger()
    simulation.pass_time(limits.HANDSHAKE_SECONDS - SOME_SECONDS - 0.5)
    assert not stranger.over
    simulation.pass_time()
    assert stranger.over
    assert lines.read_greeting(stranger.received.rstrip()).suites == ["gcm", "cbc"]
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
