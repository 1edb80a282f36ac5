"""What prevents a start only when the process has gone to the background or changed its account."""

import os
import subprocess
from pathlib import Path

import pytest
from daemon_process import LOOPBACK, TREE, WAYS, Daemon, command, environment
from free_ports import LOW, free_port
from other_account import NOBODY
from patience import SECONDS
from person import Person

pytestmark = pytest.mark.parametrize("way", WAYS)
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can change its account")


def late(way: str, folder: Path, *, foreground: bool, **given: str) -> tuple[int, str, str]:
    """Status, output and errors of a daemon that fails while it starts, once all of it is gone.

    Whoever starts a daemon hears of a failure before the process in the background has written
    its log and taken its pid file away.
    """
    gone, held = os.pipe()
    try:
        result = subprocess.run(
            command(way, folder, foreground=foreground, **given),
            env=environment(way, **given),
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
            pass_fds=[held],
        )
    finally:
        os.close(held)
    with open(gone, "rb") as ends:
        assert ends.read() == b""
    return result.returncode, result.stdout, result.stderr


@pytest.fixture
def spoiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is spoiled between the look at it and its use, by a module of the daemon's."""
    (tmp_path / "sitecustomize.py").write_text(
        "from chatd.rendezvous import admin, service\n"
        "from chatd.errors import StartupError\n"
        "def listen(*args):\n"
        "    raise StartupError('another daemon runs with this data folder', 'stop it first')\n"
        "service.listen = listen\n"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(TREE)]))
    return tmp_path


def test_a_late_failure_in_the_foreground(spoiled: Path, way: str) -> None:
    """One line on stderr, status 1, nothing of a traceback, and no pid file stays."""
    given = {"listen": LOOPBACK, "data_dir": str(spoiled / "data")}
    status, output, errors = late(way, spoiled, foreground=True, **given)
    line = "chatd: error: another daemon runs with this data folder (stop it first)\n"
    assert (status, errors) == (1, line)
    assert line in output
    assert "Traceback" not in output
    assert not (spoiled / "pid").exists()


def test_a_late_failure_in_the_background(spoiled: Path, way: str) -> None:
    """Whoever started it gets status 1 and the reason, and the log has it in one line."""
    given = {"listen": LOOPBACK, "data_dir": str(spoiled / "data")}
    status, _, errors = late(way, spoiled, foreground=False, **given)
    assert status == 1
    assert "another daemon runs with this data folder" in errors
    assert "Traceback" not in errors + (spoiled / "log").read_text()
    assert "another daemon runs with this data folder (stop" in (spoiled / "log").read_text()
    assert not (spoiled / "pid").exists()


def test_a_folder_in_use(tmp_path: Path, way: str) -> None:
    """A second daemon with the same folder ends with status 1, and the first does not notice."""
    with Daemon(tmp_path, way) as daemon:
        second = tmp_path / "second"
        second.mkdir()
        given = {"listen": LOOPBACK, "data_dir": str(tmp_path / "data")}
        status, _, errors = late(way, second, foreground=True, **given)
        line = "chatd: error: another daemon runs with this data folder (stop it first)\n"
        assert (status, errors) == (1, line)
        with Person(daemon.port) as person:
            person.login("here")
        daemon.terminate()
        assert daemon.wait()


@as_root
def test_another_account(theirs: Path, way: str) -> None:
    """With --uid everything that is written belongs to that account, and a port below 1024 is
    bound before; a second start finds all of it."""
    folder, front = theirs, ["--uid", "nobody"]
    listen = f"tcp:{free_port(LOW)}:interface=127.0.0.1"
    for _ in range(2):
        with Daemon(folder, way, front=front, listen=listen, data_dir="data") as daemon:
            with Person(daemon.port) as person:
                person.login("here")
            written = list((folder / "data").iterdir())
            made = {"server-key", "names.sqlite3", "relay-seed", "door-seed"}
            assert {path.name for path in written} >= made
            assert {path.stat().st_uid for path in written} == {NOBODY.pw_uid}
            daemon.terminate()
            assert daemon.wait()


@as_root
def test_an_account_that_may_not_write(tmp_path: Path, way: str) -> None:
    """What --uid cannot use is one line and status 1."""
    (tmp_path / "data").mkdir(mode=0o700)
    given = {"listen": LOOPBACK, "data_dir": str(tmp_path / "data" / "deeper")}
    result = subprocess.run(
        command(way, tmp_path, front=["--uid", "nobody"], **given),
        env=environment(way, **given),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith("chatd: error: cannot use the folder")
    assert "Traceback" not in result.stdout
