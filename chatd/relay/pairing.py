"""Which link belongs to which, and who gets none (protocol, "The relay").

Pure decisions; a link is whatever the caller calls it.
"""

from collections.abc import Hashable
from typing import Generic, TypeVar

from msgspec import Struct

from chatd import limits
from chatd.relay.link_quota import LinkQuota, NoRoom, Owner
from chatd.sources import Source
from chatd.wire.ticket import Ticket

L = TypeVar("L", bound=Hashable)


class Bounds(Struct, frozen=True):
    """What an operator allows: pairs in all, and links of one person and of one source."""

    pairs: int = limits.RELAY_PAIRS
    per_person: int = limits.RELAY_LINKS_PER_PERSON
    per_source: int = limits.RELAY_LINKS_PER_SOURCE


class Pairing(Generic[L]):
    """The links that wait for their other side, and those that are joined."""

    def __init__(self, bounds: Bounds) -> None:
        self._most = 2 * bounds.pairs
        self._census: LinkQuota[L] = LinkQuota(self._most, bounds.per_person, bounds.per_source)
        self._waiting: dict[tuple[bytes, int], L] = {}
        self._sides: dict[L, tuple[bytes, int]] = {}
        self._others: dict[L, L] = {}
        # Those of whose pair nothing has been passed on yet; the oldest first.
        self._silent: dict[L, None] = {}

    def resize(self, bounds: Bounds) -> None:
        """So many pairs from now on; those that are here stay."""
        self._most = 2 * bounds.pairs
        self._census.resize(self._most)

    def __len__(self) -> int:
        """How many links there are."""
        return len(self._census)

    @property
    def pairs(self) -> int:
        """How many pairs are joined, on both sides of which there is a link."""
        return len(self._others) // 2

    @property
    def waiting(self) -> int:
        """How many links wait for their other side."""
        return len(self._waiting)

    def stale(self, ticket: Ticket) -> L | None:
        """The link that waits with the same ticket, which is to leave before another enters: its
        owner, who alone can show it, dialled again."""
        return self._waiting.get((ticket.pair, ticket.side))

    def enter(self, link: L, ticket: Ticket, owner: Owner) -> L | None:
        """Let in a link with a verified ticket; raises `NoRoom`.

        Returns the other side's link, if that is here, to be joined with this one.
        """
        self._census.check(owner)
        awaited = (ticket.pair, 1 - ticket.side) in self._waiting
        # Whoever waits takes the room of a pair, so that its other side always finds some.
        if not awaited and len(self) + len(self._waiting) + 2 > self._most:
            raise NoRoom("full")
        self._census.enter(link, owner)
        self._sides[link] = ticket.pair, ticket.side
        self._silent[link] = None
        other = self._waiting.pop((ticket.pair, 1 - ticket.side), None)
        if other is None:
            self._waiting[ticket.pair, ticket.side] = link
        else:
            self._others[link], self._others[other] = other, link
        return other

    def spoke(self, link: L) -> None:
        """Something of a link was passed on."""
        self._silent.pop(link, None)
        self._silent.pop(self._others.get(link, link), None)

    def giving_way(self, source: Source) -> list[L]:
        """The links that are to leave a full relay, so that one from `source` finds room; the pair
        of each is among them. None where everybody has the better right.

        First one that has passed nothing: of the source with the most links, if it has more than
        the newcomer's would, else the oldest of all; then the newest of a source that has as many
        more as one person may have.
        """
        level, crowd = self._census.crowds.largest()
        mine = self._census.crowds.level(source, more=1)
        silent = [link for link in crowd if link in self._silent] if level > mine else []
        found = next(iter([*silent, *self._silent]), None)
        if found is None and level >= mine + limits.RELAY_LINKS_PER_PERSON:
            found = next(reversed(crowd))
        return [] if found is None else [found, *self._pair(found)]

    def _pair(self, link: L) -> list[L]:
        other = self._others.get(link)
        return [] if other is None else [other]

    def leave(self, link: L) -> None:
        """A link is gone, or is gone for good in a moment; harmless for one that is not in."""
        self._census.leave(link)
        self._silent.pop(link, None)
        other = self._others.pop(link, None)
        if other is not None:
            self._others.pop(other, None)
        side = self._sides.pop(link, None)
        if side is not None and self._waiting.get(side) == link:
            del self._waiting[side]
