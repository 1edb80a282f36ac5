"""A daemon behind a load balancer, which says where people come from."""

import os
import signal
import struct
import time
from pathlib import Path

import pytest
from daemon_process import WAYS, Daemon, attempt
from patience import SECONDS
from person import Line, Person

from chatd import limits

ENDPOINT = "haproxy:tcp:0:interface=127.0.0.1"
PROXY, STRANGER = "127.0.0.9", "127.0.0.8"
V1 = b"PROXY TCP4 198.51.100.7 127.0.0.1 4000 1712\r\n"
V2 = b"\r\n\r\n\0\r\nQUIT\n"
UNIX = V2 + struct.pack(">BBH", 0x21, 0x31, 216) + b"/nowhere".ljust(216, b"\0")
CROWD = limits.REST_LINKS - 6
HEALTH = {
    "version 1": b"PROXY UNKNOWN\r\n",
    "version 2": V2 + struct.pack(">BBH", 0x20, 0, 0),
}


def behind(folder: Path, way: str = "plugin", **given: str) -> Daemon:
    """A daemon that believes one load balancer."""
    return Daemon(folder, way, listen=ENDPOINT, proxies=f"192.0.2.1,{PROXY}/32", **given)


@pytest.mark.parametrize("way", WAYS)
def test_people_come_from_where_the_header_says(tmp_path: Path, way: str) -> None:
    """The address that the daemon sees is that of the person, in whatever pieces it is told."""
    with behind(tmp_path, way) as daemon:
        for pieces in ([V1], [V1[:3], V1[3:40], V1[40:]]):
            with Person(daemon.port, source=PROXY, first=pieces) as person:
                person.login("person")
                assert person.seen is not None
                assert person.seen[0] == "198.51.100.7"
        daemon.terminate()
        assert daemon.wait()
    assert "198.51.100.7" not in daemon.log


@pytest.mark.parametrize("header", HEALTH.values(), ids=HEALTH)
def test_a_health_check_gets_a_greeting(tmp_path: Path, header: bytes) -> None:
    """Whoever asks as the load balancer itself is answered as anybody."""
    with behind(tmp_path) as daemon:
        with Line(daemon.port, PROXY) as line:
            line.send(header)
            assert line.line().startswith(b"CHATD/")
        daemon.terminate()
        assert daemon.wait()
    assert "Traceback" not in daemon.log


@pytest.mark.parametrize("header", [UNIX, b"PROXY TCP4 here 127.0.0.1 1 2\r\n", b"GET / HTTP/1.0"])
def test_what_is_no_address_is_closed_quietly(tmp_path: Path, header: bytes) -> None:
    """Without a word to it; the log has that there was one, and nothing of it."""
    with behind(tmp_path, debug="1") as daemon:
        with Line(daemon.port, PROXY) as line:
            line.send(header)
            assert line.rest() == b""
        daemon.terminate()
        assert daemon.wait()
    assert "Traceback" not in daemon.log
    assert "/nowhere" not in daemon.log
    assert PROXY not in daemon.log
    assert "link no-header 1 (ipv4 1)" in daemon.log


def test_others_cannot_say_where_they_come_from(tmp_path: Path) -> None:
    """Whoever reaches the port and is none of the load balancers gets nothing; an operator who did
    not name one of them sees why."""
    with behind(tmp_path) as daemon:
        with Line(daemon.port, STRANGER) as line:
            assert line.rest() == b""
        daemon.terminate()
        assert daemon.wait()
    assert "link no-proxy 1 (ipv4 1)" in daemon.log


def test_headers_that_do_not_come_take_no_more_than_their_places(tmp_path: Path) -> None:
    """One more than these is closed; when one of them goes there is a place again."""
    with behind(tmp_path) as daemon:
        silent = [Line(daemon.port, PROXY) for _ in range(limits.PROXY_HEADERS)]
        with Line(daemon.port, PROXY) as line:
            assert line.rest() == b""
        silent.pop().close()
        deadline, greeted = time.monotonic() + SECONDS, b""
        while not greeted:
            assert time.monotonic() < deadline, "the place stays taken"
            with Line(daemon.port, PROXY) as line:
                line.send(V1)
                greeted = line.line()
        for each in silent:
            each.close()
        daemon.terminate()
        assert daemon.wait()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"listen": "haproxy:tcp:0"}, "(give the addresses of your load balancers with --proxies)"),
        ({"listen": "haproxy:haproxy:tcp:0", "proxies": PROXY}, "haproxy: stands once, in front"),
        ({"proxies": "everyone"}, "not 'everyone'"),
        ({"proxies": "192.0.2.1/8"}, "not '192.0.2.1/8'"),
    ],
)
def test_nobody_is_believed_by_default(
    tmp_path: Path, way: str, given: dict[str, str], reason: str
) -> None:
    """Without names of load balancers, and with bad ones, the daemon does not start."""
    result = attempt(way, tmp_path, data_dir="data", **given)
    (line,) = result.stderr.splitlines()
    assert result.returncode == 1
    assert line.endswith(reason)


def test_many_may_wait_to_be_accepted(tmp_path: Path) -> None:
    """While the daemon does not run, a crowd waits in the kernel instead of being turned away."""
    with Daemon(tmp_path) as daemon:
        os.kill(daemon.pid, signal.SIGSTOP)
        try:
            crowd = [Line(daemon.port) for _ in range(CROWD)]
        finally:
            os.kill(daemon.pid, signal.SIGCONT)
        assert all(line.line() for line in crowd)
        for line in crowd:
            line.close()
        daemon.terminate()
        assert daemon.wait()
