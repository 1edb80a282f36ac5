"""Links of more than one introduction for one conversation (protocol, "Taking a link")."""

from dataclasses import dataclass

import pytest
from msgspec.structs import replace
from peer_pairs import GUEST, HOST, PORT, Pair, Side, Traitor
from simulated import Cut

from chatd import limits
from chatd.peer.connector import Connector
from chatd.peer.listener import Listener
from chatd.peer.message import Message
from chatd.peer.search import Plan
from chatd.wire.peer import Ack, Take

SECOND = PORT + 1


@dataclass
class Again:
    """What the second introduction of one side comes to."""

    connector: Connector
    failed: list[list[tuple[str, str]]]


def introduced_again(
    pair: Pair, *, host_dials: bool = True, guest_dials: bool = True, beside: bool = False
) -> None:
    """Both look for a link under another introduction, beside the one that they have."""
    first = pair.introduction
    second = replace(
        first,
        id=bytes([1]) * 16,
        host=replace(first.host, secret=bytes([2]) * 32),
        guest=replace(first.guest, secret=bytes([3]) * 32),
    )
    for side, there, dials in ((pair.host, GUEST, host_dials), (pair.guest, HOST, guest_dials)):
        _look(pair, side, second, [(there, SECOND)] if dials else [], beside=beside)


def _look(
    pair: Pair, side: Side, introduction: object, dials: list[tuple[str, int]], *, beside: bool
) -> None:
    role = replace(side.role, introduction=introduction)
    listener = Listener(side.machine, SECOND)
    again = Again(
        Connector(
            side.machine,
            listener,
            role,
            Plan(dials),
            side.talking.carrier,
            lambda reasons: again.failed.append(reasons),
            pair.random,
        ),
        [],
    )
    again.connector.start_beside() if beside else again.connector.start()
    side.again = again  # type: ignore[attr-defined]


def talking(seed: int = 1) -> Pair:
    """Two people who have a link of their first introduction."""
    pair = Pair(seed).talk()
    for side in pair.sides:
        side.resumes = True
    return pair


def numbers(pair: Pair) -> tuple[int, int]:
    """The highest `take` that was said, and read."""
    guest, host = (side.talking.carrier._taking for side in (pair.guest, pair.host))
    return guest.number, host.number


def test_a_link_that_is_not_needed_is_hung_up_on() -> None:
    """Beside one that answers, whichever of them dials under the new introduction."""
    for host_dials in (True, False):
        pair = talking()
        introduced_again(pair, host_dials=host_dials, guest_dials=not host_dials)
        pair.network.advance(limits.LINK_SECONDS)
        assert numbers(pair) == (1, 1)
        assert len(pair.network.connections) == 1
        assert pair.host.breaks == pair.guest.breaks == []


@pytest.mark.parametrize("who", ["host", "guest"])
@pytest.mark.parametrize("seed", range(5))
def test_the_conversation_goes_on_under_another_introduction(seed: int, who: str) -> None:
    """The numbers of takes and texts go on, whoever has noticed; what stays is one link."""
    pair = talking(seed)
    pair.guest.talking.say(Message("one"))
    pair.network.settle()
    pair.cut_all(Cut.SILENT)
    noticed = pair.host if who == "host" else pair.guest
    introduced_again(pair)
    pair.guest.talking.say(Message("two"))
    pair.host.talking.say(Message("zwei"))
    assert noticed.link is not None
    noticed.link.channel.abort()
    pair.network.run(lambda: pair.host.heard[1:] and pair.guest.heard, limits.RACE_SECONDS)
    pair.network.advance(limits.LINK_SECONDS + limits.ABORT_SECONDS)
    assert pair.host.heard == ["one", "two"]
    assert pair.guest.heard == ["zwei"]
    said, read = numbers(pair)
    assert said == read > 1
    assert pair.host.secrets == pair.guest.secrets[-1:]
    assert len(pair.guest.machine.connections) == 1


@pytest.mark.parametrize(("number", "counts"), [(1, False), (2, False), (3, True)])
def test_the_number_counts_whatever_introduction_it_came_under(number: int, counts: bool) -> None:
    """A link of the older one is closed where it says nothing higher, else it is in use."""
    pair = talking()
    for connection in pair.network.connections:
        connection.cut(Cut.RESET)
    introduced_again(pair)
    pair.network.run(lambda: numbers(pair) == (2, 2), limits.RACE_SECONDS)
    pair.network.settle()
    late = Traitor(pair, pair.guest, [Take(number, 0)]).dial(HOST)
    pair.network.run(lambda: late.is_gone or late.heard, limits.RACE_SECONDS)
    assert late.is_gone is not counts
    assert late.heard == ([Ack(0)] if counts else [])
    assert numbers(pair)[1] == max(2, number)
    assert not pair.host.is_over
