"""One call to come, which can be moved."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twisted.internet.interfaces import IDelayedCall


class Timer:
    """Calls `what` at most once for each time it is set, with the seconds of `clock` at that
    moment, which are never fewer than it was set to."""

    def __init__(self, clock: Any, what: Callable[[float], object]) -> None:
        self._clock = clock
        self._what = what
        self._call: IDelayedCall | None = None
        self.due: float | None = None
        """When it is called, None if it is not."""

    def set(self, moment: float | None) -> None:
        """Call then, at once where that has passed, and never for None; no more as it was set
        before."""
        self.stop()
        if moment is not None:
            self.after(max(0.0, moment - self._clock.seconds()))
            self.due = moment

    def after(self, seconds: float) -> None:
        """Call in so many seconds, and no more as it was set before."""
        self.stop()
        self.due = self._clock.seconds() + seconds
        self._call = self._clock.callLater(seconds, self._over)

    def stop(self) -> None:
        """Call no more."""
        call, self._call, self.due = self._call, None, None
        if call is not None:
            call.cancel()

    def _over(self) -> None:
        now, self._call, self.due = max(self._clock.seconds(), self.due or 0.0), None, None
        self._what(now)
