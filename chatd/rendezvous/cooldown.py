"""What may not happen again so soon."""

from collections.abc import Hashable
from math import ceil
from typing import Generic, TypeVar

H = TypeVar("H", bound=Hashable)


class Cooldown(Generic[H]):
    """Remembers things for `seconds`, and the newest `most` of them."""

    def __init__(self, seconds: int, most: int) -> None:
        self._seconds = seconds
        self._most = most
        # All are remembered for the same time: who came first runs out first.
        self._ends: dict[H, float] = {}

    def __len__(self) -> int:
        """How many are held, those included that ran out and are not dropped yet."""
        return len(self._ends)

    def start(self, thing: H, now: float) -> None:
        """Remember `thing` from now on, and drop what ran out or is over the bound."""
        self._ends.pop(thing, None)
        self._ends[thing] = now + self._seconds
        while len(self._ends) > self._most or next(iter(self._ends.values())) <= now:
            del self._ends[next(iter(self._ends))]

    def left(self, thing: H, now: float) -> int:
        """The seconds that `thing` has to wait, rounded up; 0 if it may happen."""
        # A clock that was set back makes nobody wait longer than the whole time.
        return min(self._seconds, max(0, ceil(self._ends.get(thing, now) - now)))
