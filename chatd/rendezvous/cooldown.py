"""What may not happen again so soon."""

from collections.abc import Hashable
from math import ceil
from typing import Generic, TypeVar

H = TypeVar("H", bound=Hashable)


class Cooldown(Generic[H]):
    """Remembers things for `seconds`, and the newest `most` of them.

    A thing may happen `free` times in that time before it has to wait.
    """

    def __init__(self, seconds: int, most: int, free: int = 0) -> None:
        self._seconds = seconds
        self._most = most
        self._free = free
        self._times: dict[H, int] = {}
        # All are remembered for the same time: who came first runs out first.
        self._ends: dict[H, float] = {}

    def __len__(self) -> int:
        """How many are held, those included that ran out and are not dropped yet."""
        return len(self._ends)

    def start(self, thing: H, now: float) -> None:
        """Remember `thing` from now on, and drop what ran out or is over the bound."""
        before = self._times.pop(thing, 0) if self._ends.pop(thing, now) > now else 0
        self._ends[thing], self._times[thing] = now + self._seconds, before + 1
        while len(self._ends) > self._most or next(iter(self._ends.values())) <= now:
            gone = next(iter(self._ends))
            del self._ends[gone], self._times[gone]

    def left(self, thing: H, now: float) -> int:
        """The seconds that `thing` has to wait, rounded up; 0 if it may happen."""
        if self._times.get(thing, 0) <= self._free:
            return 0
        # A clock that was set back makes nobody wait longer than the whole time.
        return min(self._seconds, max(0, ceil(self._ends.get(thing, now) - now)))
