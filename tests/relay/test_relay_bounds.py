"""What one address can take of a relay, whatever it does with its links."""

from relay_visitors import STEP, Place, Visitor

from chatd import limits
from chatd.relay.fair_share import AHEAD_SECONDS
from chatd.relay.pairing import Bounds
from chatd.wire import lines

PAIRS = 2
CROWD = 2 * PAIRS + limits.RELAY_UNPAIRED + limits.RELAY_REFUSED


def test_a_network_of_ipv6_counts_as_one_address() -> None:
    """Its addresses cost nothing, so that they do not count one by one."""
    place = Place(Bounds(per_source=2))
    waiting = [place.visit(f"2a00:1::{number}", f"pair {number}") for number in (1, 2)]
    place.settle()
    more, other = place.visit("2a00:1:0:1::3", "pair 3"), place.visit("2a00:1:1::3", "pair 4")
    place.settle()
    assert [visitor.answers for visitor in waiting] == [[], []]
    assert more.answers == [b"NO slow-down"]
    assert not other.answers


def others_are_joined(place: Place) -> bool:
    """Whether two people at addresses of their own still find each other."""
    two = place.visit("9.9.9.1", "others", 0), place.visit("9.9.9.2", "others", 1)
    place.settle()
    return [visitor.answers for visitor in two] == [[lines.RELAYED], [lines.RELAYED]]


def test_links_that_were_replaced_take_no_place() -> None:
    """One ticket, shown again and again by someone who does not let go, is one link."""
    place = Place(Bounds(pairs=PAIRS))
    for _ in range(CROWD):
        place.visit("8.8.8.8", "evil", holds=True)
        place.network.settle()
    assert place.relay.links == 1
    assert others_are_joined(place)


def test_links_that_were_refused_take_no_place() -> None:
    """Those that do not let go count for their address, and others are neither kept out by them
    nor left without a word."""
    place = Place(Bounds(pairs=PAIRS, per_source=1))
    for number in range(CROWD):
        place.visit("8.8.8.8", f"evil {number}", holds=True)
        place.network.settle()
    assert place.relay.links == 1 + limits.RELAY_LINKS_PER_SOURCE
    assert others_are_joined(place)
    more = place.visit("9.9.9.1", "more")
    place.settle()
    assert more.answers == [b"NO slow-down"]


def test_refused_links_are_bounded_in_all() -> None:
    """Many addresses together keep others from being told why, and from nothing else."""
    place = Place(Bounds(pairs=PAIRS))
    for number in range(PAIRS):
        pair = [place.visit(f"8.8.7.{number}", f"talking {number}", side) for side in (0, 1)]
        place.settle()
        pair[0].say(b"hello")
        place.settle()
    for number in range(limits.RELAY_REFUSED + 10):
        place.visit(f"8.8.8.{number}", f"evil {number}", holds=True)
        place.network.settle()
    assert place.relay.links == 2 * PAIRS + limits.RELAY_REFUSED


def test_whoever_only_waits_takes_no_place_from_others() -> None:
    """A full relay lets the newcomer in, and the oldest link that passed nothing goes."""
    place = Place(Bounds(pairs=PAIRS))
    crowd = [place.visit(f"8.8.8.{number}", f"evil {number}") for number in range(20)]
    place.settle()
    assert sum(not each.is_lost for each in crowd) == PAIRS
    assert others_are_joined(place)


def test_all_pairs_together_keep_to_the_rate() -> None:
    """Whoever came since, those that wait are not let go on too soon, and get as much as others."""
    rate, size, ticks, place = 20_000, 2_000, 200, Place(rate=20_000)
    pairs: list[tuple[Visitor, Visitor]] = []
    sent = [0] * 10
    for tick in range(ticks):
        if tick % 5 == 0 and len(pairs) < len(sent):
            number = len(pairs)
            one, two = (place.visit(f"9.9.{number}.{side}", f"{number}", side) for side in (0, 1))
            pairs.append((one, two))
        place.settle()
        for number, (one, two) in enumerate(pairs):
            if lines.RELAYED in one.answers and len(two.heard) >= sent[number]:
                one.say(bytes(size))
                sent[number] += size
    seconds = ticks * STEP
    ahead = sum(AHEAD_SECONDS / number for number in range(1, 11))  # of those that came one by one
    assert 0.9 * rate * seconds <= sum(sent) <= rate * (seconds + ahead) + size * len(sent)
    assert max(sent[1:]) - min(sent[1:]) < rate
