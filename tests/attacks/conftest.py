"""The processes that are attacked; the attackers have code of their own."""

import contextlib

import pytest
from daemon.daemon_process import Daemon
from independent import Identity
from processes.conftest import chat, start  # noqa: F401
from rogue_server import RogueServer
from stage import Stage


@pytest.fixture
def stage(start):  # noqa: F811
    """An honest daemon."""
    return Stage(start)


@pytest.fixture
def rogue():
    """A server that does as it pleases."""
    server = RogueServer(Identity())
    yield server
    server.close()


@pytest.fixture
def start_daemon(tmp_path):
    """Starts an honest daemon with the options that it is given."""
    with contextlib.ExitStack() as running:
        yield lambda **given: running.enter_context(Daemon(tmp_path, **given))
