"""What a daemon says to the service manager that started it, as systemd understands it (sd_notify).

Nothing is said where nobody listens: `NOTIFY_SOCKET` names the datagram socket, `WATCHDOG_USEC` how
often to say that the reactor runs.
"""

import socket
from collections.abc import Mapping
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall

READY, STOPPING, ALIVE = "READY=1", "STOPPING=1", "WATCHDOG=1"


class Supervisor:
    """Whoever started this process and wants to know how it does."""

    def __init__(self, environ: Mapping[str, str], pid: int) -> None:
        name = environ.get("NOTIFY_SOCKET", "")
        # Those that begin with @ are in a namespace of the kernel instead of on a disk.
        self._address = "\0" + name[1:] if name.startswith("@") else name
        self.watchdog = _watchdog(environ, pid)
        """Within how many seconds to say that the process is alive; None for never."""

    def say(self, *words: str) -> None:
        """Send `NAME=VALUE` words; nobody waits for an answer, nor is missed."""
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as line:
            try:
                line.sendto("\n".join(words).encode(), self._address)
            except OSError:
                return  # it is gone, or does not read; to us that makes no difference

    def give_way(self, pid: int) -> None:
        """Another process is the daemon now, and speaks for itself; what it has said before may
        not have counted."""
        self.say(f"MAINPID={pid}", ALIVE)
        self._address = ""


def _watchdog(environ: Mapping[str, str], pid: int) -> float | None:
    microseconds = environ.get("WATCHDOG_USEC", "")
    is_ours = environ.get("WATCHDOG_PID", str(pid)) == str(pid)
    if not is_ours or not microseconds.isascii() or not microseconds.isdigit():
        return None
    return int(microseconds[:15]) / 1e6 or None


class Supervised(Service):
    """Says when the daemon is ready, that it is alive, and when it begins to stop."""

    def __init__(self, reactor: Any, supervisor: Supervisor) -> None:
        self._reactor = reactor
        self._supervisor = supervisor
        self._alive = LoopingCall(supervisor.say, ALIVE)
        self._alive.clock = reactor

    def startService(self) -> None:
        """Ready once the reactor runs: a signal before that would end the process."""
        super().startService()  # type: ignore[no-untyped-call]
        self._reactor.callWhenRunning(self._ready)

    def stopService(self) -> Deferred[None] | None:
        """Say so; it stays alive until its last link is gone."""
        self._supervisor.say(STOPPING)
        stopping: Deferred[None] | None = super().stopService()  # type: ignore[no-untyped-call]
        return stopping

    def _ready(self) -> None:
        self._supervisor.say(READY)
        if self._supervisor.watchdog is not None:
            # Twice in each period, so that one late turn is no reason to be killed.
            self._alive.start(self._supervisor.watchdog / 2)
