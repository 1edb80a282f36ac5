"""Has a new process take over from this one while nobody finds the door closed (docs/operating.md,
"Upgrading"); `predecessor` has what the two say to each other."""

import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, connectionDone
from twisted.protocols.basic import LineOnlyReceiver
from twisted.python.failure import Failure

from chatd import limits
from chatd.errors import ChatdError
from chatd.log.levels import logger
from chatd.rendezvous.listening import Listening
from chatd.rendezvous.ports import Place
from chatd.rendezvous.predecessor import FAILED, READY, RUNNING, VARIABLE, YOURS, Handed
from chatd.rendezvous.signals import stop, stop_with_failure
from chatd.rendezvous.supervisor import Supervisor
from chatd.safe_line import safe_line
from chatd.timer import Timer


def same_again(more: Sequence[str] = ()) -> list[str]:
    """The command line of this process, `more` at its end if that is not there yet."""
    words = [sys.executable, *sys.orig_argv[1:]]
    return words if not more or words[-len(more) :] == list(more) else [*words, *more]


class Succession:
    """Starts the new process and gives way to it, or goes on if that does not come so far."""

    log = logger()

    def __init__(
        self,
        reactor: Any,
        command: Sequence[str],
        places: Sequence[Place],
        listening: Listening,
        supervisor: Supervisor,
        pid_file: str,
    ) -> None:
        self._reactor = reactor
        self._command = command
        self._places = places
        self._listening = listening
        self._supervisor = supervisor
        self._pid_file = pid_file
        self._new: subprocess.Popen[bytes] | None = None
        self._letting_go: Deferred[None] | None = None
        self._timer = Timer(reactor, lambda _: self._too_slow())
        self._reason = ""

    def begin(self) -> None:
        """Start the new process, unless there is one."""
        if self._new is not None:
            self.log.info("an upgrade is under way already")
            return
        try:
            self._start()
        except OSError as error:
            self._reason = (error.strerror or "unknown").lower()
            self._go_on()

    # -- called by the channel

    def said(self, line: bytes, channel: "_Channel") -> None:
        """One line of the new process."""
        if line == READY and self._letting_go is None:
            for place in self._places:
                place.bound.pause()
            self._letting_go = self._listening.let_go()
            self._letting_go.addCallback(lambda _: channel.say(YOURS))
        elif line == RUNNING and self._letting_go is not None:
            self._give_way()
        elif line.startswith(FAILED):
            self._reason = safe_line(line.removeprefix(FAILED).decode("ascii", "replace"), 500)

    def gone(self) -> None:
        """The new process is no more, or not to be waited for; harmless if it has taken over."""
        if self._new is not None and self._timer.due is not None:
            self._go_on()

    # -- inside

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            environ = {**os.environ, VARIABLE: str(theirs.fileno())}
            environ.pop("WATCHDOG_PID", None)
            self._new = subprocess.Popen(
                self._command, env=environ, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL
            )
            pid_file = str(Path(self._pid_file).absolute()) if self._pid_file else ""
            held = [(each.description, each.bound.socket) for each in self._places]
            places = [(where, tcp.fileno()) for where, tcp in held if tcp is not None]
            handed = msgspec.json.encode(Handed([where for where, _ in places], pid_file))
            socket.send_fds(ours, [handed], [number for _, number in places])
            ours.setblocking(False)
            channel = Factory.forProtocol(lambda: _Channel(self))
            channel.noisy = False
            self._reactor.adoptStreamConnection(ours.fileno(), socket.AF_UNIX, channel)
        self._timer.after(limits.SUCCESSION_SECONDS)
        self.log.info("process {pid} is to take over", pid=self._new.pid)

    def _too_slow(self) -> None:
        self._reason = f"it did not take over within {limits.SUCCESSION_SECONDS} s"
        self._go_on()

    def _go_on(self) -> None:
        """Be the daemon as before."""
        new, letting_go = self._new, self._letting_go
        self._new = self._letting_go = None
        self._timer.stop()
        if new is not None:
            new.kill()
            new.wait()
        reason = self._reason or "the new process ended"
        self._reason = ""
        self.log.error("no upgrade, and this process goes on: {reason}", reason=reason)
        if letting_go is not None:
            letting_go.addCallback(lambda _: self._take_again())

    def _take_again(self) -> None:
        try:
            self._listening.take_again()
        except ChatdError as error:
            self.log.error("{reason}", reason=str(error))
            stop_with_failure(self._reactor)
        for place in self._places:
            place.bound.resume()

    def _give_way(self) -> None:
        """The new process accepts people; this one has only to see off its own."""
        assert self._new is not None
        self._timer.stop()
        self._supervisor.give_way(self._new.pid)
        self.log.info("process {pid} has taken over", pid=self._new.pid)
        stop(self._reactor, self.log)


class _Channel(LineOnlyReceiver):
    """The socket between the two."""

    delimiter = b"\n"
    MAX_LENGTH = limits.SUCCESSION_LINE

    def __init__(self, succession: Succession) -> None:
        self._succession = succession

    def say(self, word: bytes) -> None:
        """One word to it."""
        self.sendLine(word)  # type: ignore[no-untyped-call]

    def lineReceived(self, line: bytes) -> None:
        """One word of the new process."""
        self._succession.said(line, self)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """It has ended, or closed it."""
        self._succession.gone()
