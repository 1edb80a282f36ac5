"""Offers: what each side of an introduction sends through the server (protocol, "Offers")."""

from collections.abc import Callable, Sequence

from chatd import limits
from chatd.wire.keying import Party
from chatd.wire.peer import Offer, offers

FEATURES: list[str] = []
"""The features of a direct link that this version has, sorted."""


def new_offer(
    suites: Sequence[str], random_bytes: Callable[[int], bytes], features: Sequence[str] = ()
) -> Offer:
    """An offer with a fresh secret, the suites that its writer allows, the best first, and what
    this introduction has beside the features of this version."""
    return Offer(random_bytes(limits.OFFER_SECRET), list(suites), sorted([*FEATURES, *features]))


def read_offer(body: bytes) -> Offer:
    """The offer in `body`; raises `Malformed`."""
    return offers.decode(body)


def party(name: str, identity: bytes, body: bytes) -> Party:
    """One side of an introduction from its offer as it wrote it; raises `Malformed`."""
    return Party(name, identity, body, read_offer(body).secret)
