"""Relayed conversations that move to a direct link (protocol, "Taking a link")."""

import os
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from peer_pairs import GUEST, HOST, PORT, Pair, places
from relay_scene import NOWHERE, Scene
from simulated import Cut

from chatd import limits
from chatd.peer.ending import Ending
from chatd.peer.message import Message
from chatd.wire import ticket as tickets

RUNS = int(os.environ.get("CHATD_CUTS", "400"))
STOPS = int(os.environ.get("CHATD_STOPS", "30"))


def relayed(seed: int = 1, addresses: int = 1, **network: object) -> Scene:
    """Two people who talk through the relay, as neither can dial the other; both go on trying."""
    scene = Scene(seed, addresses=addresses, **network)  # type: ignore[arg-type]
    scene.keep_apart()
    for side, role, there in (
        (scene.host, tickets.HOST, GUEST),
        (scene.guest, tickets.GUEST, HOST),
    ):
        side.resumes = True
        there_too = [(address, PORT) for address in places(there, addresses)]
        side.meet(*there_too, relay=scene.place(role))
    scene.network.run(lambda: scene.host.talk and scene.guest.talk, limits.RELAY_RACE_SECONDS)
    for side in scene.sides:
        assert side.link is not None
        assert side.link.relayed
    return scene


def has_moved(scene: Scene) -> bool:
    """Whether both talk on a direct link."""
    return all(side.moves and side.talking.link is side.link for side in scene.sides)


def assert_heard(scene: Scene, said: tuple[list[str], list[str]]) -> None:
    """Each has heard exactly what the other has said, and knows that."""
    assert scene.guest.heard == said[0]
    assert scene.host.heard == said[1]
    assert scene.host.ticks == list(range(1, len(said[0]) + 1))
    assert scene.guest.ticks == list(range(1, len(said[1]) + 1))


def caught_up(scene: Scene) -> bool:
    """Whether all is delivered."""
    return all(side.talking.link and not side.talking.waiting for side in scene.sides)


@pytest.mark.parametrize("seed", range(20))
def test_the_conversation_moves_without_a_seam(seed: int) -> None:
    """Both talk all the time; nothing is lost, said twice or out of order, no break is noticed."""
    random = Random(seed)
    scene = relayed(seed, latency=(0.0, random.choice((0.01, 0.3))), split=bool(seed % 2))
    scene.let_together()
    said: tuple[list[str], list[str]] = ([], [])
    while not has_moved(scene) or len(said[0]) < 100:
        for side, texts in zip(scene.sides, said, strict=True):
            texts.append(f"{len(texts)}")
            side.talking.say(Message(texts[-1]))
        scene.network.advance(random.choice((0, 0.01, 0.05, 0.2)))
        assert scene.network.seconds() < 60
    scene.network.run(lambda: caught_up(scene), 10)
    assert_heard(scene, said)
    scene.network.advance(limits.LINK_SECONDS + limits.ABORT_SECONDS)
    assert scene.relay.links == 0
    assert len(scene.network.connections) == 1
    for side in scene.sides:
        assert side.breaks == []
        assert len(side.moves) == 1
        assert side.timers == 1
    assert not scene.network.errors


@pytest.mark.parametrize("addresses", range(2, limits.CANDIDATES + 1))
@pytest.mark.parametrize("slow", [0.01, 0.06, 0.3])
def test_the_conversation_moves_between_many_addresses(addresses: int, slow: float) -> None:
    """Of all the links that could be finished at about the same time one is taken; neither notices
    an interruption."""
    for seed in range(20):
        scene = relayed(seed, addresses, latency=(slow / 2, slow))
        scene.let_together()
        scene.network.run(lambda s=scene: has_moved(s), limits.SEARCH_MOST_PAUSE_SECONDS)
        scene.network.advance(limits.LINK_SECONDS + limits.ABORT_SECONDS)
        assert scene.host.breaks == scene.guest.breaks == []
        assert len(scene.host.moves) == len(scene.guest.moves) == 1
        assert len(scene.network.connections) == 1
        assert not scene.network.errors


def test_the_old_link_is_there_until_the_host_has_noticed() -> None:
    """The host, to whom the news takes long, reads no end of the relayed link before."""
    scene = relayed(latency=(0.01, 0.01))
    scene.network.set_latency(scene.guest.machine, scene.host.machine, (1.5, 1.5))
    scene.let_together()
    scene.network.run(lambda: scene.guest.moves, 60)
    assert not scene.host.moves
    scene.network.run(lambda: scene.host.moves, 5)
    assert scene.host.breaks == scene.guest.breaks == []


