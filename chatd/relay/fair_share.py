"""How fast all pairs may go together (protocol, "The relay"). Pure; `now` is in seconds.

This is processor sharing. A pair is busy while it has passed more than it was given, whether it
waits for that or is gone, and at every moment all that may pass is given to the busy pairs, the
same to each. So no more is ever passed than was given, up to what the pairs are ahead.
"""

import math
from collections.abc import Hashable
from heapq import heappop, heappush, heapreplace
from itertools import count as numbers

AHEAD_SECONDS = 1.0
"""How far a pair may be ahead of what it is given."""


class FairShare:
    """Bytes a second in all, shared evenly by the pairs that use any."""

    def __init__(self, total: float) -> None:
        self._total = total
        self._now = -math.inf
        self._given = 0.0  # to a pair that was busy all the time
        self._ends: dict[Hashable, float] = {}  # the value of that at which each is busy no more
        # The same, the first to end first; an end is too early where its pair has gone on.
        self._order: list[tuple[float, int, Hashable]] = []
        self._numbers = numbers()

    def set_total(self, total: float) -> None:
        """So much from the last time on at which anything was counted."""
        self._total = total

    def take(self, pair: Hashable, count: int, now: float) -> None:
        """Count bytes that a pair has passed."""
        self._advance(now)
        end = self._ends.get(pair, self._given) + count
        if pair not in self._ends:
            heappush(self._order, (end, next(self._numbers), pair))
        self._ends[pair] = end

    def wait(self, pair: Hashable, now: float) -> float:
        """How many seconds the pair has to wait, if no others come or go meanwhile."""
        self._advance(now)
        ahead = self._ends.get(pair, self._given) - self._given
        return max(0.0, ahead * len(self._ends) / self._total - AHEAD_SECONDS)

    def busy(self, now: float) -> int:
        """How many pairs are busy."""
        self._advance(now)
        return len(self._ends)

    def each(self, now: float) -> float:
        """How many bytes a second a busy pair is given."""
        return self._total / max(1, self.busy(now))

    def _advance(self, now: float) -> None:
        # A clock that was set back gives nothing and takes nothing away; it goes on from there.
        left, self._now = max(0.0, now - self._now), now
        while self._order:
            needed = (self._order[0][0] - self._given) * len(self._ends) / self._total
            if needed > left:
                self._given += left * self._total / len(self._ends)
                return
            left -= needed
            self._reach_first()

    def _reach_first(self) -> None:
        self._given, number, pair = self._order[0]
        if self._ends[pair] > self._given:
            heapreplace(self._order, (self._ends[pair], number, pair))
        else:
            heappop(self._order)
            del self._ends[pair]
