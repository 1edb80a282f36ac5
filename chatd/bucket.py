"""How often something may happen."""

from math import ceil


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
