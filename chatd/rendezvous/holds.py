"""Who is shown as around, so that nobody sees who left at the same moment to talk with whom
(protocol, "Presence"). Pure; times are in seconds of any clock that does not jump."""

from collections.abc import Callable, Iterable
from math import ceil, inf

from msgspec import Struct

from chatd import limits
from chatd.rendezvous.deadlines import Deadlines

Uniform = Callable[[float, float], float]
"""Draws a number between two."""


def evenly(random_bytes: Callable[[int], bytes]) -> Uniform:
    """Draws what nobody is to guess, from so many random bytes."""
    return lambda low, high: low + (high - low) * int.from_bytes(random_bytes(7), "big") / 2**56


class _Hold(Struct):
    """Until when a name is shown whatever its user does, and from when on it is shown again."""

    until: float
    back_at: float = -inf


class Holds:
    """What `search` says of canonical names; `uniform(low, high)` draws a number between the two.

    Whoever left to talk is shown for hours, for as long as is drawn for each of the two. If that
    ran out while they were away, they are shown again only some minutes after their return. All
    others are shown while they are here.
    """

    def __init__(self, uniform: Uniform, most: int) -> None:
        self._uniform = uniform
        self._most = most
        self._holds: dict[str, _Hold] = {}
        self._forgotten: Deadlines[str] = Deadlines()

    def __len__(self) -> int:
        """How many names are remembered."""
        return len(self._holds)

    def remember(self, most: int) -> None:
        """So many names from now on, at the next that is added."""
        self._most = most

    def shows(self, name: str, now: float, *, is_here: bool) -> bool:
        """Whether somebody counts as around, who is here or not."""
        self._forget(now)
        hold = self._holds.get(name)
        if hold is None:
            return is_here
        return now < hold.until or (is_here and now >= hold.back_at)

    def introduced(self, name: str, now: float) -> None:
        """They leave to talk."""
        least, most = limits.HELD_SECONDS
        self._hold(name, now + self._uniform(least, most), now)

    def arrived(self, name: str, now: float) -> None:
        """Somebody uses the name from now on."""
        self._forget(now)
        hold = self._holds.get(name)
        if hold is not None and hold.until <= now:
            hold.back_at = now + self._uniform(0, limits.BACK_LATE_SECONDS)

    def forget(self, name: str) -> None:
        """Whoever uses the name does not want to be found."""
        if name in self._holds:
            self._drop(name)

    def left(self, name: str, now: float) -> None:
        """Nobody uses the name any more; what ran out while somebody did is of no interest."""
        hold = self._holds.get(name)
        if hold is not None and hold.until <= now:
            self._drop(name)

    def kept(self, now: float) -> list[tuple[str, float]]:
        """The names that are held, and for how many seconds more, in round numbers."""
        step = limits.HOLD_STEP_SECONDS
        return [
            (name, ceil((hold.until - now) / step) * step)
            for name, hold in self._holds.items()
            if hold.until > now
        ]

    def restore(self, kept: Iterable[tuple[str, float]], now: float) -> None:
        """Go on with what an earlier daemon has held."""
        longest = limits.HELD_SECONDS[1] + limits.HOLD_STEP_SECONDS
        for name, seconds in kept:
            if seconds > 0:
                self._hold(name, now + min(seconds, longest), now)

    def _hold(self, name: str, until: float, now: float) -> None:
        self._forget(now)
        before = self._holds.get(name)
        hold = _Hold(until if before is None else max(until, before.until))
        self._holds[name] = hold
        self._forgotten.set(name, hold.until + limits.HOLD_MEMORY_SECONDS)
        if len(self._holds) > self._most and (first := self._forgotten.pop(inf)) is not None:
            del self._holds[first]

    def _forget(self, now: float) -> None:
        while (name := self._forgotten.pop(now)) is not None:
            del self._holds[name]

    def _drop(self, name: str) -> None:
        self._forgotten.drop(name)
        del self._holds[name]
