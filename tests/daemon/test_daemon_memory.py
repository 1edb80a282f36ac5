"""What people cost who are logged in and say nothing (docs/performance.md)."""

from contextlib import ExitStack
from pathlib import Path

import pytest
from daemon_process import Daemon
from person import Person
from soak.probing import Probing

FEW, MANY = 200, 800
MOST = 4500
"""Bytes of one more person that the allocator of the C library has given out, which are counted to
the byte, a quarter more than Python's own takes for the same; what is resident grows by pages."""


@pytest.mark.parametrize("suite", ["gcm", pytest.param("cbc", marks=pytest.mark.slow)])
def test_an_idle_person_takes_little_memory(
    tmp_path: Path, suite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In either suite, each with a key, a name and an address of their own."""
    probing = Probing(tmp_path, monkeypatch)
    with Daemon(tmp_path, relay="off") as daemon, ExitStack() as people:
        before = 0
        for number in range(MANY):
            if number == FEW:
                before = probing.alive(daemon.pid)["bytes"]
            source = f"127.5.{number // 200}.{1 + number % 200}"
            person = Person(daemon.port, suites=(suite,), source=source)
            people.enter_context(person).login(f"n{number}")
        cost = (probing.alive(daemon.pid)["bytes"] - before) / (MANY - FEW)
    assert cost < MOST
