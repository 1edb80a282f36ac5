"""A real daemon that is upgraded, stopped and killed again and again, always at one port."""

import contextlib
import ctypes
import os
import select
import signal
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from daemon.daemon_process import command, environment
from free_ports import free_port
from patience import SECONDS
from soak.census import Census
from soak.log_lines import TAKEN_OVER

from chatd.control.asking import ask
from chatd.rendezvous.admin import SOCKET

T = TypeVar("T")
ADOPT = 36
"""PR_SET_CHILD_SUBREAPER of prctl(2): the processes that take over are ours to wait for."""


class Stuck(Exception):
    """Something did not come."""


def until(what: str, found: Callable[[], T | None], seconds: float = SECONDS) -> T:
    """What is there once something is."""
    deadline = time.monotonic() + seconds
    while (value := found()) is None:
        if time.monotonic() > deadline:
            raise Stuck(what)
        time.sleep(0.02)
    return value


class Server:
    """The process that has the data folder, its log, and what it says of itself."""

    def __init__(self, folder: Path, **given: str) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.port = free_port()
        self._given = {
            "listen": f"tcp:{self.port}:interface=127.0.0.1",
            "data_dir": str(self.data),
            "logfile": str(folder / "log"),
            **given,
        }
        self.pid = 0
        self.lines: list[str] = []
        """What it has logged, in the order in which it was written."""
        self._log: Any = None
        self._half = ""
        self._began = 0
        """How many lines there were when the present process was started."""
        ctypes.CDLL(None).prctl(ADOPT, 1, 0, 0, 0)

    # -- its lives

    def start(self) -> None:
        """Start it and wait until it lets people in."""
        self.read_log()
        self._began = len(self.lines)
        output = (self.folder / "output").open("ab")
        with output:
            self.pid = subprocess.Popen(
                command("program", self.folder, **self._given),
                env=environment("program"),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            ).pid
        self.wait_for(f"port {self.port}")
        until("a greeting", self._greets)

    def upgrade(self) -> None:
        """Have a new process take over, and wait until the old one is gone."""
        old = self.pid
        self._began = len(self.lines)
        os.kill(old, signal.SIGUSR2)
        line = self.wait_for(" has taken over", "no upgrade")
        found = TAKEN_OVER.search(line)
        if found is None:
            raise Stuck(line)
        self.pid = int(found[1])
        self._ended(old)

    def stop(self) -> None:
        """End it in good order."""
        os.kill(self.pid, signal.SIGTERM)
        self._ended(self.pid)

    def kill(self) -> None:
        """End it at once."""
        os.kill(self.pid, signal.SIGKILL)
        self._wait(self.pid)

    def cut(self) -> None:
        """Leave no process behind, whatever went wrong: those that ours have started as well."""
        while children := _children():
            for each in children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(each, signal.SIGKILL)
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(each, 0)

    def signal(self, number: signal.Signals) -> None:
        """Send it one."""
        os.kill(self.pid, number)

    def _ended(self, pid: int) -> None:
        status = self._wait(pid)
        if status != 0:
            raise Stuck(f"process {pid} ended with {status}")

    def _wait(self, pid: int) -> int:
        handle = os.pidfd_open(pid)
        try:
            if not select.select([handle], [], [], SECONDS)[0]:
                raise Stuck(f"process {pid} does not end")
        finally:
            os.close(handle)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def _greets(self) -> bool | None:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self.port)) as line,
        ):
            return bool(line.recv(1)) or None
        return None

    # -- its log

    def wait_for(self, *texts: str) -> str:
        """The first line with one of these since the process was started, or was told to go."""

        def found() -> str | None:
            self.read_log()
            new = self.lines[self._began :]
            return next((line for line in new if any(text in line for text in texts)), None)

        return until(f"{texts[0]!r} in the log", found)

    def read_log(self) -> None:
        """Take what is new, also of a file that was begun anew since."""
        path = self.folder / "log"
        while True:
            moved = self._log is None or not self._is(path)
            if self._log is not None:
                *whole, self._half = (self._half + self._log.read()).split("\n")
                self.lines += whole
            if not moved or not path.exists():
                return
            if self._log is not None:
                self._log.close()
            self._log = path.open()

    def _is(self, path: Path) -> bool:
        try:
            return os.path.samestat(os.fstat(self._log.fileno()), path.stat())
        except FileNotFoundError:
            return True  # it is just being moved

    # -- what it says of itself

    def ask(self, **question: str) -> dict[str, Any]:
        """What it answers to its operator."""
        return ask(self.data / SOCKET, question, SECONDS)

    def names(self) -> Iterator[tuple[str, str]]:
        """Each name with the fingerprint of its key."""
        after = ""
        while page := self.ask(do="names", after=after)["names"]:
            for each in page:
                yield each["name"], each["key"]
            after = page[-1]["name"]

    def census(self) -> Census:
        """What is open in it and what it has to do."""
        figures = self.ask(do="figures")["figures"]
        folder = Path(f"/proc/{self.pid}/fd")
        targets = []
        for each in folder.iterdir():
            with contextlib.suppress(OSError):  # closed meanwhile
                targets.append(os.readlink(each))
        return Census.of(figures, Counter(_kind(each) for each in targets))


def _children() -> list[int]:
    tasks = Path("/proc/self/task").iterdir()
    return [int(each) for task in tasks for each in (task / "children").read_text().split()]


def _kind(target: str) -> str:
    """What a descriptor leads to, without the number of this one."""
    return target.split(":[")[0].split(" (deleted)")[0].rstrip("0123456789")
