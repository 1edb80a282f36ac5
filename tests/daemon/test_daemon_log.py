"""A daemon's log says what it does, and neither who came nor what they sent."""

import json
import os
import re
import signal
import socket
from pathlib import Path

import pytest
from chatctl_process import chatctl
from daemon_process import WAYS, Daemon, attempt, end
from free_ports import free_port
from person import Line, Person, introduce
from test_daemon_signals import wait_for

from chatd.noise.keys import fingerprint
from chatd.wire import server as wire

SOURCE = "127.6.54.32"
MARK = "qwertz-mark"


def visit(daemon: Daemon) -> list[Person]:
    """All kinds of visits: an introduction, a stranger, and links that go wrong at each stage."""
    visitors = [Person(daemon.port, source=SOURCE) for _ in range(4)]
    alice, bob, carol, dave = visitors
    alice.login(f"{MARK}-alice")
    bob.login(f"{MARK}-bob")
    introduce(alice, bob, f"{MARK}-bob")
    carol.say(wire.Login(f"{MARK}\n{MARK}", False, []))
    carol.hear(wire.Welcome)
    carol.send(carol.seal(MARK.encode()))
    dave.send(MARK.encode() * 100)
    for person in (carol, dave):
        person.rest()
    for garbage in (MARK, f"NOISE {MARK}", MARK * 1000):
        with Line(daemon.port, SOURCE) as line:
            line.send(garbage.encode() + b"\r\n")
            line.rest()
    with Line(daemon.port, SOURCE) as line:
        line.send(MARK.encode())
    return visitors


def test_what_listens_has_a_name(tmp_path: Path) -> None:
    """What is bound stands in the log by what it is for, and not by a name of the code."""
    with Daemon(tmp_path, metrics=str(free_port())) as daemon:
        chatctl(tmp_path, "status")
        daemon.terminate()
        assert daemon.wait()
    starts = re.findall(r"(\S.*) starting on ", re.sub(r"(?m)^\S+ \[\S+\] ", "", daemon.log))
    assert sorted(starts) == ["listener", "site of figures", "socket of chatctl"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "debug", [{}, {"debug": "1", "log_format": "json"}], ids=["plain", "debug-json"]
)
def test_a_log_holds_nobody(tmp_path: Path, way: str, debug: dict[str, str]) -> None:
    """No address, name, key or byte of a visitor is in the log, with or without debug lines, though
    what was refused to them is."""
    with Daemon(tmp_path, way, listen="tcp:0:interface=0.0.0.0", **debug) as daemon:
        visitors = visit(daemon)
        daemon.terminate()
        for person in visitors:
            person.close()
        assert daemon.wait()
    assert SOURCE not in daemon.log
    assert MARK not in daemon.log
    assert not any(fingerprint(person.identity) in daemon.log for person in visitors)
    assert "Traceback" not in daemon.log
    assert ("someone logged in" in daemon.log) == bool(debug)
    assert "link malformed 3 (ipv4 3)" in daemon.log
    assert re.search("most from ~[a-z2-7]{8} ", daemon.log)
    if debug:
        assert all(json.loads(line) for line in daemon.log.splitlines())


def test_a_log_says_what_the_daemon_does(tmp_path: Path) -> None:
    """The key, where it listens, and its end are in the log of every daemon."""
    with Daemon(tmp_path) as daemon:
        daemon.terminate()
        assert daemon.wait()
    assert daemon.fingerprint.startswith("SHA256:")
    assert f"listening on 127.0.0.1 port {daemon.port}" in daemon.log
    assert "closing; 0 here" in daemon.log


def test_on_demand_a_log_names_the_addresses_that_most_was_refused_to(tmp_path: Path) -> None:
    """For an operator who wants to keep them away, also while it runs."""
    with Daemon(tmp_path, listen="tcp:0:interface=0.0.0.0") as daemon:
        assert chatctl(tmp_path, "set", "log-addresses", "on").returncode == 0
        with Line(daemon.port, SOURCE) as line:
            line.send(b"garbage\r\n")
            line.rest()
        daemon.terminate()
        assert daemon.wait()
    assert f"link malformed 1 (ipv4 1); most from {SOURCE} (at least 1)" in daemon.log


def test_a_log_that_cannot_be_written_keeps_nobody_out(tmp_path: Path) -> None:
    """On a full disk people come and go as before, and the daemon ends in good order."""
    (tmp_path / "log").symlink_to("/dev/full")
    port = free_port()
    listen = f"tcp:{port}:interface=127.0.0.1"
    ran = attempt("plugin", tmp_path, listen=listen, data_dir="data")
    assert (ran.returncode, ran.stderr) == (0, "")
    pid = int((tmp_path / "pid").read_text())
    try:
        wait_for(lambda: _answers(port))
        with Person(port) as alice:
            assert alice.login("alice").name == "alice"
        os.kill(pid, signal.SIGUSR1)
        with Person(port) as bob:
            assert bob.login("bob").name == "bob"
    finally:
        end(pid)


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port)):
            return True
    except ConnectionRefusedError:
        return False
