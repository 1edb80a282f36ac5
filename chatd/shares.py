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
        self._free = free
        self._seconds = seconds
        self._most = most
        # When each thing had, or will have, nothing left but what came since: it is full
        # `seconds` later.
        self._empty_until: OrderedDict[Hashable, float] = OrderedDict()
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
        self._free = free

    def wait(self, things: Counted, now: float, amount: float = 1) -> float:
        """The seconds until there is so much of each of the things; 0 if there is now."""
        moment = self._moment(now)
        if len(things) == 1:  # most often
            wait = self._after(things[0], moment, amount) - moment
        else:
            wait = max(self._after(each, moment, amount) for each in things) - moment
        return wait if wait > _NOTHING else 0.0

    def take(self, things: Counted, now: float, amount: float = 1) -> bool:
        """Take so much of each of the things, or nothing of any."""
        if self.wait(things, now, amount) > 0:
            # Only what is remembered already: else whoever has used up the share of one thing
            # would have others forgotten, by ever new ones that go with it.
            self._use([each for each in things if each[0] in self._empty_until], now, 0)
            return False
        self._use(things, now, amount)
        return True

    def spend(self, things: Counted, now: float, amount: float = 1) -> float:
        """Take so much of each in any case; the seconds until it is paid for."""
        wait = self.wait(things, now, amount)
        self._use(things, now, amount)
        return wait

    def give_back(self, things: Counted, amount: float = 1) -> None:
        """What was taken is not needed; harmless for what is forgotten."""
        for thing, weight in things:
            if thing in self._empty_until:
                self._empty_until[thing] -= amount * self._each(weight)

    def _moment(self, now: float) -> float:
        """The time on a clock that is never set back."""
        if now < self._last:
            self._set_back += self._last - now
        self._last = now
        return now + self._set_back

    def _each(self, weight: int) -> float:
        """In how many seconds one share comes back."""
        return self._seconds / (self._free * weight)

    def _after(self, counted: tuple[Hashable, int], moment: float, amount: float) -> float:
        """From when on the thing has what it needs, if it takes so much."""
        thing, weight = counted
        empty = self._empty_until.get(thing, -math.inf)
        full = moment - self._seconds
        return (empty if empty > full else full) + amount * self._seconds / (self._free * weight)

    def _use(self, things: Counted, now: float, amount: float) -> None:
        moment = self._moment(now)
        for each in things:
            self._empty_until[each[0]] = self._after(each, moment, amount)
            self._empty_until.move_to_end(each[0])
        self._forget(moment)

    def _forget(self, moment: float) -> None:
        """Drop what is as new anyway, and what there are too many of."""
        for _ in range(_SWEPT):
            oldest = next(iter(self._empty_until), None)
            if oldest is None or self._empty_until[oldest] + self._seconds > moment:
                break
            del self._empty_until[oldest]
        while len(self._empty_until) > self._most:
            self._empty_until.popitem(last=False)
