"""How much of the time may be worked for something. Pure; all times are in seconds."""

from math import inf

_NOTHING = 1e-6
"""What is not worth waiting for: a few steps of the numbers that times are held in."""


class Worked:
    """Allows `part` of the time, and as much at once as comes together in a `span`."""

    __slots__ = ("_cost", "_paid", "_span")

    def __init__(self, part: float, span: float) -> None:
        self._cost = 1 / part
        self._span = span
        self._paid = -inf
        """From when on all that was worked is within its part."""

    def wait(self, now: float) -> float:
        """How long until there may be more; 0 if there may be now."""
        left = self._paid - now
        return left if left > _NOTHING else 0.0

    def spend(self, seconds: float, now: float) -> None:
        """So long was worked, up to now."""
        self._paid = max(self._paid, now - self._span) + seconds * self._cost
