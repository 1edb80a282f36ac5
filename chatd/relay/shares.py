"""How fast each pair may go (protocol.md, "The relay"). Pure; `now` is in seconds."""

from collections import OrderedDict
from collections.abc import Hashable

BURST_SECONDS = 1.0
"""How far a pair may be ahead of its rate."""


class Shares:
    """Bytes a second in all, shared evenly by the pairs that use any, and at most `each` a pair."""

    def __init__(self, total: float, each: float) -> None:
        self._total = total
        self._each = each
        # When each pair last used any, the longest ago first.
        self._busy: OrderedDict[Hashable, float] = OrderedDict()

    def rate(self, pair: Hashable, now: float) -> float:
        """What a pair that passes something now may use, in bytes a second."""
        self._busy[pair] = now
        self._busy.move_to_end(pair)
        while now - next(iter(self._busy.values())) > BURST_SECONDS:
            self._busy.popitem(last=False)
        return min(self._each, self._total / len(self._busy))

    def forget(self, pair: Hashable) -> None:
        """The pair is gone."""
        self._busy.pop(pair, None)


class Meter:
    """What one pair has used."""

    def __init__(self, shares: Shares, most: int) -> None:
        self._shares = shares
        self._left = most
        self._paid_until = 0.0

    @property
    def is_used_up(self) -> bool:
        """Whether the pair has passed all the bytes that a pair may."""
        return self._left <= 0

    def pass_on(self, count: int, now: float) -> float:
        """Count bytes that were passed on, and return the seconds to wait before the next."""
        self._left -= count
        start = max(self._paid_until, now - BURST_SECONDS)
        self._paid_until = start + count / self._shares.rate(self, now)
        return max(0.0, self._paid_until - now)
