"""A relay that ends."""

from relay_visitors import Place

from chatd import limits


def test_pairs_end_when_the_relay_does() -> None:
    """Both sides of a pair are ended, and so is whoever waits; that is over when they are gone."""
    place = Place()
    pair = [place.visit("192.0.2.1", "pair", side) for side in (0, 1)]
    alone = place.visit("192.0.2.3", "alone")
    place.settle()
    assert place.relay.links == 3
    ended: list[None] = []
    place.relay.close().addCallback(ended.append)
    place.network.advance(limits.ABORT_SECONDS + 1)
    assert ended == [None]
    assert place.relay.links == 0
    assert all(each.is_lost for each in (*pair, alone))
