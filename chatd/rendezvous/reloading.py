"""What a daemon reads anew on SIGHUP, each part by itself (docs/operating.md, "Signals")."""

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.python.failure import Failure

from chatd.errors import ChatdError
from chatd.log.levels import logger


class Reloads:
    """The parts that can be read anew, in the order in which they were added."""

    log = logger()

    def __init__(self) -> None:
        self._parts: list[tuple[str, Callable[[], Any]]] = []

    def add(self, what: str, again: Callable[[], Any]) -> None:
        """Have `again()` called, which may give a Deferred; where that is a `ChatdError`, the part
        has to be as it was. `what` is for the log."""
        self._parts.append((what, again))

    def run(self) -> None:
        """Read all of them anew, and say of each how it went."""
        if not self._parts:
            self.log.info("nothing to read anew")
        for what, again in self._parts:
            self._read(what, again)

    def _read(self, what: str, again: Callable[[], Any]) -> None:
        def failed(failure: Failure) -> None:
            if failure.check(ChatdError):
                reason = failure.getErrorMessage()
                self.log.error("kept the old {what}: {reason}", what=what, reason=reason)
            else:
                self.log.failure("kept the old {what}", failure, what=what)

        reading: Deferred[Any] = maybeDeferred(again)
        reading.addCallback(lambda _: self.log.info("read {what} anew", what=what))
        reading.addErrback(failed)