def test_an_old_link_that_nobody_ends_is_ended() -> None:
    """The guest does not wait for ever for a host that is not there any more."""
    scene = relayed(latency=(0.01, 0.01))
    scene.let_together()
    scene.network.run(lambda: scene.guest.moves, 60)
    for connection in sorted(scene.network.connections, key=lambda each: each.number)[:-1]:
        connection.cut(Cut.SILENT)
    assert len(scene.guest.machine.connections) == 2
    scene.network.advance(limits.LINK_SECONDS + 1)
    assert len(scene.guest.machine.connections) == 1


def test_a_guest_goes_back_where_the_new_link_does_not_answer() -> None:
    """A direct path that dies right behind its handshake costs the time of one answer: the relayed
    link is still there, and nobody notices a break."""
    scene = relayed(latency=(0.01, 0.01))
    scene.let_together()
    scene.network.run(lambda: scene.guest.moves, 60)
    max(scene.network.connections, key=lambda each: each.number).cut(Cut.SILENT)
    scene.keep_apart()
    for side in scene.sides:
        side.talking.say(Message("still here"))
    scene.network.run(lambda: scene.host.heard and scene.guest.heard, limits.ANSWER_MOST_SECONDS)
    assert scene.guest.talking.link is scene.guest.link
    assert scene.guest.link is not None
    assert scene.guest.link.relayed
    scene.network.advance(limits.LINK_SECONDS)
    assert scene.host.breaks == scene.guest.breaks == []


@pytest.mark.parametrize("who", ["host", "guest"])
def test_a_side_that_stops_for_a_while_beside_a_move(who: str) -> None:
    """Whatever comes to it is late, on both links: the guest goes back to one that the host may
    have ended, and from there to the new one. Nobody is without a link, also where there is but one
    direct connection, as behind routers."""
    moved = 0
    for seed in range(STOPS):
        random = Random(seed)
        slow = random.choice((0.002, 0.005, 0.03))
        scene = relayed(seed, latency=(slow, slow))
        side, other = scene.sides if who == "host" else scene.sides[::-1]
        scene.let_together()
        scene.network.advance(random.uniform(2 * slow, 3 * slow))
        scene.keep_apart()
        scene.network.advance(random.uniform(0, 8 * slow))
        stop = random.uniform(limits.ANSWER_LEAST_SECONDS, limits.ANSWER_MOST_SECONDS)
        for source in (other.machine, scene.relays):
            scene.network.set_latency(source, side.machine, (stop, stop))
        for each in scene.sides:
            each.talking.say(Message("there"))
        scene.network.advance(stop)
        for source in (other.machine, scene.relays):
            scene.network.set_latency(source, side.machine, (slow, slow))
        scene.network.run(lambda s=scene: caught_up(s), 10)
        assert scene.host.breaks == scene.guest.breaks == []
        assert_heard(scene, (["there"], ["there"]))
        moved += has_moved(scene)
    assert moved > STOPS // 2


def test_what_waits_is_taken_when_the_guest_doubts_its_link() -> None:
    """A host that has noticed first dials a guest that has said something on the dead link: no
    second question is waited for, and as there is a link nobody looks for one."""
    pair = Pair(latency=(0.02, 0.02))
    pair.talk()
    pair.cut_all(Cut.SILENT)
    guest, host, began = pair.guest, pair.host, pair.network.seconds()
    guest.resumes = host.resumes = True
    assert host.meeting is not None
    guest.talking.say(Message("are you there?"))
    pair.network.advance(limits.SUSPECT_LEAST_SECONDS - 0.2)
    host.meeting.beside()
    pair.network.run(lambda: guest.moves, 5)
    assert pair.network.seconds() - began == pytest.approx(limits.SUSPECT_LEAST_SECONDS, abs=0.05)
    pair.network.run(lambda: host.heard, 1)
    assert not guest.doubts
    assert guest.breaks == host.breaks == []


def test_whoever_leaves_between_two_links_is_understood() -> None:
    """A guest says it on both, and the host reads one; a host is read on the one that was left."""
    for who in ("host", "guest"):
        scene = relayed(latency=(0.01, 0.01))
        scene.let_together()
        scene.network.run(lambda s=scene: s.guest.moves, 60)
        assert not scene.host.moves
        leaver, other = scene.sides if who == "host" else scene.sides[::-1]
        leaver.talking.leave("quit")
        scene.network.run(lambda side=other: side.is_over, 1)
        assert other.ended == (Ending.QUIT, "", [])


