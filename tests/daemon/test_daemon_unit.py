"""The units for systemd in `deploy/`, and a daemon whose port is held by somebody else."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from daemon_process import TREE, Daemon, end
from free_ports import LOW, free_port
from patience import SECONDS
from person import Person

UNITS = [TREE / "deploy" / name for name in ("chatd.service", "chatd.socket")]
OF_ACCOUNTS = [TREE / "deploy" / name for name in ("chat-agent.service", "chat-agent.socket")]
INSTALLED = re.compile(r"(?:/opt/chatd|%h/\.local)/bin/(\w+)")
MOST_EXPOSED = {"--system": 20, "--user": 70}
"""Tenths, on the scale of systemd-analyze, which ends at a hundred; an account's own manager has
no right to most of what makes it less."""


def tool(name: str) -> str:
    """A program of systemd's."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"there is no {name}")
    return found


def ours(text: str) -> str:
    """A line of a unit with the programs of this installation."""
    return INSTALLED.sub(lambda found: str(Path(sys.executable).with_name(found[1])), text)


def started_by_the_unit() -> list[str]:
    """The command line in the unit."""
    (line,) = re.findall(r"^ExecStart=(.*)$", UNITS[0].read_text(), re.MULTILINE)
    return ours(line).split()


@pytest.fixture(params=[("--system", UNITS), ("--user", OF_ACCOUNTS)], ids=["system", "user"])
def analyze(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[list[str], list[Path]]:
    """The beginning of a command of systemd-analyze, and the units with our programs."""
    whose, units = request.param
    made = [tmp_path / unit.name for unit in units]
    for path, unit in zip(made, units, strict=True):
        path.write_text(ours(unit.read_text()))
    return [tool("env"), f"XDG_RUNTIME_DIR={tmp_path}", tool("systemd-analyze"), whose], made


def test_systemd_understands_the_units(analyze: tuple[list[str], list[Path]]) -> None:
    """Each line of them; what it does not know it says."""
    command, units = analyze
    verify = [*command, "verify", *units]
    result = subprocess.run(verify, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr, result.stdout) == (0, "", "")


def test_the_services_may_do_little(analyze: tuple[list[str], list[Path]]) -> None:
    """Their exposure has a bound."""
    command, units = analyze
    most = f"--threshold={MOST_EXPOSED[command[-1]] - 1}"
    security = [*command, "security", "--offline=true", most, units[0]]
    result = subprocess.run(security, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


@contextmanager
def activated(
    folder: Path, address: str, command: Sequence[str]
) -> Iterator[subprocess.Popen[str]]:
    """A socket as systemd holds it, whose first connection starts a daemon; killed at the end."""
    hold = [tool("systemd-socket-activate"), "--fdname=chatd", f"--listen={address}"]
    kept = f"--setenv=STATE_DIRECTORY={folder / 'data'}"
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [*hold, kept, *command], cwd=folder, stdout=log, stderr=log, text=True
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def connected(port: int, host: str = "127.0.0.1") -> socket.socket:
    """The first connection to a socket that may not be there yet."""
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            return socket.create_connection((host, port), SECONDS)
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, "nobody holds the socket"
            time.sleep(0.01)


def end_in_good_order(process: subprocess.Popen[str]) -> None:
    """Ask it to end, and look at its status."""
    process.send_signal(signal.SIGTERM)
    assert process.wait(SECONDS) == 0


def test_a_socket_starts_the_daemon(tmp_path: Path) -> None:
    """As the unit starts it: whoever connects before there is a daemon waits, and is greeted."""
    port = free_port()
    with activated(tmp_path, f"[::]:{port}", started_by_the_unit()) as process:
        with connected(port) as first:
            assert first.recv(1)
        with Person(port) as person:
            assert person.login("person").name == "person"
        end_in_good_order(process)
    log = (tmp_path / "log").read_text()
    assert f"listening on :: port {port}" in log
    assert (tmp_path / "data" / "server-key").exists()


def test_a_socket_of_somebody_else_is_passed_on(tmp_path: Path) -> None:
    """In an upgrade the new process has the socket that a service manager holds."""
    port = free_port()
    with activated(tmp_path, f"[::]:{port}", started_by_the_unit()) as process:
        with connected(port) as first:
            assert first.recv(1)
        process.send_signal(signal.SIGUSR2)
        assert process.wait(SECONDS) == 0
        (found,) = re.findall(r"process (\d+) has taken over", (tmp_path / "log").read_text())
        with Person(port) as person:
            person.login("person")
        end(int(found))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root binds a port below 1024 for others")
def test_a_low_port_without_root(theirs: Path) -> None:
    """The daemon that takes over a port below 1024 has no right to bind one itself."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("there is no setpriv")
    nobody = [setpriv, "--reuid=65534", "--regid=65534", "--clear-groups"]
    if subprocess.run([*nobody, sys.executable, "-c", "import chatd"], check=False).returncode:
        pytest.skip("only root can read this installation")
    (theirs / "data").mkdir(0o700)
    os.chown(theirs / "data", 65534, 65534)
    without = [*nobody, "--bounding-set=-all", "--no-new-privs", *started_by_the_unit()]
    port = free_port(LOW)
    with activated(theirs, f"[::]:{port}", without) as process:
        with connected(port) as first:
            assert first.recv(1)
        status = Path(f"/proc/{process.pid}/status").read_text()
        assert "Uid:\t65534\t65534\t65534\t65534" in status
        assert re.search(r"^CapBnd:\t0+$", status, re.MULTILINE)
        with Person(port) as person:
            person.login("person")
        end_in_good_order(process)


def test_a_service_manager_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That the daemon is ready only when it can be stopped in good order, and that it stops."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(SECONDS)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        with Daemon(tmp_path) as daemon:
            assert manager.recv(4096) == b"READY=1"
            daemon.terminate()
            assert manager.recv(4096) == b"STOPPING=1"
            assert daemon.wait()
