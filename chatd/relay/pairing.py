"""Which link belongs to which, and who gets none (protocol.md, "The relay").

Pure decisions; a link is whatever the caller calls it.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from chatd import limits
from chatd.relay.census import Census, NoRoom, Owner
from chatd.wire.ticket import Ticket

L = TypeVar("L", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an operator allows: pairs in all, and links of one person and from one address."""

    pairs: int = limits.RELAY_PAIRS
    per_person: int = limits.RELAY_LINKS_PER_PERSON
    per_address: int = limits.RELAY_LINKS_PER_ADDRESS


class Pairing(Generic[L]):
    """The links that wait for their other side, and those that are joined."""

    def __init__(self, bounds: Bounds) -> None:
        self._most = 2 * bounds.pairs
        self._census: Census[L] = Census(self._most, bounds.per_person, bounds.per_address)
        self._waiting: dict[tuple[bytes, int], L] = {}
        self._sides: dict[L, tuple[bytes, int]] = {}

    def __len__(self) -> int:
        """How many links there are."""
        return len(self._census)

    def stale(self, ticket: Ticket) -> L | None:
        """The link that waits with the same ticket, which is to leave before another enters: its
        owner, who alone can show it, dialled again."""
        return self._waiting.get((ticket.pair, ticket.side))

    def enter(self, link: L, ticket: Ticket, address: str) -> L | None:
        """Let in a link with a verified ticket, from `address` (for IPv6: its network); raises
        `NoRoom`.

        Returns the other side's link, if that is here, to be joined with this one.
        """
        owner = Owner(ticket.person, address)
        self._census.check(owner)
        awaited = (ticket.pair, 1 - ticket.side) in self._waiting
        # Whoever waits takes the room of a pair, so that its other side always finds some.
        if not awaited and len(self) + len(self._waiting) + 2 > self._most:
            raise NoRoom("full")
        self._census.enter(link, owner)
        self._sides[link] = ticket.pair, ticket.side
        other = self._waiting.pop((ticket.pair, 1 - ticket.side), None)
        if other is None:
            self._waiting[ticket.pair, ticket.side] = link
        return other

    def leave(self, link: L) -> None:
        """A link is gone, or is gone for good in a moment; harmless for one that is not in."""
        self._census.leave(link)
        side = self._sides.pop(link, None)
        if side is not None and self._waiting.get(side) == link:
            del self._waiting[side]
