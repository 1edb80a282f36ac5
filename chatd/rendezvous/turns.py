"""Handshakes are worked on a little at a time, so that nobody else waits for them (protocol,
"The door")."""

from collections.abc import Callable
from math import inf
from typing import Any, Generic, TypeVar

from chatd import limits
from chatd.rendezvous.door import Door, Room
from chatd.timer import Timer

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


L = TypeVar("L", bound="Any")


class Turns(Generic[L]):
    """Works on the lines of the links at a door, in the turns of a reactor.

    `work(link)` handles the line of one. It does so at once where nobody waits and no more than
    half of the time was worked lately. The last room gets `REST_PERCENT` of the time at most.
    """

    def __init__(self, door: Door[L], work: Callable[[L], None], clock: Any) -> None:
        self._door = door
        self._work = work
        self._clock = clock
        self._timer = Timer(clock, self._turn)
        self._rest = Worked(limits.REST_PERCENT / 100, limits.REST_SPAN_MILLISECONDS / 1000)
        self._all = Worked(1 / 2, 2 * limits.TURN_MILLISECONDS / 1000)

    def asks(self, link: L) -> None:
        """A line of this link is there; it is worked on when its turn comes, which may be now."""
        now, room = self._clock.seconds(), self._door.room(link)
        waits = room is Room.REST or self._door.has_lines or self._all.wait(now)
        if room is not None and not waits:
            self._one(link, room, now)
            return
        self._door.asks(link)
        # A call for the last room alone may be a while away.
        if room is not Room.REST:
            self._timer.stop()
        self._plan(0)

    def _plan(self, seconds: float) -> None:
        if self._timer.due is None and self._door.has_lines:
            self._timer.after(seconds)

    def _turn(self, start: float) -> None:
        now = start
        while now - start < limits.TURN_MILLISECONDS / 1000:
            link = self._door.next(rest=not self._rest.wait(now))
            if link is None:
                break
            now = self._one(link, self._door.room(link), now)
        self._plan(self._rest.wait(now) if link is None else 0)

    def _one(self, link: L, room: Room | None, started: float) -> float:
        """Work on one line; when that is done."""
        self._work(link)
        now: float = self._clock.seconds()
        self._all.spend(now - started, now)
        if room is Room.REST:
            self._rest.spend(now - started, now)
        return now
