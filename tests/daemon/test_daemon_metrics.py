"""What a real daemon says over HTTP of how it does."""

import http.client
import os
import re
import signal
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from daemon_process import LOOPBACK, WAYS, Daemon, attempt
from patience import SECONDS
from person import NOWHERE, Line, Person, introduce
from prometheus_client.parser import text_string_to_metric_families
from test_daemon_upgrade import upgraded

from chatd import limits
from chatd.wire import server as wire

SOURCE = "127.6.54.32"


@contextmanager
def watched(folder: Path, way: str = "plugin", **given: str) -> Iterator[tuple[Daemon, int]]:
    """A daemon, and the port of its figures."""
    # In the words of the place for people: an upgrade has to tell the two apart.
    with Daemon(folder, way, metrics=LOOPBACK, **given) as daemon:
        found = re.search(r"metrics at 127\.0\.0\.1 port (\d+)", daemon.log)
        assert found, daemon.log
        yield daemon, int(found[1])


def get(port: int, path: str, method: str = "GET", body: bytes = b"") -> tuple[int, str]:
    """The status and the text of a page."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def figures(port: int) -> dict[tuple[str, ...], float]:
    """Every figure by its name and the values of its labels."""
    families = text_string_to_metric_families(get(port, "/metrics")[1])
    samples = [sample for family in families for sample in family.samples]
    found = {(each.name, *each.labels.values()): each.value for each in samples}
    assert len(found) == len(samples), "a figure is there twice"
    return found


def wait_for(happened: Callable[[], object]) -> None:
    """Until it has; the daemon is another process."""
    deadline = time.monotonic() + SECONDS
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


@pytest.mark.parametrize("way", WAYS)
def test_what_people_do_is_counted(tmp_path: Path, way: str) -> None:
    """Logins, an introduction, refusals and nonsense, each where it belongs."""
    with watched(tmp_path, way) as (daemon, port):
        before = figures(port)
        assert before["chatd_people",] == 0
        with Person(daemon.port) as alice, Person(daemon.port) as bob, Person(daemon.port) as carol:
            alice.login("alice")
            bob.login("bob")
            carol.say(wire.Login("bob", False, []))
            assert carol.hear(wire.Welcome).name is None
            assert carol.hear(wire.Refused).code == "taken"
            now = figures(port)
            assert now["chatd_people",] == now["chatd_links", "here"] == 3
            assert now["chatd_names",] == 2
            assert now["chatd_handshakes_total", "done", "gcm"] == 3
            assert now["chatd_refused_total", "username", "taken"] == 1
            assert now["chatd_store_seconds_count",] == 2
            assert now["chatd_introductions", "open"] == 0
            alice.say(wire.OfferMade(introduce(alice, bob, "bob"), b"ours", NOWHERE))
            for person in (alice, bob):
                person.hear(wire.Go)
        with Line(daemon.port, SOURCE) as line:
            line.send(b"garbage\r\n")
            line.rest()
        wait_for(lambda: figures(port)["chatd_people",] == 0)
        now = figures(port)
        assert now["chatd_introduction_seconds_count", "introduced"] == 1
        assert now["chatd_handshakes_total", "malformed", ""] == 1
        assert now["chatd_refused_total", "link", "malformed"] == 1
        assert now["chatd_descriptors",] > 3
        assert now["chatd_memory_bytes",] > 1 << 20
        wait_for(lambda: figures(port)["chatd_reactor_delay_seconds_count",] > 0)


def test_nobody_and_nothing_of_theirs_is_in_the_figures(tmp_path: Path) -> None:
    """No name, key or address; and whatever strangers send, there are as many figures as before."""
    with watched(tmp_path, listen="tcp:0:interface=0.0.0.0") as (daemon, port):
        before = set(figures(port))
        with Person(daemon.port, source=SOURCE) as alice:
            alice.login("qwertz-alice")
            for name in ("qwertz-bob", "qwertz-alice"):
                alice.say(wire.Request(name, 60, None))
            for garbage in ("qwertz", "NOISE qwertz", "RELAY qwertz", "SEEN qwertz", "q" * 9999):
                with Line(daemon.port, SOURCE) as line:
                    line.send(garbage.encode() + b"\r\n")
                    line.rest()
            text = get(port, "/metrics")[1]
            assert "qwertz" not in text
            assert SOURCE not in text
            assert set(figures(port)) == before
            assert not [key for key in figures(port) if "other" in key and figures(port)[key]]


def test_it_is_on_loopback_unless_an_address_is_given(tmp_path: Path) -> None:
    """Neither a port nor an endpoint without an address lets others read."""
    with watched(tmp_path) as (daemon, _):
        assert "metrics at 127.0.0.1" in daemon.log


def test_a_daemon_that_does_well(tmp_path: Path) -> None:
    """Both pages say so; other pages and other methods are refused."""
    with watched(tmp_path) as (_, port):
        assert get(port, "/healthz") == get(port, "/readyz") == (200, "ok\n")
        assert get(port, "/other")[0] == 404
        assert get(port, "/metrics", "POST", b"x" * 1_000_000)[0] == 405


@pytest.mark.slow
def test_a_daemon_that_does_nothing_in_time(tmp_path: Path) -> None:
    """Whoever asked while it stood still is told so, and a moment later it is well again."""
    with watched(tmp_path) as (daemon, port):
        os.kill(daemon.pid, signal.SIGSTOP)
        asking = [http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS) for _ in "hr"]
        for each, page in zip(asking, ("/healthz", "/readyz"), strict=True):
            each.request("GET", page)
        time.sleep(limits.PULSE_SECONDS + limits.HEALTHY_SECONDS + 1)
        os.kill(daemon.pid, signal.SIGCONT)
        for each in asking:
            answer = each.getresponse()
            assert (answer.status, answer.read()) == (503, b"nothing is done in time\n")
            each.close()
        wait_for(lambda: get(port, "/healthz") == (200, "ok\n"))
        assert get(port, "/readyz") == (200, "ok\n")


@pytest.mark.usefixtures("offers_may_wait")
def test_nobody_is_to_be_sent_to_a_daemon_that_closes(tmp_path: Path) -> None:
    """While an accepted introduction may still finish it is alive, and not ready; and then gone."""
    with watched(tmp_path) as (daemon, port):
        with Person(daemon.port) as alice, Person(daemon.port) as bob:
            alice.login("alice")
            bob.login("bob")
            introduce(alice, bob, "bob")
            assert figures(port)["chatd_introductions", "accepted"] == 1
            daemon.terminate()
            wait_for(lambda: get(port, "/readyz")[0] == 503)
            assert get(port, "/readyz") == (503, "closing\n")
            assert get(port, "/healthz") == (200, "ok\n")
        assert daemon.wait()
    assert "(TCP Port" in daemon.log


@pytest.mark.usefixtures("offers_may_wait")
def test_after_an_upgrade_the_figures_are_those_of_the_new_process(tmp_path: Path) -> None:
    """At the same place, while the old one still drains."""
    with watched(tmp_path) as (daemon, port):
        with Person(daemon.port) as alice, Person(daemon.port) as bob:
            alice.login("alice")
            bob.login("bob")
            introduce(alice, bob, "bob")
            with upgraded(daemon), Person(daemon.port) as carol:
                carol.login("carol")
                assert get(port, "/readyz") == (200, "ok\n")
                now = figures(port)
                assert now["chatd_people",] == now["chatd_handshakes_total", "done", "gcm"] == 1
                assert now["chatd_names",] == 3
        assert daemon.wait()


def test_nobody_is_to_be_sent_to_a_daemon_that_cannot_store_names(tmp_path: Path) -> None:
    """It is alive, and ready again when the disk is."""
    with watched(tmp_path) as (daemon, port):
        other = sqlite3.connect(tmp_path / "data" / "names.sqlite3", isolation_level=None)
        other.execute("begin exclusive")
        with Person(daemon.port) as alice:
            alice.say(wire.Login("alice", False, []))
            assert alice.hear(wire.Welcome).name is None
            assert get(port, "/readyz") == (503, "names cannot be stored\n")
            assert figures(port)["chatd_store_failing",] == 1
            assert get(port, "/healthz")[0] == 200
            other.close()
            alice.hear(wire.Refused)
            alice.say(wire.Username("alice"))
            alice.hear(wire.Named)
            assert get(port, "/readyz") == (200, "ok\n")


def test_one_reader_more_than_there_may_be(tmp_path: Path) -> None:
    """Is closed, so that readers who never leave cannot take the descriptors of people."""
    with watched(tmp_path) as (_, port):
        there = [socket.create_connection(("127.0.0.1", port)) for _ in range(limits.METRICS_LINKS)]
        try:
            for each in there:
                each.sendall(b"GET")
            with socket.create_connection(("127.0.0.1", port)) as one_more:
                one_more.settimeout(SECONDS)
                assert not _answered(one_more)
        finally:
            for each in there:
                each.close()
        wait_for(lambda: _answers(port))


def test_many_requests_at_once(tmp_path: Path) -> None:
    """One is answered, and that is the end of the link: nobody else waits for the rest of them."""
    with watched(tmp_path) as (_, port), socket.create_connection(("127.0.0.1", port)) as line:
        line.settimeout(SECONDS)
        line.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n" * 3)
        answer = b""
        while data := line.recv(4096):
            answer += data
        assert answer.count(b"HTTP/1.1 200") == 1


def _answered(line: socket.socket) -> bool:
    try:
        line.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        return line.recv(12) == b"HTTP/1.1 200"
    except (ConnectionResetError, BrokenPipeError):
        return False


def _answers(port: int) -> bool:
    try:
        return get(port, "/healthz")[0] == 200
    except (OSError, http.client.HTTPException):
        return False


def test_a_relay_alone(tmp_path: Path) -> None:
    """It has the figures of a relay and of its process, and those of no server."""
    with Daemon(tmp_path) as server:
        server.terminate()
        assert server.wait()
    with watched(tmp_path, role="relay") as (daemon, port):
        found = figures(port)
        assert found["chatd_relay_pairs_most",] == limits.RELAY_PAIRS
        assert found["chatd_relay_share_bytes",] == limits.RELAY_RATE
        assert ("chatd_people",) not in found
        assert get(port, "/readyz") == (200, "ok\n")
        os.kill(daemon.pid, signal.SIGTERM)
        assert daemon.wait()


@pytest.mark.parametrize("where", ["x", "tcp:x", "unix:/x", "99999"])
def test_an_endpoint_that_cannot_be_used(tmp_path: Path, where: str) -> None:
    """One line, and status 1."""
    ran = attempt("plugin", tmp_path, listen=LOOPBACK, data_dir="data", metrics=where)
    assert ran.returncode == 1
    assert re.fullmatch("chatd: error: .*\n", ran.stderr)


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    """As with any other."""
    with watched(tmp_path) as (_, port):
        folder = tmp_path / "second"
        folder.mkdir()
        ran = attempt("plugin", folder, listen=LOOPBACK, data_dir="data", metrics=str(port))
        assert ran.returncode == 1
        assert "another program is using it" in ran.stderr
