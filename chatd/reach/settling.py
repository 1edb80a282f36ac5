"""An answer that is waited for, though not for ever."""

from typing import Any

from twisted.internet.defer import Deferred, succeed

from chatd.timer import Timer


class Settling:
    """Is begun for so many seconds, and is over with the answer or with these."""

    def __init__(self, reactor: Any) -> None:
        self._timer = Timer(reactor, lambda _: self.over())
        self._waiting: list[Deferred[None]] = []

    @property
    def is_open(self) -> bool:
        """Whether an answer is waited for."""
        return self._timer.due is not None

    def begin(self, seconds: float) -> None:
        """Wait for one."""
        self._timer.after(seconds)

    def settled(self) -> Deferred[None]:
        """Fires when nothing is waited for."""
        if self._timer.due is None:
            return succeed(None)
        self._waiting.append(Deferred())
        return self._waiting[-1]

    def over(self) -> None:
        """It has come, or is not waited for any more; harmless at any time."""
        self._timer.stop()
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            each.callback(None)
