"""What writes the log of a daemon, in place of what twistd would write it with."""

from collections.abc import Callable
from typing import Any, TextIO

from twisted.logger import ILogObserver, LogEvent, LogLevel
from zope.interface import implementer

from chatd import limits
from chatd.log.file import DaemonLog
from chatd.log.forms import Form
from chatd.log.repeats import Repeats

Write = Callable[[str, LogEvent], None]
"""Takes the entry of an event, which has lines without an end behind the last one."""


def to_file(out: TextIO | DaemonLog) -> Write:
    """Write entries behind each other."""

    def write(entry: str, event: LogEvent) -> None:
        out.write(entry + "\n")
        out.flush()

    return write


@implementer(ILogObserver)
class Outlet:
    """Writes an entry for each event, but for those of which there are too many."""

    def __init__(self, to: Write, form: Form, now: Callable[[], float]) -> None:
        self._to = to
        self._form = form
        self._now = now
        self._repeats = Repeats()
        self._details = Repeats(most=limits.LOG_DETAILS)

    def __call__(self, event: LogEvent) -> None:
        """Write it, or count it."""
        if str(event.get("format", "")).startswith(_IDLE):
            return
        repeats = self._details if event.get("log_level") is LogLevel.debug else self._repeats
        if left_out := repeats.left_out(self._now()):
            self._write({**_ABOUT, "log_time": event.get("log_time"), "count": left_out})
        if repeats.admits((event.get("log_namespace"), event.get("log_format"))):
            self._write(event)

    def _write(self, event: LogEvent) -> None:
        self._to(self._form(event), event)


_IDLE = "Unable to write to plugin cache"
"""What Twisted says at each start of a daemon that may not write where it was installed."""
_ABOUT: dict[str, Any] = {
    "log_level": LogLevel.warn,
    "log_namespace": "chatd.log",
    "log_format": "{count} lines were left out, of kinds of which there were too many",
}
