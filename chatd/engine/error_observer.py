"""What goes wrong inside the client, in one line instead of a traceback."""

from collections.abc import Callable
from typing import Any

from twisted.logger import ILogObserver, LogLevel, globalLogBeginner
from twisted.python.failure import Failure
from zope.interface import implementer

from chatd.errors import unforeseen


def watch_faults(tell: Callable[[str], None]) -> None:
    """Call `tell` with one line for every error that is logged; nothing else is shown.

    Nothing is written to a file: what a client logs could name people.
    """

    @implementer(ILogObserver)
    def observe(event: Any) -> None:
        if event.get("log_level") in (LogLevel.error, LogLevel.critical):
            tell(in_one_line(event.get("log_failure")))

    globalLogBeginner.beginLoggingTo([observe], redirectStandardIO=False)


def in_one_line(failure: Failure | None) -> str:
    """The kind of an error and the place in the code, without the words of the error itself."""
    if failure is None:
        return "an error inside chatd"
    return str(unforeseen(failure.value)) if failure.value is not None else "an error inside chatd"
