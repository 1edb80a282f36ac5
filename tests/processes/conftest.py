"""A daemon and people, as real processes that are killed at the end of the test."""

import os
import socket

import free_ports
import pexpect
import pytest
from chat_process import CHAT, Process
from patience import SECONDS
from stage import Stage

ENVIRONMENT = {name: os.environ[name] for name in ("PATH", "VIRTUAL_ENV") if name in os.environ}


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
def everywhere(start):
    """As `stage`, on all IPv4 addresses of this machine."""
    return Stage(start, "--listen", "tcp:0:interface=0.0.0.0")


@pytest.fixture
def chat(start):
    """Starts `chat` with these arguments, and no server in particular."""
    return lambda *arguments, **more: start([*CHAT, *arguments], **more)


@pytest.fixture
def held_port():
    """A port at which nobody listens, held so that nobody else begins to."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@pytest.fixture
def free_port():
    """A port that was free a moment ago."""
    return free_ports.free_port()


@pytest.fixture
def terminal(tmp_path):
    """Runs `chat` with these arguments at a terminal; the home is that of `stage.person`.

    With `lines`, a file, that is its standard input; `shell` is a script that runs it as "$@".
    """
    spawned = []

    def run(*arguments, home="alice", lines=None, shell=None):
        folder = tmp_path / home
        folder.mkdir(exist_ok=True)
        environment = ENVIRONMENT | {
            "HOME": str(folder),
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_RUNTIME_DIR": str(folder / "run"),
            "LANG": "C.UTF-8",
            "TERM": "xterm",
            "NO_COLOR": "1",
            "PROMPT_TOOLKIT_NO_CPR": "1",
        }
        piped = ["sh", "-c", f'"$@" < {lines}', "sh"] if lines else []
        piped = ["bash", "-c", shell, "bash"] if shell else piped
        command = [*piped, *CHAT, *arguments]
        child = pexpect.spawn(
            command[0],
            command[1:],
            env=environment,
            cwd=str(folder),
            encoding="utf-8",
            timeout=SECONDS,
        )
        spawned.append(child)
        return child

    yield run
    for child in spawned:
        child.close(force=True)
