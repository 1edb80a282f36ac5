"""How long things take: a histogram that costs the same however many there are."""

from bisect import bisect_left
from collections.abc import Sequence

MOMENTS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Bounds in seconds for what should take next to no time."""
PATIENCE = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0)
"""Bounds in seconds for what waits for people."""


class Times:
    """Counts durations by the first of the `bounds`, in rising seconds, that each is not over."""

    def __init__(self, bounds: Sequence[float] = MOMENTS) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        """One for each bound, and one for what is over all of them."""
        self.sum = 0.0
        """All of them together, in seconds."""
        self.longest = 0.0
        """The longest so far, in seconds."""

    def __len__(self) -> int:
        """How many there were."""
        return sum(self.counts)

    def add(self, seconds: float) -> None:
        """Something took so long; less than nothing counts as nothing."""
        seconds = max(0.0, seconds)
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.sum += seconds
        self.longest = max(self.longest, seconds)
