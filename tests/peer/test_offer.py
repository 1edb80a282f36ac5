"""Offers, and the addresses in them."""

from random import Random

import pytest

from chatd import limits
from chatd.errors import Malformed
from chatd.peer.offer import new_offer, party, read_offer
from chatd.wire.codec import encode
from chatd.wire.peer import Offer

SUITES = ["gcm", "cbc"]


def test_an_offer_is_read_as_it_was_written() -> None:
    """Its secret is fresh, and the suites keep their order."""
    random = Random(1)
    first, second = (new_offer(SUITES, random.randbytes) for _ in range(2))
    assert first.secret != second.secret
    assert len(first.secret) == limits.OFFER_SECRET
    assert read_offer(encode(first)) == Offer(first.secret, SUITES, [])


def test_an_offer_fits_into_its_message() -> None:
    """Also with as many suites as there may be."""
    offer = new_offer(["x" * 16] * limits.GREETED_SUITES, bytes)
    assert len(encode(offer)) <= limits.OFFER
    assert read_offer(encode(offer)) == offer


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"offer",
        encode(Offer(bytes(31), SUITES, [])),
        encode(Offer(bytes(33), SUITES, [])),
        encode(Offer(bytes(32), [], [])),
        encode(Offer(bytes(32), ["x"] * (limits.GREETED_SUITES + 1), [])),
        encode(Offer(bytes(32), ["GCM"], [])),
        encode(Offer(bytes(32), SUITES, [])) + b"x",
    ],
)
def test_an_offer_that_cannot_be_read(body: bytes) -> None:
    """It came from a remote side, so it is its fault."""
    with pytest.raises(Malformed):
        read_offer(body)
    with pytest.raises(Malformed):
        party("bob", bytes(33), body)


def test_a_party_keeps_the_offer_as_it_came() -> None:
    """Both sides must hash the same bytes."""
    body = encode(Offer(bytes(range(32)), SUITES, ["later"]))
    made = party("bob", b"key", body)
    assert (made.name, made.identity, made.offer) == ("bob", b"key", body)
    assert made.secret == bytes(range(32))
