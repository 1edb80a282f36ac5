"""A pid file that stands for nobody keeps no daemon from starting."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from daemon_process import LOOPBACK, Daemon, attempt, command, end, environment
from patience import SECONDS
from person import Person

from chatd import pid_file
from chatd.errors import StartupError


def options(path: Path | str, **given: object) -> dict[str, object]:
    """Those of twistd."""
    return {"nodaemon": False, "pidfile": str(path), "logfile": "", "syslog": True, **given}


@pytest.mark.parametrize("content", ["", "\n", "4194305", "99999999999999999999", "own", "other"])
def test_a_file_that_stands_for_nobody_is_removed(tmp_path: Path, content: str) -> None:
    """Empty, of a process that is gone, of ourselves as in a container, or of another program, as
    one in a folder that is called so, or that reads the settings."""
    path = tmp_path / "pid"
    given = options(path)
    words = [sys.executable, "-c", "input()", "/srv/chatd/bin/python", "/etc/chatd.toml"]
    with subprocess.Popen(words, stdin=subprocess.PIPE) as other:
        pids = {"own": os.getpid(), "other": other.pid}
        path.write_text(str(pids.get(content, content)))
        pid_file.settle(given)
        other.kill()
    assert not path.exists()
    assert given["pidfile"] == str(path)


@pytest.mark.parametrize("nodaemon", [True, False])
def test_a_log_that_cannot_be_written(tmp_path: Path, *, nodaemon: bool) -> None:
    """It is said by name, in the foreground as well; standard output is always there."""
    where = {"nodaemon": nodaemon, "syslog": False}
    pid_file.settle(options("", logfile="-", **where))
    pid_file.settle(options("", logfile=str(tmp_path / "log"), **where))
    with pytest.raises(StartupError, match=r"cannot write the log .*gone/log"):
        pid_file.settle(options("", logfile=str(tmp_path / "gone" / "log"), **where))


def test_the_file_of_a_daemon_stays(tmp_path: Path) -> None:
    """A daemon that runs is not started twice, and goes on."""
    assert attempt("plugin", tmp_path, listen=LOOPBACK, data_dir="data").returncode == 0
    pid = int((tmp_path / "pid").read_text())
    try:
        second = attempt("plugin", tmp_path, listen=LOOPBACK, data_dir="other")
        assert second.returncode == 1
        assert f"PID {pid}" in second.stderr
        assert int((tmp_path / "pid").read_text()) == pid
    finally:
        end(pid)


def test_a_daemon_that_was_killed_starts_again(tmp_path: Path) -> None:
    """Its file says a number that somebody else has by now."""
    (tmp_path / "pid").write_text(str(os.getpid()))
    with Daemon(tmp_path) as daemon, Person(daemon.port) as person:
        person.login("here")


@pytest.mark.parametrize(
    ("content", "words"),
    [("root:x:0:0", "is no pid file"), ("-1", "is no pid file"), (None, "cannot write the pid")],
)
def test_what_is_no_pid_file_stays(tmp_path: Path, content: str | None, words: str) -> None:
    """One line, status 1, and nothing is removed."""
    path = tmp_path / "pid"
    path.write_text(content) if content else path.mkdir()
    result = attempt("plugin", tmp_path, listen=LOOPBACK, data_dir="data")
    (line,) = result.stderr.splitlines()
    assert result.returncode == 1
    assert line.startswith("chatd: error: ")
    assert words in line
    assert path.is_dir() or path.read_text() == content


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """A folder in which this account cannot write."""
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o555)
    if os.geteuid() == 0:
        os.chown(folder, 65534, 65534)
    return folder


def powerless() -> list[str]:
    """What a command line begins with, so that root is not above the modes of files either."""
    setpriv = shutil.which("setpriv")
    if os.geteuid() != 0:
        return []
    if setpriv is None:
        pytest.skip("needs setpriv, or another account than root")
    return [setpriv, "--bounding-set", "-dac_override,-dac_read_search,-fowner"]


@pytest.mark.parametrize("way", ["program", "plugin"])
@pytest.mark.parametrize("foreground", [True, False])
def test_a_start_from_a_folder_in_which_nothing_can_be_written(
    tmp_path: Path, closed: Path, way: str, *, foreground: bool
) -> None:
    """In the foreground it needs no file there; in the background it says what it needs."""
    given = {"listen": LOOPBACK, "data_dir": str(tmp_path / "data")}
    words = command(way, tmp_path, foreground=foreground, **given)
    words = [word for word in words if "pidfile" not in word and "logfile" not in word]
    process = subprocess.Popen(
        [*powerless(), *words],
        cwd=closed,
        env=environment(way),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    if foreground:
        assert any("listening on" in line for line in process.stdout)
        process.terminate()
    output, errors = process.communicate(timeout=SECONDS)
    assert "Traceback" not in output + errors
    if not foreground:
        assert process.returncode == 1
        said = f"chatd: error: cannot write the pid file {closed / 'twistd.pid'}"
        assert errors.startswith(said)
        assert "give another place with --pidfile" in errors
    assert not list(closed.iterdir())
