"""Timers of which there are many, of a few lengths, and of which next to none ever runs out.

Those of one length run out in the order in which they were set: one timer of the reactor is enough
for all of them, and to set or to cancel one costs next to nothing.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

_NOTHING = 1e-6
"""Seconds that are not worth another look."""


class Alarm:
    """One timer, as far as Twisted's are used here; it is set until it was called or cancelled."""

    __slots__ = ("_alarms", "_call", "_seconds")

    def __init__(self, alarms: "Alarms", seconds: float, call: Callable[[], None]) -> None:
        self._alarms = alarms
        self._seconds = seconds
        self._call: Callable[[], None] | None = call
        alarms.queue(seconds).add(self)

    def active(self) -> bool:
        """Whether it is set."""
        return self._call is not None

    def reset(self, seconds: float) -> None:
        """Let it run out so long from now, and not when it would have."""
        self._alarms.queue(self._seconds).drop(self)
        self._seconds = seconds
        self._alarms.queue(seconds).add(self)

    def cancel(self) -> None:
        """It is not to run out any more."""
        self._call = None
        self._alarms.queue(self._seconds).drop(self)

    def ring(self) -> None:
        """It has run out; harmless if it was cancelled at the last moment."""
        call, self._call = self._call, None
        if call is not None:
            call()


class Alarms:
    """Makes them, in place of a clock; `clock` is the reactor."""

    def __init__(self, clock: Any) -> None:
        self._clock = clock
        self._queues: dict[float, _Queue] = {}

    def callLater(self, seconds: float, call: Callable[..., None], *arguments: Any) -> Alarm:
        """Call something so long from now."""
        return Alarm(self, seconds, partial(call, *arguments) if arguments else call)

    def queue(self, seconds: float) -> "_Queue":
        """The alarms of one length."""
        queue = self._queues.get(seconds)
        if queue is None:
            queue = self._queues[seconds] = _Queue(self._clock, seconds)
        return queue


class _Queue:
    """Alarms of one length, the next one first. The reactor's timer stays when they go: it finds
    out how long the next one has, if there is one."""

    def __init__(self, clock: Any, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._due: dict[Alarm, float] = {}
        self._is_watched = False

    def add(self, alarm: Alarm) -> None:
        self._due[alarm] = self._clock.seconds() + self._seconds
        if not self._is_watched:
            self._is_watched = True
            self._clock.callLater(self._seconds, self._look)

    def drop(self, alarm: Alarm) -> None:
        self._due.pop(alarm, None)

    def _look(self) -> None:
        """Ring those that have run out, each for itself: what goes wrong there is no other's."""
        now = self._clock.seconds() + _NOTHING
        while self._due:
            alarm = next(iter(self._due))
            if self._due[alarm] > now:
                break
            del self._due[alarm]
            self._clock.callLater(0, alarm.ring)
        self._is_watched = bool(self._due)
        if self._is_watched:
            self._clock.callLater(self._due[next(iter(self._due))] - now + _NOTHING, self._look)
