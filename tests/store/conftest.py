"""Fixtures for what is kept on disk."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from full_disk import Disk
from other_process import OtherProcess, Start
from storage_account import Account

from chatd.store import sealed


@pytest.fixture
def start() -> Iterator[Start]:
    """Start Python code in a real process of its own; whatever still runs at the end is killed."""
    started: list[OtherProcess] = []

    def start(code: str, *arguments: object) -> OtherProcess:
        started.append(OtherProcess(code, *arguments))
        return started[-1]

    yield start
    for process in started:
        process.kill()


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    """A disk that can be full."""
    disk = Disk()
    monkeypatch.setattr(os, "fsync", disk.fsync)
    return disk


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    """An account without profiles; what was picked in it is closed at the end."""
    account = Account(tmp_path / "data")
    yield account
    account.close()


@pytest.fixture
def _little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passphrases that are stretched with 64 KiB, which most tests can do with."""
    monkeypatch.setattr(sealed, "MEMORY", 64)
