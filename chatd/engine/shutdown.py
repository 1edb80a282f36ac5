"""The end of the client: after what was begun is done, or when it takes too long."""

from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from chatd import limits


class Shutdown:
    """Calls `then` once, some time after `begin`."""

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._unfinished: set[Deferred[None]] = set()
        self._then: Callable[[], None] | None = None
        self.has_begun = False

    def after(self, what: Deferred[None]) -> None:
        """Not before this, unless it takes too long: disk work, our last words."""
        self._unfinished.add(what)
        what.addBoth(lambda _: self._finished(what))

    def begin(self, then: Callable[[], None]) -> None:
        """From now on nothing but that is waited for; a second time changes nothing."""
        if self.has_begun:
            return
        self.has_begun = True
        self._then = then
        wait = limits.PARTING_SECONDS if self._unfinished else 0
        self._clock.callLater(wait, self._end)

    def _finished(self, what: Deferred[None]) -> None:
        self._unfinished.discard(what)
        if self.has_begun and not self._unfinished:
            self._clock.callLater(0, self._end)

    def _end(self) -> None:
        then, self._then = self._then, None
        if then is not None:
            then()
