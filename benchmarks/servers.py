"""Servers in processes of their own, on one core, while the load comes from another."""

import os
import resource
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.daemon.daemon_process import Daemon

TREE = Path(__file__).parents[1]
CORES = sorted(os.sched_getaffinity(0))
SERVER, LOAD = CORES[:1], CORES[-1:]
"""Where the servers and the load run; the same core where there is but one."""


def allow_files() -> None:
    """Let this process and those that it starts have as many open files as may be: a daemon needs
    two for each person who may come."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def pin_load() -> None:
    """Keep this process off the servers' core."""
    os.sched_setaffinity(0, LOAD)


def cpu_seconds(pid: int) -> float:
    """What all threads of a process have used of a core, by the kernel's account."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


def resident_bytes(pid: int) -> int:
    """How much of a process is in memory."""
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class StraightLine:
    """`benchmarks.straight_line`, or another module that prints its port; `words` are for it."""

    def __init__(self, *words: str, module: str = "benchmarks.straight_line") -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *words], cwd=TREE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        self.pid = self._process.pid
        _pin(self.pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.wait()


class Chatd(Daemon):
    """A daemon as it is, with a data folder of its own."""

    def __init__(self, folder: Path, **given: str) -> None:
        super().__init__(folder, **given)
        _pin(self.pid)


def _pin(pid: int) -> None:
    """Have all threads of a process on the core of the servers."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), SERVER)
