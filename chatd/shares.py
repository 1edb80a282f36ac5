"""How often something may happen, for each thing that is counted: a source, a key. Pure; `now` is
in seconds."""

import math
from collections import OrderedDict
from collections.abc import Hashable, Sequence

Counted = Sequence[tuple[Hashable, int]]
"""Things that are counted together, each with its weight: how many shares it has."""
_NOTHING = 1e-6
"""What is not worth waiting for: a few steps of the numbers that times are held in."""
_SWEPT = 4
"""Things that one use forgets at most: more than it adds, so that the rest catches up."""


class Shares:
    """Allows `free` of each thing at once, and as many again in `seconds`, times its weight.

    The `most` things that were used last are remembered; one that is forgotten is as new. So one
    that has all of its shares again is forgotten as well, where none that has not was used before
    it. Every step takes the same time, however many there are.
    """

    def __init__(self, free: float, seconds: float, most: int) -> None:
        self._seconds = seconds
        self._each = seconds / free
        """In how many seconds one share comes back to a thing of weight 1."""
        self._most = most
        # When each thing had, or will have, nothing left but what came since: it is full
        # `seconds` later.
        self._empty_until: OrderedDict[Hashable, float] = OrderedDict()
        # Before that moment the one that was used longest ago is not full again.
        self._look_at = -math.inf
        self._last = -math.inf
        self._set_back = 0.0

    def __len__(self) -> int:
        """How many things are remembered."""
        return len(self._empty_until)

    def remember(self, most: int) -> None:
        """So many things from now on, at the next use of one."""
        self._most = most

    def allow(self, free: float) -> None:
        """So much of each from now on; whoever has used half of theirs has used half of it."""
        self._each = self._seconds / free

    def wait(self, things: Counted, now: float, amount: float = 1) -> float:
        """The seconds until there is so much of each of the things; 0 if there is now."""
        moment = self._moment(now)
        return _until(self._after(things, moment, amount), moment)

    def take(self, things: Counted, now: float, amount: float = 1) -> bool:
        """Take so much of each of the things, or nothing of any."""
        moment = self._moment(now)
        after = self._after(things, moment, amount)
        if _until(after, moment):
            # Only what is remembered already: else whoever has used up the share of one thing
            # would have others forgotten, by ever new ones that go with it.
            known = [each for each in things if each[0] in self._empty_until]
            self._use(known, self._after(known, moment, 0), moment)
            return False
        self._use(things, after, moment)
        return True

    def spend(self, things: Counted, now: float, amount: float = 1) -> float:
        """Take so much of each in any case; the seconds until it is paid for."""
        moment = self._moment(now)
        after = self._after(things, moment, amount)
        self._use(things, after, moment)
        return _until(after, moment)

    def give_back(self, things: Counted, amount: float = 1) -> None:
        """What was taken is not needed; harmless for what is forgotten."""
        for thing, weight in things:
            if thing in self._empty_until:
                self._empty_until[thing] -= amount * self._each / weight

    def _moment(self, now: float) -> float:
        """The time on a clock that is never set back."""
        if now < self._last:
            self._set_back += self._last - now
        self._last = now
        return now + self._set_back

    def _after(self, things: Counted, moment: float, amount: float) -> list[float]:
        """From when on each of the things has what it needs, if it takes so much."""
        full, needed, known = moment - self._seconds, amount * self._each, self._empty_until.get
        return [max(known(thing, full), full) + needed / weight for thing, weight in things]

    def _use(self, things: Counted, after: Sequence[float], moment: float) -> None:
        for (thing, _), empty in zip(things, after, strict=True):
            self._empty_until[thing] = empty
            self._empty_until.move_to_end(thing)
        self._forget(moment)

    def _forget(self, moment: float) -> None:
        """Drop what is as new anyway, and what there are too many of."""
        if moment >= self._look_at:
            self._sweep(moment)
        while len(self._empty_until) > self._most:
            self._empty_until.popitem(last=False)

    def _sweep(self, moment: float) -> None:
        for _ in range(_SWEPT):
            oldest = next(iter(self._empty_until), None)
            if oldest is None:
                break
            self._look_at = self._empty_until[oldest] + self._seconds
            if self._look_at > moment:
                break
            del self._empty_until[oldest]


def _until(after: Sequence[float], moment: float) -> float:
    wait = max(after) - moment
    return wait if wait > _NOTHING else 0.0
