"""Which link belongs to which, and who gets none (protocol.md, "The relay").

Pure decisions; a link is whatever the caller calls it.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from chatd import limits
from chatd.errors import ChatdError
from chatd.wire.ticket import Ticket

L = TypeVar("L", bound=Hashable)
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an operator allows: pairs in all, and links of one person and from one address."""

    pairs: int = limits.RELAY_PAIRS
    per_person: int = limits.RELAY_LINKS_PER_PERSON
    per_address: int = limits.RELAY_LINKS_PER_ADDRESS


class NoRoom(ChatdError):
    """One link more than fits; `code` is what the link is told."""

    text = "the relay has no room"

    def __init__(self, code: str) -> None:
        super().__init__()
        self.code = code


@dataclass(frozen=True, slots=True)
class _Place:
    pair: bytes
    side: int
    person: bytes
    address: str


class Pairing(Generic[L]):
    """The links that wait for their other side, and those that are joined."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._places: dict[L, _Place] = {}
        self._waiting: dict[tuple[bytes, int], L] = {}
        self._persons: dict[bytes, int] = {}
        self._addresses: dict[str, int] = {}

    def __len__(self) -> int:
        """How many links there are."""
        return len(self._places)

    def stale(self, ticket: Ticket) -> L | None:
        """The link that waits with the same ticket, which is to leave before another enters:
        its owner dialled again, or someone copied the ticket, and then the later is as good."""
        return self._waiting.get((ticket.pair, ticket.side))

    def enter(self, link: L, ticket: Ticket, address: str) -> L | None:
        """Let in a link with a verified ticket, from `address` (for IPv6: its network); raises
        `NoRoom`.

        Returns the other side's link, if that is here, to be joined with this one.
        """
        self._check_room(ticket, address)
        self._places[link] = _Place(ticket.pair, ticket.side, ticket.person, address)
        _more(self._persons, ticket.person)
        _more(self._addresses, address)
        other = self._waiting.pop((ticket.pair, 1 - ticket.side), None)
        if other is None:
            self._waiting[ticket.pair, ticket.side] = link
        return other

    def leave(self, link: L) -> None:
        """A link is gone, or is to go; harmless for one that is not in."""
        place = self._places.pop(link, None)
        if place is None:
            return
        if self._waiting.get((place.pair, place.side)) == link:
            del self._waiting[place.pair, place.side]
        _less(self._persons, place.person)
        _less(self._addresses, place.address)

    def _check_room(self, ticket: Ticket, address: str) -> None:
        if self._persons.get(ticket.person, 0) >= self._bounds.per_person:
            raise NoRoom("slow-down")
        if self._addresses.get(address, 0) >= self._bounds.per_address:
            raise NoRoom("slow-down")
        awaited = (ticket.pair, 1 - ticket.side) in self._waiting
        # Whoever waits takes the room of a pair, so that its other side always finds some.
        if not awaited and len(self._places) + len(self._waiting) >= 2 * self._bounds.pairs:
            raise NoRoom("full")


def _more(counts: dict[K, int], key: K) -> None:
    counts[key] = counts.get(key, 0) + 1


def _less(counts: dict[K, int], key: K) -> None:
    # Zeros go, or there would be a trace of everyone who ever came.
    counts[key] -= 1
    if not counts[key]:
        del counts[key]
