"""Where the agent listens, and who is believed to be it."""

import os
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatd.agent import place
from chatd.control.asking import NotOurs
from chatd.errors import ChatdError
from chatd.files import Locked


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The runtime folder of the account."""
    folder = tmp_path / "run"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    return folder


@pytest.fixture
def listener(folder: Path) -> Iterator[socket.socket]:
    """Something that listens in the place of the agent."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(place.prepared()))
        listening.listen()
        yield listening


def test_the_folder_is_made_for_the_account_alone(folder: Path) -> None:
    """Where there is none, and kept where there is one."""
    for _ in range(2):
        assert place.prepared() == folder / "chatd" / "agent.sock"
        assert (folder / "chatd").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o701, 0o710, 0o750, 0o777])
def test_a_folder_that_others_can_enter_is_not_used(folder: Path, mode: int) -> None:
    """They could connect, or put another socket there."""
    (folder / "chatd").mkdir()
    os.chmod(folder / "chatd", mode)
    with pytest.raises(ChatdError):
        place.prepared()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make a folder for somebody else")
def test_a_folder_that_others_made_is_not_used(folder: Path) -> None:
    """Also through a link, and although it could be written to."""
    theirs = folder / "theirs"
    theirs.mkdir(mode=0o700)
    os.chown(theirs, 65534, 65534)
    (folder / "chatd").symlink_to(theirs)
    with pytest.raises(ChatdError):
        place.prepared()
    (folder / "chatd").unlink()
    theirs.rename(folder / "chatd")
    with pytest.raises(ChatdError):
        place.prepared()


def test_whoever_answers_for_another_account_is_told_nothing(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel says who it is; before that nothing is sent."""
    uid = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: uid + 1)
    with pytest.raises(NotOurs):
        place.connected(5)
    connection, _ = listener.accept()
    with connection:
        assert connection.recv(100) == b""


def test_our_own_agent_is_believed(listener: socket.socket) -> None:
    """It runs as the same account."""
    connection = place.connected(5)
    assert connection is not None
    connection.close()


def test_no_agent(folder: Path) -> None:
    """Neither where there never was one, nor where one was killed."""
    assert place.connected(5) is None
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(place.prepared()))
    assert place.connected(5) is None


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"LISTEN_FDS": "1"},
        {"LISTEN_FDS": "1", "LISTEN_PID": "8"},
        {"LISTEN_FDS": "0", "LISTEN_PID": "7"},
        {"LISTEN_FDS": "many", "LISTEN_PID": "7"},
    ],
)
def test_no_socket_was_passed_on(environ: dict[str, str]) -> None:
    """Not to us, or none at all; no child is told of one either."""
    assert place.passed_on(environ, 7) is None
    assert environ == {}


def test_the_owner_is_read_from_the_kernel(listener: socket.socket) -> None:
    """As it is laid out there: pid, uid, gid."""
    connection = place.connected(5)
    assert connection is not None
    there, _ = listener.accept()
    with there:
        found = there.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        assert struct.unpack("3i", found)[1] == connection.owner == os.getuid()
    connection.close()


def test_an_agent_runs_while_its_lock_names_a_process(folder: Path) -> None:
    """Also without a look at its socket, which would start one; whoever has the lock is the only
    one."""
    path = place.prepared()
    assert not place.is_running()
    with place.taken(path):
        assert place.is_running()
        with pytest.raises(Locked):
            place.taken(path)
    path.with_suffix(".lock").write_text(str(2**22 + 1))  # no process has it
    assert not place.is_running()