def test_a_path_that_comes_up_an_hour_later_is_found() -> None:
    """The searches go on, and both sides look at the same time."""
    scene = relayed()
    scene.network.advance(3600)
    scene.let_together()
    scene.network.run(lambda: has_moved(scene), limits.SEARCH_MOST_PAUSE_SECONDS + 20)
    assert scene.host.breaks == scene.guest.breaks == []


def test_the_searches_become_rare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each pause is twice as long as the one before, up to a limit."""
    scene = relayed()
    machine, times = scene.guest.machine, list[float]()
    dial = machine.connectTCP

    def counted(*arguments: Any, **named: Any) -> object:
        times.append(machine.seconds())
        return dial(*arguments, **named)

    monkeypatch.setattr(machine, "connectTCP", counted)
    scene.network.advance(3600)
    pauses = [later - earlier - limits.RACE_SECONDS for earlier, later in pairwise(times)]
    assert pauses[:6] == pytest.approx([60, 120, 240, 480, 600, 600])


def test_nothing_is_left_after_it() -> None:
    """Whoever leaves in between ends the search as well."""
    for milliseconds in range(0, 2000, 50):
        scene = relayed(milliseconds)
        scene.let_together()
        scene.network.advance(milliseconds / 1000)
        scene.guest.talking.leave("left")
        scene.network.run(lambda s=scene: s.host.is_over, 20)
        scene.network.advance(limits.RELAY_WAIT_SECONDS + limits.ABORT_SECONDS)
        assert scene.host.ended is not None
        assert scene.host.ended[0].value == "left"
        assert not scene.network.connections
        assert scene.host.timers == scene.guest.timers == 0
        assert not scene.network.errors


def test_with_the_relay_only_there_is_no_other_path() -> None:
    """Whoever hides is not dialled, and dials nobody, later either."""
    scene = Scene()
    scene.host.meet(relay=scene.place(tickets.HOST), relay_only=True)
    scene.guest.meet(relay=scene.place(tickets.GUEST), relay_only=True)
    scene.network.run(lambda: scene.host.talk and scene.guest.talk, limits.RELAY_RACE_SECONDS)
    scene.network.advance(1000)
    assert scene.host.moves == scene.guest.moves == []
    dials = {event.target for event in scene.network.trace if event.what == "dials"}
    assert not dials & {(HOST, PORT), (GUEST, PORT), NOWHERE}


@pytest.mark.slow
def test_links_that_break_while_it_moves() -> None:
    """Cut at random points around the move: nothing is lost, shown twice, or out of order."""
    given_up = moved = 0
    for seed in range(RUNS):
        random = Random(seed)
        scene = relayed(seed, latency=(0.0, random.choice((0.01, 0.3))), split=bool(seed % 2))
        scene.let_together()
        said: tuple[list[str], list[str]] = ([], [])
        for _ in range(4):
            how = random.choice((Cut.RESET, Cut.RESET, *Cut))
            scene.network.cut_after(scene.network.deliveries + random.randrange(1, 60), how)
            for _ in range(4):
                for side, texts in zip(scene.sides, said, strict=True):
                    texts.append(f"{len(texts)}")
                    side.talking.say(Message(texts[-1]))
                scene.network.advance(random.choice((0, 0.01, 0.05, 0.5)))
        scene.network.run(lambda s=scene: caught_up(s) or any(e.reasons for e in s.sides), 300)
        assert not scene.network.errors
        assert not any(side.is_over for side in scene.sides)
        moved += has_moved(scene)
        if any(side.reasons for side in scene.sides):
            given_up += 1
            assert scene.guest.heard == said[0][: len(scene.guest.heard)]
            assert scene.host.heard == said[1][: len(scene.host.heard)]
        else:
            assert_heard(scene, said)
    assert moved
    # As far as eight seconds are enough: else it goes on through the server, which is not here.
    assert given_up <= RUNS / 10


@pytest.mark.parametrize("changed", [True, False])
def test_a_change_of_the_network_begins_the_search_anew(changed: bool) -> None:
    """Where a path is there from then on it is found at once, and not after the pause."""
    scene = relayed(3)
    scene.network.advance(limits.RACE_SECONDS + 1)
    scene.let_together()
    for side in scene.sides:
        if changed:
            side.talking.network_changed(is_cut=False)
    scene.network.advance(2)
    assert has_moved(scene) == changed
