"""What people cost who are logged in and say nothing (docs/performance.md)."""

import os
from contextlib import ExitStack
from pathlib import Path

import pytest
from daemon_process import Daemon
from person import Person

FEW, MANY = 200, 800
MOST = 3584
"""Bytes of one more person."""


def resident(pid: int) -> int:
    """Bytes of a process that are in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("suite", ["gcm", pytest.param("cbc", marks=pytest.mark.slow)])
def test_an_idle_person_takes_little_memory(tmp_path: Path, suite: str) -> None:
    """In either suite, each with a key, a name and an address of their own."""
    with Daemon(tmp_path, relay="off") as daemon, ExitStack() as people:
        before = 0
        for number in range(MANY):
            if number == FEW:
                before = resident(daemon.pid)
            source = f"127.5.{number // 200}.{1 + number % 200}"
            person = Person(daemon.port, suites=(suite,), source=source)
            people.enter_context(person).login(f"n{number}")
        cost = (resident(daemon.pid) - before) / (MANY - FEW)
    assert cost < MOST
