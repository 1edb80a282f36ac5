"""Keeps a log small whatever happens: of each kind of line, so many in a minute. Pure."""

from collections import Counter
from collections.abc import Hashable

from chatd import limits


class Repeats:
    """Admits `most` lines of each kind in a period of `seconds`; `now` is in seconds.

    At most `kinds` kinds are told apart; all others count as one.
    """

    def __init__(
        self,
        most: int = limits.LOG_REPEATS,
        seconds: float = limits.LOG_SECONDS,
        kinds: int = limits.LOG_KINDS,
    ) -> None:
        self._most = most
        self._seconds = seconds
        self._kinds = kinds
        self._counts: Counter[Hashable] = Counter()
        self._until = 0.0
        self._left_out = 0

    def left_out(self, now: float) -> int:
        """How many lines were left out in a period that is over, said once."""
        if now < self._until <= now + self._seconds:
            return 0
        left_out, self._left_out = self._left_out, 0
        self._counts.clear()
        self._until = now + self._seconds
        return left_out

    def admits(self, kind: Hashable) -> bool:
        """Whether a line of this kind is to be written."""
        if kind not in self._counts and len(self._counts) >= self._kinds:
            kind = None
        self._counts[kind] += 1
        if self._counts[kind] <= self._most:
            return True
        self._left_out += 1
        return False
