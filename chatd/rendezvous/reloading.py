"""What a daemon reads anew on SIGHUP, and some of it each day, each part by itself
(docs/operating.md, "Stopping")."""

from collections.abc import Callable
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

from chatd import limits
from chatd.disk_thread import in_disk_thread
from chatd.errors import ChatdError
from chatd.log.levels import logger
from chatd.settings.current import BadSettings, Current
from chatd.settings.layers import gather


class Reloads:
    """The parts that can be read anew, in the order in which they were added."""

    log = logger()

    def __init__(self) -> None:
        self._parts: list[tuple[str, Callable[[], Any]]] = []
        self._daily: list[tuple[str, Callable[[], Any]]] = []

    def add(self, what: str, again: Callable[[], Any], *, is_daily: bool = False) -> None:
        """Have `again()` called, which may give a Deferred; where that is a `ChatdError`, the part
        has to be as it was. `what` is for the log; a daily part changes by itself, and nobody may
        say so."""
        self._parts.append((what, again))
        if is_daily:
            self._daily.append((what, again))

    def run(self) -> None:
        """Read all of them anew, and say of each how it went."""
        if not self._parts:
            self.log.info("nothing to read anew")
        for what, again in self._parts:
            self._read(what, again)

    def run_daily(self) -> None:
        """Read anew what changes by itself."""
        for what, again in self._daily:
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


class Daily(Service):
    """Has that read each day, from `startService` to `stopService`."""

    def __init__(self, reactor: Any, reloads: Reloads) -> None:
        self._reading = LoopingCall(reloads.run_daily)
        self._reading.clock = reactor

    def startService(self) -> None:
        """The first time is in a day: a start has read everything."""
        super().startService()  # type: ignore[no-untyped-call]
        self._reading.start(limits.DAILY_SECONDS, now=False)

    def stopService(self) -> None:
        """No more."""
        super().stopService()  # type: ignore[no-untyped-call]
        self._reading.stop()


class SettingsAgain:
    """SIGHUP and `chatctl reload`: one way, whoever asks."""

    log = logger()

    def __init__(self, reactor: Any, current: Current) -> None:
        self._reactor = reactor
        self._current = current

    def read(self) -> Deferred[list[str]]:
        """Fires with what changed, in lines; fails with `ChatdError`, and then nothing did."""
        settings = self._current.settings
        reading = in_disk_thread(self._reactor, gather, settings.options, settings.environ)
        return reading.addCallback(lambda read: self._current.take(*read)).addCallbacks(
            self._changed, self._refused
        )

    def _changed(self, lines: list[str]) -> list[str]:
        for line in lines:
            self.log.info("{line}", line=line)
        return lines

    def _refused(self, failure: Failure) -> Failure:
        if failure.check(BadSettings):
            for problem in getattr(failure.value, "problems", ()):
                self.log.error("{problem}", problem=str(problem))
        return failure
