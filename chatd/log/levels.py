"""The loggers of the daemon: debug lines come only on demand, from all of its parts."""

import sys

from twisted.logger import (
    FilteringLogObserver,
    Logger,
    LogLevel,
    LogLevelFilterPredicate,
    globalLogPublisher,
)

_LEVELS = LogLevelFilterPredicate(defaultLogLevel=LogLevel.info)
_debugs = False
_OUTLET = FilteringLogObserver(globalLogPublisher, [_LEVELS])


def logger() -> Logger:
    """A logger for a class of the daemon, as its attribute, or for the module that asks for it."""
    return Logger(sys._getframe(1).f_globals["__name__"], observer=_OUTLET)


def debugs() -> bool:
    """Whether a line of the debug level is worth making."""
    return _debugs


def show_debug(shown: bool) -> None:
    """Let lines of the debug level through, or not."""
    global _debugs
    _debugs = shown
    _LEVELS.setLogLevelForNamespace("chatd", LogLevel.debug if shown else LogLevel.info)
