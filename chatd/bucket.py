"""How often something may happen."""

from math import ceil
from typing import Generic, TypeVar

K = TypeVar("K", bound=str | bytes)


class TokenBucket:
    """Allows `burst` at once and `rate` a second over time; it starts full."""

    def __init__(self, rate: float, burst: int, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = float(burst)
        self._since = now

    def take(self, now: float) -> int:
        """Take a token and return 0, or the seconds until there is one, rounded up."""
        # A clock that was set back fills nothing and takes nothing away.
        elapsed = max(0.0, now - self._since)
        self._since = now
        self._tokens = min(self._burst, self._tokens + elapsed * self._rate)
        if self._tokens < 1:
            return ceil((1 - self._tokens) / self._rate)
        self._tokens -= 1
        return 0

    def give_back(self) -> None:
        """A token was not needed."""
        self._tokens = min(self._burst, self._tokens + 1)


class Buckets(Generic[K]):
    """A bucket for each key, all of them alike; none is forgotten, so keys are to be few."""

    def __init__(self, rate: float, burst: int) -> None:
        self._rate = rate
        self._burst = burst
        self._buckets: dict[K, TokenBucket] = {}

    def take(self, key: K, now: float) -> int:
        """As that of the bucket of this key."""
        if key not in self._buckets:
            self._buckets[key] = TokenBucket(self._rate, self._burst, now)
        return self._buckets[key].take(now)

    def give_back(self, key: K) -> None:
        """A token was not needed that was taken for this key."""
        self._buckets[key].give_back()
