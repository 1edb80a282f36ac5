"""What signals do to a daemon, and with which status it ends (docs/operating.md, "Stopping")."""

import atexit
import os
import signal
import sys
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any

from twisted.application.service import Service
from twisted.internet.error import ReactorNotRunning
from twisted.logger import Logger

from chatd.log.levels import logger

_ENDING = (signal.SIGTERM, signal.SIGINT)
_SURVIVED = (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)

Actions = Mapping[signal.Signals, Callable[[], object]]


class Signals(Service):
    """Those that end the daemon let it say goodbye, and its status is 0; others do what `actions`
    say, once the reactor runs, or nothing.

    A signal that someone else has a use for, as twistd has for SIGUSR1, or that was ignored when
    the daemon was started, as under nohup, stays as it is. SIGHUP ends a daemon whose terminal has
    gone: nobody could end it there any more.
    """

    log = logger()

    def __init__(self, reactor: Any, actions: Actions) -> None:
        self._reactor = reactor
        self._actions = actions
        self._had_terminal = False

    def privilegedStartService(self) -> None:
        """Survive from now on."""
        super().privilegedStartService()  # type: ignore[no-untyped-call]
        self._had_terminal = _has_terminal()
        for number in _SURVIVED:
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, self._survive)

    def startService(self) -> None:
        """End in good order, once the reactor runs: it has handlers of its own, after which twistd
        would end the process by the same signal once more."""
        super().startService()  # type: ignore[no-untyped-call]
        self._reactor.callWhenRunning(self._take_over)

    def _take_over(self) -> None:
        for number in _ENDING:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._end)

    def _survive(self, number: int, frame: FrameType | None) -> None:
        if number == signal.SIGHUP and self._had_terminal and not _has_terminal():
            self._end(number, frame)
            return
        action = self._actions.get(signal.Signals(number))
        self._say("{name}: nothing to do" if action is None else "{name}", number)
        if action is not None:
            self._reactor.callFromThread(action)

    def _end(self, number: int, frame: FrameType | None) -> None:
        self._say("{name}: stopping", number)
        self._reactor.callFromThread(stop, self._reactor, self.log)

    def _say(self, text: str, number: int) -> None:
        name = signal.Signals(number).name
        self._reactor.callFromThread(self.log.info, text, name=name)


def _has_terminal() -> bool:
    """Whether this process has a terminal that controls it."""
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True


def stop(reactor: Any, log: Logger) -> None:
    """End the process in good order; harmless while it is ending."""
    try:
        reactor.stop()
    except ReactorNotRunning:
        log.info("already stopping")


def stop_with_failure(reactor: Any) -> None:
    """End the process in good order, with status 1, for which twistd has no means."""
    atexit.register(_fail)
    reactor.callWhenRunning(reactor.stop)


def _fail() -> None:
    for stream in (sys.__stdout__, sys.__stderr__):
        if stream is not None and not stream.closed:
            stream.flush()
    os._exit(1)
