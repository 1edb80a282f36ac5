"""People with a key, an address and a will of their own, and the links that they have."""

from dataclasses import dataclass, field

from daemon.person import Person
from soak.link_record import LinkRecord
from soak.visitor import Visitor

from chatd.noise.keys import KeyPair, encode_identity

ALONE, SHARED = "127.210", "127.211"
"""Networks of sources that are each bounded by themselves, and of those that are bounded together,
which are let in as often as they come."""


@dataclass(eq=False)
class Resident:
    """One of them, with the tokens of the last visit and the latest link."""

    who: str
    static: KeyPair
    source: str
    visitor: Visitor
    tokens: list[bytes] = field(default_factory=list)
    link: "Link | None" = None


@dataclass(eq=False)
class Link:
    """A link that is logged in, or about to be."""

    resident: Resident
    person: Person
    record: LinkRecord


def resident(number: int, static: KeyPair, visitor: Visitor) -> Resident:
    """With an address of loopback that nobody else has."""
    network = SHARED if number % 4 else ALONE
    return Resident(f"p{number}", static, f"{network}.{number >> 8}.{number & 255}", visitor)


def keys(residents: list[Resident]) -> dict[bytes, str]:
    """Who has which key."""
    return {encode_identity(each.static.public): each.who for each in residents}
