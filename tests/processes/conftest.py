"""A daemon and people, as real processes that are killed at the end of the test."""

import pytest
from chat_process import CHAT, Process
from stage import Stage


@pytest.fixture
def start(tmp_path):
    """Starts a process; its home is a folder of the test's."""
    started = []

    def start(command, home="home", **more):
        folder = tmp_path / home
        folder.mkdir(exist_ok=True)
        started.append(Process(command, folder, **more))
        return started[-1]

    yield start
    for process in reversed(started):
        process.kill()


@pytest.fixture
def stage(start):
    """A daemon that listens, and whoever is put on it."""
    return Stage(start)


@pytest.fixture
def chat(start):
    """Starts `chat` with these arguments, and no server in particular."""
    return lambda *arguments, **more: start([*CHAT, *arguments], **more)
