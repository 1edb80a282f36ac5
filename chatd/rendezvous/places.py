"""Who gives up a place when a server is full (protocol, "Login").

Pure; a member is whatever the caller calls it. Times are in seconds.
"""

import math
from collections.abc import Hashable
from heapq import heapify, heappop, heappush
from typing import Generic, NamedTuple, TypeVar

from chatd.crowds import Crowds
from chatd.sources import Source

M = TypeVar("M", bound=Hashable)

UNNAMED = math.inf
"""Since when somebody holds a name who holds none."""


class Seat(NamedTuple):
    """Where a member comes from, since when it holds a name, and since when it is here."""

    source: Source
    named: float
    came: float

    @property
    def strength(self) -> tuple[float, float]:
        """Who goes first of several: the unnamed, then the youngest name, then the longest stay."""
        return -self.named, self.came


class _Taken(NamedTuple, Generic[M]):
    """A seat and whose it is, in the order in which they give way."""

    minus_named: float
    came: float
    member: M
    source: Source


class Places(Generic[M]):
    """Everybody who is logged in, by source and by how long they have held a name.

    Members can be sorted, in whatever order.
    """

    def __init__(self) -> None:
        self._taken: dict[M, _Taken[M]] = {}
        self._crowds = Crowds[M]()
        # The weakest first; those of members who left or were seated anew are passed over.
        self._order: list[_Taken[M]] = []

    def __len__(self) -> int:
        """How many there are."""
        return len(self._taken)

    def enter(self, member: M, seat: Seat) -> None:
        """Seat a member, also one that is seated already, as its name may be a new one."""
        taken, before = _Taken(*seat.strength, member, seat.source), self._taken.get(member)
        if taken == before:
            return
        if before is None or before.source != seat.source:
            self.leave(member)
            self._crowds.add(member, seat.source)
        self._taken[member] = taken
        heappush(self._order, taken)
        if len(self._order) > len(self._taken) * 5 // 4 + 8:
            self._order = list(self._taken.values())
            heapify(self._order)

    def leave(self, member: M) -> None:
        """Forget a member; harmless for one that is not seated."""
        taken = self._taken.pop(member, None)
        if taken is not None:
            self._crowds.remove(member, taken.source)

    def giving_way(self, source: Source, named: float) -> M | None:
        """Who is to go before somebody from `source`, who holds a name since `named`, can come in.

        That is one of the source that has the most, if it has more than the newcomer's would have;
        else somebody whose name is younger than the newcomer's.
        """
        level, crowd = self._crowds.largest()
        if level > self._crowds.level(source, more=1):
            return min(self._taken[member] for member in crowd).member
        weakest = self._weakest()
        return weakest.member if weakest is not None and -weakest.minus_named > named else None

    def _weakest(self) -> _Taken[M] | None:
        while self._order and self._taken.get(self._order[0].member) is not self._order[0]:
            heappop(self._order)
        return self._order[0] if self._order else None
