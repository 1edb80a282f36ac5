"""Someone who was introduced opens link after link, and never hangs up (protocol, "The direct
link")."""

import pytest
from peer_pairs import GUEST, HOST, STRANGER, Pair, Side, Stranger, Traitor, visit
from simulated import Cut

from chatd import limits
from chatd.channel import SecureChannel
from chatd.peer.link import PeerLink
from chatd.peer.message import Message
from chatd.wire import lines
from chatd.wire.peer import Ping, Take

FLOOD = 400
ENOUGH = limits.LINK_SECONDS + limits.ABORT_SECONDS + 1


class Mute(Traitor):
    """Reads nothing once it is verified, so that it does not answer the end of a link either."""

    def link_verified(self, link: PeerLink) -> None:
        super().link_verified(link)
        link.channel.pause()


def flood(pair: Pair, evil: Side, victim: Side) -> int:
    """A hundred links a second; returns the most that the victim had at a time."""
    address, most = victim.machine.address, 0
    for _ in range(FLOOD):
        Mute(pair, evil).dial(address)
        pair.network.advance(0.01)
        most = max(most, len(victim.machine.connections))
    return most


@pytest.mark.parametrize("victim", [HOST, GUEST])
def test_a_flood_beside_a_conversation(victim: str) -> None:
    """No more than the limit stand beside the one that carries it, and that one stays; soon none of
    them is left."""
    pair = Pair().talk()
    pair.network.settle()
    evil, side = pair.sides if victim == GUEST else pair.sides[::-1]
    most = flood(pair, evil, side)
    assert 1 < most <= limits.MEETING_LINKS + 1
    evil.talking.say(Message("still here"))
    side.talking.say(Message("so am I"))
    pair.network.advance(ENOUGH)
    assert (side.heard, evil.heard) == (["still here"], ["so am I"])
    assert len(side.machine.connections) == 1
    assert not pair.network.errors


def test_a_flood_before_a_conversation() -> None:
    """A host that waits for `take` has no more than the limit; the oldest can still be taken, and
    the others go."""
    pair = Pair()
    pair.host.meet()
    honest = Traitor(pair, pair.guest).dial(HOST)
    pair.network.advance(0.1)
    most = flood(pair, pair.guest, pair.host)
    assert most == limits.MEETING_LINKS
    honest.send(Take(1, 0))
    pair.network.run(lambda: pair.host.talk, 1)
    pair.network.advance(ENOUGH)
    assert len(pair.host.machine.connections) == 1
    assert not pair.network.errors


def test_whoever_is_over_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the limit nobody is aborted, one over it the oldest of those that are ending is."""
    aborted: list[SecureChannel] = []
    abort = SecureChannel.abort
    monkeypatch.setattr(SecureChannel, "abort", lambda c: (aborted.append(c), abort(c)))
    pair = Pair(latency=(0.001, 0.001)).talk()
    pair.network.settle()
    for _ in range(limits.MEETING_LINKS):
        Mute(pair, pair.guest, [Ping(1)]).dial(HOST)
        pair.network.advance(0.02)
    assert aborted == []
    Mute(pair, pair.guest, [Ping(1)]).dial(HOST)
    pair.network.advance(0.02)
    assert len(aborted) == 1
    assert len(pair.host.machine.connections) == limits.MEETING_LINKS + 1


def knock(pair: Pair) -> bytes:
    """What the host says where it dials, as anybody on the way can record it."""
    return lines.knock(pair.introduction.psk_and_knock()[1]) + b"\r\n"


def test_a_recorded_knock_carried_to_the_guest() -> None:
    """Beside the conversation one opening at a time is begun for it; when what that draws has been
    carried to the host hundreds of times, the link breaks, and another one comes about."""
    pair = Pair().talk()
    for side in pair.sides:
        side.resumes = True
    machine = pair.network.host(STRANGER)
    drawn: list[bytes] = []
    for _ in range(300):
        strangers = [visit(machine, GUEST, Stranger(knock(pair))) for _ in range(3)]
        pair.network.advance(0.5)
        answered = [stranger for stranger in strangers if stranger.heard]
        assert len(answered) <= 1
        drawn += [stranger.heard for stranger in answered]
        for stranger in strangers:
            if stranger.is_connected:
                stranger.transport.abortConnection()  # type: ignore[union-attr]
        if answered:
            visit(machine, HOST, Stranger(drawn[-1]))
            visit(machine, HOST, Stranger(drawn[0]))
    assert len(drawn) > limits.OPENING_BURST
    pair.network.advance(ENOUGH)
    pair.cut_all(Cut.RESET)
    pair.host.talking.say(Message("still here"))
    pair.network.run(lambda: pair.guest.heard, limits.RACE_SECONDS)
    assert not pair.network.errors


def test_one_unfinished_opening_for_a_knock_and_the_next_after_it() -> None:
    """Whoever never goes on is in the way for as long as an opening may take, and no longer."""
    pair = Pair().talk()
    pair.network.settle()
    machine = pair.network.host(STRANGER)
    first = visit(machine, GUEST, Stranger(knock(pair)))
    pair.network.advance(0.5)
    second = visit(machine, GUEST, Stranger(knock(pair)))
    pair.network.advance(0.5)
    assert first.heard
    assert not second.heard
    pair.network.advance(limits.LINK_SECONDS)
    third = visit(machine, GUEST, Stranger(knock(pair)))
    pair.network.advance(0.5)
    assert third.heard
