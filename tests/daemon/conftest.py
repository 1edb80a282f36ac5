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


@pytest.fixture
def offers_may_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever was accepted has minutes to send an offer: a busy machine needs more than ten seconds
    for the programs that a test starts meanwhile."""
    folder = tmp_path / "offers may wait"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(
        "from chatd import limits\nlimits.OFFER_SECONDS = 600\n"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), str(TREE)]))


@pytest.fixture
def theirs() -> Iterator[Path]:
    """A folder of another account."""
    with folder_of_nobody() as folder:
        yield folder
