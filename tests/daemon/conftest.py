"""One daemon for the tests that leave nothing behind on it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from daemon_process import TREE, Daemon
from other_account import folder_of_nobody


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon on loopback, which has to live through all tests of a module."""
    with Daemon(tmp_path_factory.mktemp("daemon")) as running:
        yield running
        running.terminate()
        assert running.wait()


def _begin_with(folder: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    """Have every daemon begin with other limits."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(f"from chatd import limits\n{line}\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), str(TREE)]))


@pytest.fixture
def offers_may_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever was accepted has minutes to send an offer: a busy machine needs more than ten seconds
    for the programs that a test starts meanwhile."""
    _begin_with(tmp_path / "limits", monkeypatch, "limits.OFFER_SECONDS = 600")


@pytest.fixture
def disk_may_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk has minutes to answer: on a busy machine it is not the one that is slow."""
    _begin_with(tmp_path / "limits", monkeypatch, "limits.DISK_SECONDS = 600")


@pytest.fixture
def theirs() -> Iterator[Path]:
    """A folder of another account."""
    with folder_of_nobody() as folder:
        yield folder
