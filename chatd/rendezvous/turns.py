"""Handshakes are worked on a little at a time, so that nobody else waits for them (protocol.md,
"The door")."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from twisted.internet.interfaces import IDelayedCall

from chatd import limits
from chatd.rendezvous.door import Door, Room
from chatd.shares import Shares

L = TypeVar("L", bound="Any")
_REST = (("rest", 1),)


class Turns(Generic[L]):
    """Works on the lines of the links at a door, in the turns of a reactor.

    `work(link)` handles the line of one. The last room gets `REST_PERCENT` of the time at most.
    """

    def __init__(self, door: Door[L], work: Callable[[L], None], clock: Any) -> None:
        self._door = door
        self._work = work
        self._clock = clock
        self._call: IDelayedCall | None = None
        span = limits.REST_SPAN_MILLISECONDS / 1000
        self._rest = Shares(limits.REST_PERCENT / 100 * span, span, most=1)

    def asks(self, link: L) -> None:
        """A line of this link is there; it is worked on when its turn comes."""
        self._door.asks(link)
        # A call for the last room alone may be a while away.
        if self._call is not None and self._door.room(link) is not Room.REST:
            self._call.cancel()
            self._call = None
        self._plan(0)

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
        if is_rest:
            self._rest.spend(_REST, now, now - started)
        return self._rest.wait(_REST, now, 0)
