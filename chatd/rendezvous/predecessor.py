"""The daemon that this process takes over from, as seen by the new one (docs/operating.md,
"Upgrading").

What the two say, each a line, on a socket whose number is in the environment of the new one:

    old: the places where it listens with their sockets, and its pid file
    new: ready      the settings are read, and nothing is left to do but to take the data folder
    old: yours      it accepts nobody any more, and has written everything
    new: running    or, at any time, `failed REASON`; the old one then goes on
"""

import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

import msgspec
from twisted.application.service import Service
from twisted.internet.abstract import FileDescriptor

from chatd import limits
from chatd.errors import StartupError
from chatd.log.levels import logger
from chatd.rendezvous.listening import Work

VARIABLE = "CHATD_PREDECESSOR_SOCKET"
READY, YOURS, RUNNING, FAILED = b"ready", b"yours", b"running", b"failed "
MOST_PLACES = 253
"""Sockets that the kernel passes on at once."""


class Handed(msgspec.Struct):
    """What comes with the sockets: where each of them is, and the pid file, empty for none."""

    places: list[str]
    pid_file: str


def number_in(environ: Mapping[str, str]) -> int | None:
    """The descriptor of the socket to the old daemon; None where there is none."""
    text = environ.get(VARIABLE, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def report(environ: Mapping[str, str], reason: str) -> None:
    """Tell the old daemon, if there is one, why it has to go on."""
    number = number_in(environ)
    if number is None:
        return
    line = FAILED + reason.encode("ascii", "replace")[: limits.SUCCESSION_LINE - 10] + b"\n"
    try:
        os.write(number, line)
    except OSError:
        return  # it is gone, or has gone on already


class Predecessor(Service):
    """The old daemon, from what it hands over to its end, if there is one at all.

    `pid_file` is the one that is to have our number: from the end of the old daemon until ours
    where there was one, else twistd sees to it.
    """

    log = logger()

    def __init__(self, reactor: Any, channel: socket.socket | None, pid_file: str) -> None:
        self._reactor = reactor
        self._channel = channel
        self.is_there = channel is not None
        self.sockets: list[tuple[str, socket.socket]] = []
        """What it listens on, each with its description; some may have the same."""
        self.pid_file = pid_file
        self._has_file = False
        if channel is not None:
            self._receive(channel)

    @classmethod
    def of(cls, reactor: Any, environ: Mapping[str, str], pid_file: str) -> Self:
        """The one that has started this process; raises `StartupError`."""
        number = number_in(environ)
        try:
            channel = None if number is None else socket.socket(fileno=number)
        except OSError:
            raise _nobody() from None
        return cls(reactor, channel, pid_file)

    def first(self, work: Callable[[], Work]) -> Callable[[], Work]:
        """The same work, begun once the data folder is ours."""

        def begin() -> Work:
            if self._channel is not None:
                self._await_folder(self._channel)
            return work()

        return begin

    def startService(self) -> None:
        """Take over when the reactor runs and people are let in."""
        super().startService()  # type: ignore[no-untyped-call]
        if self._channel is not None:
            self._reactor.callWhenRunning(self._take_over, self._channel)

    def stopService(self) -> None:
        """Leave no pid file behind."""
        super().stopService()  # type: ignore[no-untyped-call]
        if self._has_file:
            Path(self.pid_file).unlink(missing_ok=True)

    # -- inside

    def _receive(self, channel: socket.socket) -> None:
        channel.settimeout(limits.SUCCESSION_SECONDS)
        try:
            data, descriptors, _, _ = socket.recv_fds(
                channel, limits.SUCCESSION_HANDED, MOST_PLACES
            )
            handed = msgspec.json.decode(data, type=Handed)
        except (OSError, ValueError):
            raise _nobody() from None
        found = [socket.socket(fileno=each) for each in descriptors]
        self.sockets = list(zip(handed.places, found, strict=False))
        self.pid_file = handed.pid_file

    @staticmethod
    def _await_folder(channel: socket.socket) -> None:
        try:
            channel.sendall(READY + b"\n")
            answer = channel.recv(limits.SUCCESSION_LINE)
        except OSError:
            answer = b""
        if answer != YOURS + b"\n":
            raise StartupError("the daemon that was to be taken over has not given way")

    def _take_over(self, channel: socket.socket) -> None:
        # The process that started us, until this line says to it that it may go.
        old = _Process(self._reactor, os.getppid(), self._gone)
        self._reactor.addReader(old)
        channel.sendall(RUNNING + b"\n")
        channel.close()

    def _gone(self) -> None:
        """The old one has removed its file."""
        if not self.pid_file or not self.running:
            return
        try:
            Path(self.pid_file).write_text(str(os.getpid()))
            self._has_file = True
        except OSError as error:
            self.log.error("cannot write the pid file: {reason}", reason=error.strerror)


class _Process(FileDescriptor):
    """A process whose end is waited for."""

    def __init__(self, reactor: Any, pid: int, gone: Callable[[], None]) -> None:
        super().__init__(reactor)
        self._handle = os.pidfd_open(pid)
        self._gone = gone

    def fileno(self) -> int:
        """Can be read from once it has ended."""
        return self._handle

    def doRead(self) -> None:
        """It has."""
        self.reactor.removeReader(self)
        os.close(self._handle)
        self._handle = -1
        self._gone()


def _nobody() -> StartupError:
    return StartupError("there is no daemon to take over from")
