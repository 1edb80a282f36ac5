"""What a daemon says to the service manager that started it."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from twisted.internet.task import Clock

from chatd.rendezvous.supervisor import Supervised, Supervisor


class Reactor(Clock):
    """One that runs already."""

    def callWhenRunning(self, what: object) -> None:
        assert callable(what)
        what()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """A service manager."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(tmp_path / "notify"))
        line.setblocking(False)
        yield line


def environ(manager: socket.socket, **more: str) -> dict[str, str]:
    """What a process of that manager finds in its environment."""
    return {"NOTIFY_SOCKET": manager.getsockname(), **more}


def heard(manager: socket.socket) -> list[str]:
    """All that was said."""
    said: list[str] = []
    while True:
        try:
            said.append(manager.recv(4096).decode())
        except BlockingIOError:
            return said


def test_from_ready_to_stopping(manager: socket.socket) -> None:
    """It says that it is alive twice in each period, until it is gone."""
    clock = Reactor()
    variables = environ(manager, WATCHDOG_USEC="30000000", WATCHDOG_PID=str(os.getpid()))
    service = Supervised(clock, Supervisor(variables, os.getpid()))
    service.startService()
    assert heard(manager) == ["READY=1", "WATCHDOG=1"]
    clock.advance(14)
    assert heard(manager) == []
    clock.advance(1)
    assert heard(manager) == ["WATCHDOG=1"]
    service.stopService()
    clock.advance(15)
    assert heard(manager) == ["STOPPING=1", "WATCHDOG=1"]


@pytest.mark.parametrize(
    "watchdog",
    [
        {},
        {"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"},
        {"WATCHDOG_USEC": "soon"},
        {"WATCHDOG_USEC": "0"},
        {"WATCHDOG_USEC": "-5"},
    ],
)
def test_a_watchdog_of_nobody(manager: socket.socket, watchdog: dict[str, str]) -> None:
    """Where there is none, or it watches another process, nothing is said again and again."""
    clock = Reactor()
    Supervised(clock, Supervisor(environ(manager, **watchdog), 77)).startService()
    assert heard(manager) == ["READY=1"]
    assert not clock.getDelayedCalls()


def test_a_manager_in_a_namespace_of_the_kernel() -> None:
    """A name that begins with @ is no file."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind("")  # the kernel chooses one
        name = "@" + line.getsockname()[1:].decode()
        Supervisor({"NOTIFY_SOCKET": name}, 77).say("STATUS=here", "READY=1")
        assert line.recv(4096) == b"STATUS=here\nREADY=1"


@pytest.mark.parametrize("name", ["", "/nowhere/at/all", "x" * 300])
def test_a_manager_that_is_not_there(name: str) -> None:
    """Nothing comes of it."""
    Supervisor({"NOTIFY_SOCKET": name}, 77).say("READY=1")


def test_a_manager_that_does_not_read(manager: socket.socket) -> None:
    """It is not waited for."""
    supervisor = Supervisor(environ(manager), 77)
    for _ in range(10_000):
        supervisor.say("WATCHDOG=1")
    assert 0 < len(heard(manager)) < 10_000
