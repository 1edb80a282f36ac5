"""One daemon for the tests that leave nothing behind on it."""

from collections.abc import Iterator

import pytest
from daemon_process import Daemon


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon on loopback, which has to live through all tests of a module."""
    with Daemon(tmp_path_factory.mktemp("daemon")) as running:
        yield running
        running.terminate()
        assert running.wait()
