"""A real daemon, and real clients in terminals of their own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from stories.terminals import ChatTerminal, Daemon


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    """A daemon on a free port of loopback."""
    running = Daemon(tmp_path / "server")
    yield running
    running.close()


@pytest.fixture
def person(tmp_path: Path, daemon: Daemon) -> Iterator[Callable[..., ChatTerminal]]:
    """Starts someone's client in a terminal."""
    opened: list[ChatTerminal] = []

    def start(name: str | None, *args: str, account: str = "one", **size: int) -> ChatTerminal:
        opened.append(ChatTerminal(tmp_path / account, daemon.port, name, *args, **size))
        return opened[-1]

    yield start
    for terminal in opened:
        terminal.close()
