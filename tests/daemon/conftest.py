"""One daemon for the tests that leave nothing behind on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from daemon_process import Daemon
from other_account import folder_of_nobody


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon on loopback, which has to live through all tests of a module."""
    with Daemon(tmp_path_factory.mktemp("daemon")) as running:
        yield running
        running.terminate()
        assert running.wait()


@pytest.fixture
def theirs() -> Iterator[Path]:
    """A folder of another account."""
    with folder_of_nobody() as folder:
        yield folder
