"""The log of the system, for `twistd --syslog` and for standard output that leads to the journal of
systemd: what would stand in ours stands there, and no more.

Twisted's own way there has the words of errors in it, which could hold anything.
"""

import os
import syslog
from collections.abc import Mapping
from typing import TextIO

from twisted.logger import LogEvent, LogLevel

from chatd.log.outlet import Write

_PRIORITIES = {
    LogLevel.debug: syslog.LOG_DEBUG,
    LogLevel.warn: syslog.LOG_WARNING,
    LogLevel.error: syslog.LOG_ERR,
    LogLevel.critical: syslog.LOG_CRIT,
}


def to_system(program: str) -> Write:
    """Send each line of an entry to the system, as one of this program."""
    syslog.openlog(program, syslog.LOG_PID, syslog.LOG_DAEMON)

    def write(entry: str, event: LogEvent) -> None:
        for line in entry.splitlines():
            syslog.syslog(_priority(event), line)

    return write


def is_journal(descriptor: int, environ: Mapping[str, str]) -> bool:
    """Whether what is written there goes to the journal (systemd.exec(5), JOURNAL_STREAM)."""
    there = os.fstat(descriptor)
    return environ.get("JOURNAL_STREAM") == f"{there.st_dev}:{there.st_ino}"


def to_journal(out: TextIO) -> Write:
    """Write lines that begin with how grave they are (sd-daemon(3))."""

    def write(entry: str, event: LogEvent) -> None:
        for line in entry.splitlines():
            out.write(f"<{_priority(event)}>{line}\n")
        out.flush()

    return write


def _priority(event: LogEvent) -> int:
    level = event.get("log_level")
    return syslog.LOG_INFO if level is None else _PRIORITIES.get(level, syslog.LOG_INFO)
