"""What writes the log of a daemon, in place of what twistd would write it with."""

from collections.abc import Callable
from typing import Any, TextIO

from twisted.logger import ILogObserver, LogEvent, LogLevel
from zope.interface import implementer

from chatd import limits
from chatd.log.file import DaemonLog
from chatd.log.forms import Form
from chatd.log.repeats import Repeats


@implementer(ILogObserver)
class Outlet:
    """Writes each event on a line of its own, but for those of which there are too many."""

    def __init__(self, out: TextIO | DaemonLog, form: Form, now: Callable[[], float]) -> None:
        self._out = out
        self._form = form
        self._now = now
        self._repeats = Repeats()
        self._details = Repeats(most=limits.LOG_DETAILS)

    def __call__(self, event: LogEvent) -> None:
        """Write it, or count it."""
        repeats = self._details if event.get("log_level") is LogLevel.debug else self._repeats
        if left_out := repeats.left_out(self._now()):
            self._write({**_ABOUT, "log_time": event.get("log_time"), "count": left_out})
        if repeats.admits((event.get("log_namespace"), event.get("log_format"))):
            self._write(event)

    def _write(self, event: LogEvent) -> None:
        self._out.write(self._form(event) + "\n")
        self._out.flush()


_ABOUT: dict[str, Any] = {
    "log_level": LogLevel.warn,
    "log_namespace": "chatd.log",
    "log_format": "{count} lines were left out, of kinds of which there were too many",
}
