"""A daemon that a new process takes over from while people log in."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from daemon_process import LOOPBACK, TREE, WAYS, Daemon, attempt, end
from logins import Logins
from patience import SECONDS
from person import NOWHERE, Person, introduce
from test_daemon_tls import certificate, in_tls, issue, trusting

from chatd import limits
from chatd.wire import server as wire

CHATCTL = [sys.executable, "-c", "import sys; from chatd.chatctl import main; sys.exit(main())"]
TAKEN_OVER = re.compile(r"process (\d+) has taken over")


def wait_for(happened: Callable[[], object]) -> None:
    """Until it has; the daemon is another process."""
    deadline = time.monotonic() + SECONDS
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def written(file: Path) -> str:
    """What is in a file that may be written or taken away this moment."""
    with suppress(FileNotFoundError):
        return file.read_text()
    return ""


@contextmanager
def upgraded(daemon: Daemon) -> Iterator[int]:
    """The process that has taken over from a daemon, which is ended in good order."""
    os.kill(daemon.pid, signal.SIGUSR2)
    found = TAKEN_OVER.search(daemon.next_line(" has taken over"))
    assert found is not None
    pid = int(found[1])
    try:
        yield pid
    finally:
        end(pid)


@pytest.mark.parametrize("way", WAYS)
def test_names_go_on(tmp_path: Path, way: str) -> None:
    """The new process has the port, the key and every name; the old one ends with status 0."""
    pid = tmp_path / "pid"
    with Daemon(tmp_path, way) as daemon, Person(daemon.port) as owner:
        owner.login("owner")
        with upgraded(daemon) as new:
            assert owner.hear(wire.Close).reason == "closing"
            owner.close()
            with Person(daemon.port) as other, Person(daemon.port, owner.static) as again:
                assert other.server_identity == owner.server_identity
                assert other.login("owner").name is None
                assert again.login("owner").name == "owner"
                wait_for(lambda: written(pid) == str(new))
        assert daemon.wait()
    assert not pid.exists()
    assert "Traceback" not in daemon.log


def test_every_port_goes_on(tmp_path: Path) -> None:
    """Also ports that were asked for in the same words; each is the same one afterwards."""
    with Daemon(tmp_path, listen=f"{LOOPBACK} {LOOPBACK} {LOOPBACK}") as daemon:
        waiting = [socket.create_connection(("127.0.0.1", each)) for each in daemon.ports]
        assert all(each.recv(1) for each in waiting)
        with upgraded(daemon):
            for number, port in enumerate(daemon.ports):
                with Person(port) as person:
                    assert person.login(f"name{number}").name == f"name{number}"
        for each in waiting:
            each.close()


def test_nobody_is_turned_away(tmp_path: Path) -> None:
    """Of people who log in all the time, each is let in, before, after and meanwhile."""
    with Daemon(tmp_path) as daemon, Logins(daemon.port) as logins:
        wait_for(lambda: len(logins.done) >= 10)
        with upgraded(daemon):
            before = len(logins.done)
            wait_for(lambda: logins.failed or len(logins.done) >= before + 20)
            logins.__exit__(None, None, None)
        assert daemon.wait()
    assert logins.failed == []


@pytest.mark.slow
def test_nobody_waits_for_long(tmp_path: Path) -> None:
    """Ten logins a second through ten upgrades: none fails, or waits for as long as a stranger may
    hang around at the door."""
    with Daemon(tmp_path) as daemon, Logins(daemon.port) as logins:
        idle = [socket.create_connection(("127.0.0.1", daemon.port)) for _ in range(20)]
        wait_for(lambda: len(logins.done) >= 10)
        pid = daemon.pid
        for _ in range(10):
            os.kill(pid, signal.SIGUSR2)
            found = TAKEN_OVER.search(daemon.next_line(" has taken over"))
            assert found is not None
            pid, before = int(found[1]), len(logins.done)
            wait_for(lambda before=before: logins.failed or len(logins.done) >= before + 50)
        logins.__exit__(None, None, None)
        end(pid)
        for each in idle:
            each.close()
        assert daemon.wait()
    assert logins.failed == []
    assert max(logins.done) < limits.HANDSHAKE_SECONDS


@pytest.mark.usefixtures("offers_may_wait")
def test_the_new_one_works_while_the_old_one_drains(tmp_path: Path) -> None:
    """Two who have agreed are introduced by the old process; the data folder is the new one's."""
    with (
        Daemon(tmp_path) as daemon,
        Person(daemon.port) as asker,
        Person(daemon.port) as asked,
    ):
        asker.login("asker")
        asked.login("asked")
        id = introduce(asker, asked, "asked")
        with upgraded(daemon):
            with Person(daemon.port) as other:
                other.login("other")
                assert other.sees("asked"), "who is about to leave for a talk is shown as around"
                assert Path(f"/proc/{daemon.pid}").exists()
                assert in_use(tmp_path)
                assert '"here": 1' in asked_of_the_daemon(tmp_path)
            asker.say(wire.OfferMade(id, b"ours", NOWHERE))
            assert asker.hear(wire.Go).offer == b"theirs"
            assert asked.hear(wire.Go).offer == b"ours"
            asker.close()
            asked.close()
        assert daemon.wait()


def asked_of_the_daemon(folder: Path) -> str:
    """What the daemon that has the data folder says."""
    ask = [*CHATCTL, "--json", "--data-dir", str(folder / "data"), "status"]
    return subprocess.run(ask, capture_output=True, text=True, check=True).stdout


