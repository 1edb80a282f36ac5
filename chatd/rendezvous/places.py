"""Who gives up a place when a server is full (protocol, "Login").

Pure; a member is whatever the caller calls it. Times are in seconds.
"""

import math
from collections.abc import Hashable
from heapq import heapify, heappop, heappush
from itertools import count
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


class Places(Generic[M]):
    """Everybody who is logged in, by source and by how long they have held a name."""

    def __init__(self) -> None:
        self._seats: dict[M, Seat] = {}
        self._crowds = Crowds[M]()
        # The weakest first; entries of those who left or were seated anew are passed over.
        self._order: list[tuple[tuple[float, float], int, M]] = []
        self._serial = count()

    def __len__(self) -> int:
        """How many there are."""
        return len(self._seats)

    def enter(self, member: M, seat: Seat) -> None:
        """Seat a member, also one that is seated already, as its name may be a new one."""
        self.leave(member)
        self._seats[member] = seat
        self._crowds.add(member, seat.source)
        heappush(self._order, (seat.strength, next(self._serial), member))
        if len(self._order) > 2 * len(self._seats) + 8:
            self._order = [each for each in self._order if self._is_valid(each)]
            heapify(self._order)

    def leave(self, member: M) -> None:
        """Forget a member; harmless for one that is not seated."""
        seat = self._seats.pop(member, None)
        if seat is not None:
            self._crowds.remove(member, seat.source)

    def giving_way(self, source: Source, named: float) -> M | None:
        """Who is to go before somebody from `source`, who holds a name since `named`, can come in.

        That is one of the source that has the most, if it has more than the newcomer's would have;
        else somebody whose name is younger than the newcomer's.
        """
        level, crowd = self._crowds.largest()
        if level > self._crowds.level(source, more=1):
            return min(crowd, key=lambda member: self._seats[member].strength)
        weakest = self._weakest()
        return weakest if weakest is not None and self._seats[weakest].named > named else None

    def _weakest(self) -> M | None:
        while self._order and not self._is_valid(self._order[0]):
            heappop(self._order)
        return self._order[0][2] if self._order else None

    def _is_valid(self, entry: tuple[tuple[float, float], int, M]) -> bool:
        seat = self._seats.get(entry[2])
        return seat is not None and seat.strength == entry[0]
