"""Races that end at the relay, on the simulated network."""

import pytest
from peer_pairs import HOST, PORT
from relay_scene import NOWHERE, Scene

from chatd import limits
from chatd.peer.message import Message
from chatd.relay.budget import Quota
from chatd.relay.pairing import Bounds
from chatd.relay.relay import Allowance
from chatd.relay.service import RelayFactory
from chatd.wire import ticket as tickets


@pytest.mark.parametrize("seed", range(5))
def test_two_who_cannot_reach_each_other_meet_at_the_relay(seed: int) -> None:
    """They talk, leave, and nothing of them is left at the relay."""
    scene = Scene(seed)
    scene.host.meet(NOWHERE, relay=scene.place(tickets.HOST))
    scene.guest.meet(NOWHERE, relay=scene.place(tickets.GUEST))
    scene.network.run(lambda: scene.host.talk and scene.guest.talk, limits.RELAY_RACE_SECONDS)
    assert scene.host.link is not None
    assert scene.host.link.path == "the relay"
    scene.host.talking.say(Message("hello"))
    scene.network.run(lambda: scene.host.ticks, 5)
    assert scene.guest.heard == ["hello"]
    scene.guest.talking.leave("left")
    scene.network.run(lambda: scene.host.is_over and scene.guest.is_over, 10)
    scene.network.advance(limits.ABORT_SECONDS + 1)
    assert scene.relay.links == 0
    assert not scene.network.errors


def test_little_waits_on_the_way_to_a_relay() -> None:
    """Where it is inside TLS, this is what a text waits for behind a file."""
    scene = Scene()
    for number, side in enumerate((scene.host, scene.guest)):
        side.meet(relay=scene.place(number))
    scene.network.run(lambda: scene.host.talk and scene.guest.talk, 60)
    for side in (scene.host, scene.guest):
        link = side.talking.link
        assert link is not None
        assert link.channel.transport.bufferSize == limits.UNSENT


def test_the_last_words_pass_the_relay() -> None:
    """What is said just before the end arrives, and the end is a clean one."""
    scene = Scene()
    for side, role in ((scene.host, tickets.HOST), (scene.guest, tickets.GUEST)):
        side.meet(relay=scene.place(role), relay_only=True)
    scene.network.run(lambda: scene.host.talk and scene.guest.talk, limits.RELAY_RACE_SECONDS)
    for number in range(100):
        scene.host.talking.say(Message(f"word {number}"))
    scene.host.talking.leave("left")
    scene.network.run(lambda: scene.host.is_over and scene.guest.is_over, 10)
    assert scene.guest.heard == [f"word {number}" for number in range(100)]
    assert scene.guest.ended is not None
    assert scene.guest.ended[0].value == "left"
    assert scene.host.undelivered == []


def test_a_direct_path_comes_before_the_relay() -> None:
    """Whoever can be dialled is, and the relay hears nothing of it."""
    scene = Scene()
    scene.host.meet(relay=scene.place(tickets.HOST))
    scene.guest.meet((HOST, PORT), relay=scene.place(tickets.GUEST))
    scene.network.run(lambda: scene.host.talk and scene.guest.talk, limits.RELAY_RACE_SECONDS)
    assert scene.guest.link is not None
    assert not scene.guest.link.relayed
    scene.run_out()
    assert scene.relay.links == 0


def test_whoever_hides_is_not_to_be_dialled() -> None:
    """With the relay only, nothing is dialled and nobody who dials is answered."""
    scene = Scene()
    scene.host.meet(relay=scene.place(tickets.HOST), relay_only=True)
    scene.guest.meet((HOST, PORT), relay=scene.place(tickets.GUEST))
    scene.network.run(lambda: scene.host.talk and scene.guest.talk, limits.RELAY_RACE_SECONDS)
    for side in scene.sides:
        assert side.link is not None
        assert side.link.relayed


def test_a_relay_at_which_nobody_else_comes() -> None:
    """The race ends with that reason, and leaves nothing."""
    scene = Scene()
    scene.host.meet(relay=scene.place(tickets.HOST), relay_only=True)
    scene.network.run(lambda: scene.host.reasons is not None, limits.RELAY_RACE_SECONDS + 1)
    reason = "the other side did not come to the relay in time"
    assert scene.host.reasons == [("the relay", reason)]
    scene.run_out()
    assert scene.relay.links == 0
    assert scene.host.timers == 0


@pytest.mark.parametrize(
    ("allowance", "reason"),
    [
        (Bounds(pairs=0), "the server has too many connections at the moment"),
        (Bounds(per_person=0), "the server asks to slow down"),
    ],
)
def test_a_relay_without_room_says_so(allowance: Bounds, reason: str) -> None:
    """The person reads why the relay did not take them."""
    scene = Scene(allowance=Allowance(allowance))
    scene.host.meet(relay=scene.place(tickets.HOST), relay_only=True)
    scene.network.run(lambda: scene.host.reasons is not None, limits.RELAY_RACE_SECONDS + 1)
    assert scene.host.reasons == [("the relay", reason)]


def test_idle_pairs_and_those_that_used_up_their_bytes_end() -> None:
    """The bytes of a person are bounded; both sides read that the link was cut off."""
    scene = Scene(allowance=Allowance(quota=Quota(person=20_000)))
    for side, role in ((scene.host, tickets.HOST), (scene.guest, tickets.GUEST)):
        side.meet(relay=scene.place(role), relay_only=True)
    scene.network.run(lambda: scene.host.talk and scene.guest.talk, limits.RELAY_RACE_SECONDS)
    scene.host.talking.say(Message("x" * limits.MESSAGE_TEXT))
    scene.network.run(lambda: scene.host.is_over and scene.guest.is_over, 30)
    scene.run_out()
    assert scene.relay.links == 0


def test_strangers_at_a_relay_are_bounded() -> None:
    """Whoever connects and shows no ticket is in a room of so many, which loses its oldest."""
    scene = Scene()
    factory = RelayFactory(scene.relay, scene.guest.machine, bytes)
    most = limits.RELAY_UNPAIRED // 2 + limits.DOOR_SHARES
    for _ in range(most + 5):
        factory.buildProtocol(None)
    assert len(factory.door) == most
    assert factory.door.dropped == 5
