"""How fast one pair may go, and how much it may pass (protocol, "The relay"). Pure; `now` is in
seconds."""

import math
from collections.abc import Sequence

from chatd.relay.budget import Budget
from chatd.relay.fair_share import FairShare
from chatd.relay.link_quota import Owner

BURST_SECONDS = 1.0
"""How much of its own rate a pair saves up while it is silent."""
LOOK_AGAIN_SECONDS = 1.0
"""After how long a pair that waits asks again, as others come and go meanwhile."""
_NOTHING = 0.001
"""What is not worth waiting for."""


class Meter:
    """What one pair has used of its share, of its own rate, and of what its two sides may pass."""

    def __init__(
        self, shares: FairShare, rate: float, budget: Budget, owners: Sequence[Owner]
    ) -> None:
        self._shares = shares
        self._rate = rate
        self._budget = budget
        self._owners = owners
        self._debt = -BURST_SECONDS
        """In seconds of its own rate: what it has passed, less what it was given."""
        self._now = -math.inf

    def is_used_up(self, now: float) -> bool:
        """Whether one of the two has passed all that they may for now."""
        return any(self._budget.is_used_up(owner, now) for owner in self._owners)

    def pass_on(self, count: int, now: float) -> None:
        """Count bytes that were passed on."""
        self._advance(now)
        self._debt += count / self._rate
        self._shares.take(self, count, now)
        self._budget.pass_on(self._owners, count, now)

    def wait(self, now: float) -> float:
        """How many seconds to wait before asking again; 0 if more may be passed on now."""
        self._advance(now)
        shared = max(self._shares.wait(self, now), self._budget.wait(self._owners, now))
        seconds = max(self._debt, shared)
        return 0.0 if seconds < _NOTHING else min(seconds, LOOK_AGAIN_SECONDS)

    def _advance(self, now: float) -> None:
        # As `FairShare` does where the clock was set back.
        passed, self._now = max(0.0, now - self._now), now
        self._debt = max(-BURST_SECONDS, self._debt - passed)
