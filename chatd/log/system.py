"""The log of the system, for `twistd --syslog`: what would stand in ours stands there, and no more.

Twisted's own way there has the words of errors in it, which could hold anything.
"""

import syslog

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
        level = event.get("log_level")
        priority = syslog.LOG_INFO if level is None else _PRIORITIES.get(level, syslog.LOG_INFO)
        for line in entry.splitlines():
            syslog.syslog(priority, line)

    return write
