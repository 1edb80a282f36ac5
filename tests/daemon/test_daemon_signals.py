"""What signals do to a daemon, and the status with which it ends."""

import os
import select
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest
from daemon_process import LOOPBACK, WAYS, Daemon, attempt, command, end, environment
from patience import SECONDS
from person import Person

from chatd.wire import server as wire


def wait_for(happened: Callable[[], object]) -> None:
    """Until it has; the daemon is another process."""
    deadline = time.monotonic() + SECONDS
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("number", [signal.SIGUSR1])
def test_a_signal_that_means_nothing(tmp_path: Path, way: str, number: signal.Signals) -> None:
    """In the foreground it is logged, and everyone stays."""
    with Daemon(tmp_path, way) as daemon, Person(daemon.port) as person:
        person.login("person")
        os.kill(daemon.pid, number)
        person.say(wire.Search("person"))
        assert person.hear(wire.Found).here
        daemon.terminate()
        assert person.hear(wire.Close).reason == "closing"
        person.close()
        assert daemon.wait()
    assert f"{number.name}: nothing to do" in daemon.log


@pytest.mark.parametrize("way", [*WAYS, "program"])
def test_signals_in_the_background(tmp_path: Path, way: str) -> None:
    """There too they are logged and survived; SIGUSR1 begins a new log, and goes on in a new one
    where another program has moved it away."""
    attempt(way, tmp_path, listen=LOOPBACK, data_dir="data")
    pid, log = int((tmp_path / "pid").read_text()), tmp_path / "log"
    try:
        os.kill(pid, signal.SIGHUP)
        wait_for(lambda: "SIGHUP" in log.read_text())
        os.kill(pid, signal.SIGUSR1)
        wait_for((tmp_path / "log.1").exists)
        log.rename(tmp_path / "moved")
        os.kill(pid, signal.SIGUSR1)
        wait_for(log.exists)
        assert not (tmp_path / "log.2").exists()
    finally:
        end(pid)
    assert "SIGTERM: stopping" in log.read_text()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_end_is_no_failure(tmp_path: Path, way: str, number: signal.Signals) -> None:
    """Told to end, it says goodbye and its status is 0; a second signal changes nothing."""
    with Daemon(tmp_path, way) as daemon, Person(daemon.port) as person:
        person.login("person")
        os.kill(daemon.pid, number)
        assert person.hear(wire.Close).reason == "closing"
        os.kill(daemon.pid, number)
        person.close()
        assert daemon.wait()
    assert not (tmp_path / "pid").exists()


@pytest.mark.parametrize("way", [*WAYS, "program"])
def test_a_terminal_that_is_closed(tmp_path: Path, way: str) -> None:
    """A daemon in its foreground ends in good order; as long as it is there, SIGHUP reloads."""
    given = {"listen": LOOPBACK, "data_dir": str(tmp_path / "data")}
    log = tmp_path / "log"
    program, *arguments = command(way, tmp_path, front=[f"--logfile={log}"], **given)
    terminal = pexpect.spawn(program, arguments, env=environment(way, **given), cwd=tmp_path)
    handle = os.pidfd_open(terminal.pid)
    try:
        wait_for(lambda: log.exists() and "listening" in log.read_text())
        os.kill(terminal.pid, signal.SIGHUP)
        wait_for(lambda: "SIGHUP" in log.read_text())
        terminal.ptyproc.fileobj.close()
        assert select.select([handle], [], [], SECONDS)[0], "it goes on without its terminal"
    finally:
        os.close(handle)
        terminal.terminate(force=True)
    assert "SIGHUP: stopping" in log.read_text()


@pytest.mark.parametrize("way", WAYS)
def test_a_signal_that_was_ignored_stays_so(tmp_path: Path, way: str) -> None:
    """As under nohup, and for what a shell puts into the background."""
    ignoring = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        daemon = Daemon(tmp_path, way)
    finally:
        signal.signal(signal.SIGINT, ignoring)
    with daemon:
        os.kill(daemon.pid, signal.SIGINT)
        daemon.terminate()
        assert daemon.wait()
    assert "SIGINT" not in daemon.log
