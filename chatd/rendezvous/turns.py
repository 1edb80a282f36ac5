"""Handshakes are worked on a little at a time, so that nobody else waits for them (protocol,
"The door")."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from twisted.internet.interfaces import IDelayedCall

from chatd import limits
from chatd.rendezvous.door import Door, Room
from chatd.shares import Shares

L = TypeVar("L", bound="Any")
_REST = (("rest", 1),)
_ALL = (("all", 1),)


class Turns(Generic[L]):
    """Works on the lines of the links at a door, in the turns of a reactor.

    `work(link)` handles the line of one. It does so at once where nobody waits and no more than
    half of the time was worked lately. The last room gets `REST_PERCENT` of the time at most.
    """

    def __init__(self, door: Door[L], work: Callable[[L], None], clock: Any) -> None:
        self._door = door
        self._work = work
        self._clock = clock
        self._call: IDelayedCall | None = None
        span = limits.REST_SPAN_MILLISECONDS / 1000
        self._rest = Shares(limits.REST_PERCENT / 100 * span, span, most=1)
        turn = limits.TURN_MILLISECONDS / 1000
        self._all = Shares(turn, 2 * turn, most=1)

    def asks(self, link: L) -> None:
        """A line of this link is there; it is worked on when its turn comes, which may be now."""
        now = self._clock.seconds()
        if self._is_free(link, now):
            self._one(link, now)
            return
        self._door.asks(link)
        # A call for the last room alone may be a while away.
        if self._call is not None and self._door.room(link) is not Room.REST:
            self._call.cancel()
            self._call = None
        self._plan(0)

    def _is_free(self, link: L, now: float) -> bool:
        known = self._door.room(link) in (Room.KNOWN, Room.FRESH)
        return known and not self._door.has_lines and not self._all.wait(_ALL, now, 0)

    def _plan(self, seconds: float) -> None:
        if self._call is None and self._door.has_lines:
            self._call = self._clock.callLater(seconds, self._turn)

    def _turn(self) -> None:
        self._call = None
        start = now = self._clock.seconds()
        wait = self._rest.wait(_REST, now, 0)
        while now - start < limits.TURN_MILLISECONDS / 1000:
            link = self._door.next(rest=wait == 0)
            if link is None:
                break
            wait = self._one(link, now)
            now = self._clock.seconds()
        self._plan(wait if link is None else 0)

    def _one(self, link: L, started: float) -> float:
        """Work on one line; the seconds until the last room may be worked for again."""
        is_rest = self._door.room(link) is Room.REST
        self._work(link)
        now = self._clock.seconds()
        self._all.spend(_ALL, now, now - started)
        if is_rest:
            self._rest.spend(_REST, now, now - started)
        return self._rest.wait(_REST, now, 0)
