"""What one address can take of a relay, whatever it does with its links."""

from relay_visitors import Place

from chatd.relay.pairing import Bounds


def test_a_network_of_ipv6_counts_as_one_address() -> None:
    """Its addresses cost nothing, so that they do not count one by one."""
    place = Place(Bounds(per_address=2))
    waiting = [place.visit(f"2a00:1::{number}", f"pair {number}") for number in (1, 2)]
    place.settle()
    more, other = place.visit("2a00:1::3", "pair 3"), place.visit("2a00:1:0:1::3", "pair 4")
    place.settle()
    assert [visitor.answers for visitor in waiting] == [[], []]
    assert more.answers == [b"NO slow-down"]
    assert not other.answers