def in_use(folder: Path) -> bool:
    """Whether one more daemon is refused, since another one has the folder."""
    other = folder / "other"
    other.mkdir()
    result = attempt("plugin", other, listen=LOOPBACK, data_dir=str(folder / "data"))
    return "another daemon runs with this data folder" in result.stderr


@pytest.mark.usefixtures("offers_may_wait")
def test_the_folder_is_left_last(tmp_path: Path) -> None:
    """A daemon that ends has its data folder until everything is written: no other one starts."""
    with (
        Daemon(tmp_path) as daemon,
        Person(daemon.port) as asker,
        Person(daemon.port) as asked,
    ):
        asker.login("asker")
        asked.login("asked")
        introduce(asker, asked, "asked")
        daemon.terminate()
        daemon.next_line("closing; 2 here")
        assert in_use(tmp_path)
        asker.close()
        asked.close()
        assert daemon.wait()


SPOILT = """
import os, time
from chatd import limits
if "CHATD_PREDECESSOR_SOCKET" in os.environ:
    {spoil}
else:
    limits.SUCCESSION_SECONDS = {patience}
"""
FAIL_LATE = """
    from chatd.errors import StartupError
    from chatd.rendezvous import data_folder
    def open_folder(*args, **given):
        raise StartupError("the folder is full of water")
    data_folder.open_folder = open_folder
"""
SPOILS = {
    "never started": ("os._exit(3)", 60, "the new process ended"),
    "too slow": ("time.sleep(1000)", 1, "it did not take over within 1 s"),
    "late": (FAIL_LATE, 60, "the folder is full of water"),
}


@pytest.mark.parametrize("spoil", SPOILS)
def test_a_new_process_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoil: str
) -> None:
    """The old one goes on, with its people, its data folder and its port, and says why."""
    code, patience, reason = SPOILS[spoil]
    (tmp_path / "sitecustomize.py").write_text(SPOILT.format(spoil=code, patience=patience))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(TREE)]))
    with Daemon(tmp_path) as daemon, Person(daemon.port) as person:
        person.login("person")
        for _ in range(2):
            os.kill(daemon.pid, signal.SIGUSR2)
            assert reason in daemon.next_line("no upgrade, and this process goes on")
            assert person.sees("person")
            assert '"here": 1' in asked_of_the_daemon(tmp_path)
        with Person(daemon.port) as other:
            assert other.login("other").name == "other"
        daemon.terminate()
        assert person.hear(wire.Close).reason == "closing"
        person.close()
        assert daemon.wait()
    with Daemon(tmp_path) as daemon, Person(daemon.port) as thief:
        assert thief.login("other").name is None


def test_settings_that_are_wrong_by_now(tmp_path: Path) -> None:
    """What prevents a start prevents an upgrade, and nothing else."""
    file = tmp_path / "chatd.toml"
    file.write_text("max-clients = 5\n")
    with Daemon(tmp_path, config=str(file)) as daemon:
        file.write_text("max-clients = 'many'\n")
        os.kill(daemon.pid, signal.SIGUSR2)
        assert "max-clients" in daemon.next_line("no upgrade, and this process goes on")
        with Person(daemon.port) as person:
            person.login("person")
            daemon.terminate()
        assert daemon.wait()


def test_a_service_manager_follows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It hears which process is the daemon, and that it is alive, from the old one, whose words
    count; and from that one that it is ready and alive."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(SECONDS)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "600000000")
        with Daemon(tmp_path) as daemon:
            assert [manager.recv(99), manager.recv(99)] == [b"READY=1", b"WATCHDOG=1"]
            with upgraded(daemon) as new:
                words = {manager.recv(99) for _ in range(3)}
                assert words == {b"MAINPID=%d\nWATCHDOG=1" % new, b"READY=1", b"WATCHDOG=1"}
            assert daemon.wait()
            assert manager.recv(99) == b"STOPPING=1"


@pytest.mark.parametrize("way", WAYS)
def test_in_the_background(tmp_path: Path, way: str) -> None:
    """There the new one is in the background as well, with the same log and pid file, and can be
    upgraded itself."""
    attempt(way, tmp_path, listen=LOOPBACK, data_dir="data")
    pid, log = tmp_path / "pid", tmp_path / "log"
    for times in (1, 2):
        old = int(pid.read_text())
        os.kill(old, signal.SIGUSR2)
        wait_for(lambda times=times: log.read_text().count("has taken over") == times)
        wait_for(lambda old=old: written(pid) not in ("", str(old)))
    end(int(pid.read_text()))
    assert not pid.exists()
    assert log.read_text().count("Server Shut Down.") == 3


def test_a_port_in_tls_behind_a_balancer(tmp_path: Path) -> None:
    """The new process has the same port, with TLS, and with the header in front."""
    authority = certificate("the authority of a test")
    issue(tmp_path, authority)
    listen, header = (
        in_tls(tmp_path, f"haproxy:{LOOPBACK}"),
        b"PROXY TCP4 198.51.100.7 1.1.1.1 5 6\r\n",
    )
    with Daemon(tmp_path, listen=listen, proxies="127.0.0.1") as daemon:
        with (
            upgraded(daemon),
            Person(daemon.port, tls=trusting(authority), before_tls=header) as person,
        ):
            person.login("person")
            assert person.seen is not None
            assert person.seen[0] == "198.51.100.7"
        assert daemon.wait()
