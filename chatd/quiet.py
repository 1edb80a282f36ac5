"""Waits until something is over that ends by itself, but not for ever."""

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall

POLL_SECONDS = 0.1


class Quiet:
    """Asks `is_over()` ten times a second, with `waited` at hand."""

    def __init__(self, clock: Any, is_over: Callable[[], bool]) -> None:
        self._clock = clock
        self._is_over = is_over
        self._poll = LoopingCall(self._look)
        self._poll.clock = clock
        self._started = clock.seconds()
        self._most = 0.0

    @property
    def waited(self) -> float:
        """Since when, in seconds."""
        seconds: float = self._clock.seconds() - self._started
        return seconds

    def within(self, seconds: float) -> Deferred[None]:
        """Fires when it is over, or after so many seconds."""
        self._most = seconds
        return self._poll.start(POLL_SECONDS).addCallback(lambda _: None)

    def _look(self) -> None:
        if self._is_over() or self.waited > self._most:
            self._poll.stop()
