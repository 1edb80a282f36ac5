"""The time by which names run out: only what a daemon has seen pass counts, kept across restarts
(docs/operating.md, "The machine's clock")."""

from collections.abc import Callable
from typing import NamedTuple

from chatd import limits


class Kept(NamedTuple):
    """What outlives the daemon: how far its time was, and what the machine's clock said then."""

    seen: float
    wall: float


class SeenTime:
    """Seconds, counted from the date of the very first start.

    They pass with `seconds`, a clock that never jumps. What the machine's clock (`wall`, seconds
    since 1970) says has passed while no daemon ran counts for `limits.UNSEEN_SECONDS` at most.
    """

    def __init__(self, seconds: Callable[[], float], wall: float, kept: Kept | None = None) -> None:
        start = wall
        if kept is not None:
            start = kept.seen + min(max(wall - kept.wall, 0.0), limits.UNSEEN_SECONDS)
        self._seconds = seconds
        self._ahead = start - seconds()

    def now(self) -> float:
        """How far it is."""
        return self._seconds() + self._ahead

    def kept(self, wall: float) -> Kept:
        """What the next daemon is to begin with."""
        return Kept(self.now(), wall)
