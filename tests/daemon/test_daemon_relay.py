"""The relay of a real daemon: in the server, and as a process of its own."""

import os
import secrets
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from daemon_process import Daemon
from msgspec.structs import replace
from patience import SECONDS
from person import Line

from chatd import limits
from chatd.seed_file import RELAY, SeedFile
from chatd.wire import lines
from chatd.wire.ticket import GUEST, HOST, OwnTicket, issue

SOME = 300_000


@pytest.fixture(params=["server", "relay"])
def relay(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Daemon]:
    """A daemon that relays, among other things or alone."""
    with Daemon(tmp_path, role=request.param) as daemon:
        yield daemon


def ticket(folder: Path, side: int, pair: bytes = b"p" * 16, seconds: int = 60) -> OwnTicket:
    """A ticket of the relay whose data folder this is."""
    seeds = SeedFile(folder / "data", RELAY).load(secrets.token_bytes, time.time())
    return issue(seeds, time.time(), pair, pair + bytes([side]), side, seconds)


def shown(daemon: Daemon, ticket: OwnTicket) -> Line:
    """A connection that has shown a ticket of its own."""
    line = Line(daemon.port)
    line.send(lines.relay(ticket.shown(line.line())) + b"\r\n")
    return line


def joined(daemon: Daemon, folder: Path, pair: bytes = b"p" * 16) -> tuple[Line, Line]:
    """Two connections that the relay has joined."""
    one, two = shown(daemon, ticket(folder, HOST, pair)), shown(daemon, ticket(folder, GUEST, pair))
    assert [one.line(), two.line()] == [lines.RELAYED, lines.RELAYED]
    return one, two


def test_bytes_pass_both_ways_as_they_are(relay: Daemon, tmp_path: Path) -> None:
    """Whatever is sent on one side comes out on the other, in order and whole."""
    one, two = joined(relay, tmp_path)
    with one, two:
        there, back = secrets.token_bytes(SOME), secrets.token_bytes(SOME)
        one.send(there)
        assert two.bytes(SOME) == there
        two.send(back)
        assert one.bytes(SOME) == back


def test_the_end_of_one_side_follows_its_last_bytes(relay: Daemon, tmp_path: Path) -> None:
    """The other side reads everything that was sent, then the end."""
    one, two = joined(relay, tmp_path)
    with one, two:
        one.send(b"x" * SOME)
        one.socket.shutdown(socket.SHUT_WR)
        assert two.rest() == b"x" * SOME
        assert one.rest() == b""


@pytest.mark.parametrize("kind", ["forged", "expired", "short", "copied", "of the other side"])
def test_a_ticket_that_is_not_valid_is_met_with_silence(
    relay: Daemon, tmp_path: Path, kind: str
) -> None:
    """The connection is closed, and nothing says why."""
    own, other = ticket(tmp_path, HOST), ticket(tmp_path, GUEST)
    data = {
        "forged": replace(own, ticket=bytes(45)),
        "expired": ticket(tmp_path, HOST, seconds=-1),
        "short": replace(own, ticket=own.ticket[:-1]),
        "copied": replace(own, secret=bytes(32)),
        "of the other side": replace(own, secret=other.secret),
    }[kind]
    with shown(relay, data) as line:
        assert line.rest() == b""


def test_what_an_owner_said_is_of_no_use_to_others(relay: Daemon, tmp_path: Path) -> None:
    """Whoever copies the line of an owner on its way is closed, before it and after it, and the
    owner is joined."""
    own, other = ticket(tmp_path, HOST), ticket(tmp_path, GUEST)
    with Line(relay.port) as owner, Line(relay.port) as early, Line(relay.port) as late:
        line = lines.relay(own.shown(owner.line())) + b"\r\n"
        assert early.line() != late.line()
        early.send(line)
        assert early.rest() == b""
        owner.send(line)
        late.send(line)
        assert late.rest() == b""
        with shown(relay, other) as there:
            assert [owner.line(), there.line()] == [lines.RELAYED] * 2


def test_nothing_may_be_said_before_the_other_side_is_there(relay: Daemon, tmp_path: Path) -> None:
    """Bytes behind the ticket end the link, so that nothing is ever stored for later."""
    with Line(relay.port) as line:
        said = lines.relay(ticket(tmp_path, HOST).shown(line.line()))
        line.send(said + b"\r\nNOISE early\r\n")
        assert line.rest() == b""


def test_the_later_of_two_links_with_one_ticket_counts(relay: Daemon, tmp_path: Path) -> None:
    """Whoever dialled again is joined, and the link that waited is closed."""
    with (
        shown(relay, ticket(tmp_path, HOST)) as first,
        shown(relay, ticket(tmp_path, HOST)) as second,
    ):
        assert first.rest() == b""
        with shown(relay, ticket(tmp_path, GUEST)) as other:
            assert [second.line(), other.line()] == [lines.RELAYED] * 2


def test_one_address_has_a_bound(relay: Daemon, tmp_path: Path) -> None:
    """The ninth link from one address is told to slow down; those before go on."""
    most = limits.RELAY_LINKS_PER_SOURCE
    waiting = [shown(relay, ticket(tmp_path, HOST, bytes([i]) * 16)) for i in range(most)]
    with shown(relay, ticket(tmp_path, HOST, b"x" * 16)) as more:
        assert more.line() == b"NO slow-down"
    waiting[0].close()
    for line in waiting[1:]:
        line.close()


@pytest.mark.slow
def test_a_side_that_does_not_read_slows_the_other_down(relay: Daemon, tmp_path: Path) -> None:
    """The relay takes no more than the buffers on the way hold; then everything arrives."""
    one, two = joined(relay, tmp_path)
    with one, two:
        one.socket.settimeout(1)
        sent = 0
        with suppress(TimeoutError):
            while sent < 1 << 25:
                sent += one.socket.send(bytes(1 << 16))
        assert sent < 1 << 25
        one.socket.settimeout(SECONDS)
        one.socket.shutdown(socket.SHUT_WR)
        assert len(two.rest()) == sent


def test_pairs_are_bounded(tmp_path: Path) -> None:
    """What the operator allows holds, and a pair that ends makes room."""
    with Daemon(tmp_path, relay_pairs="1") as daemon:
        one, two = joined(daemon, tmp_path)
        one.send(b"hello")
        assert two.bytes(5) == b"hello"
        with shown(daemon, ticket(tmp_path, HOST, b"q" * 16)) as third:
            assert third.line() == b"NO full"
        one.close()
        assert two.rest() == b""
        two.close()
        for line in joined(daemon, tmp_path, b"r" * 16):
            line.close()


def test_a_server_without_relay_takes_no_ticket(tmp_path: Path) -> None:
    """Switched off, the line is as unknown as any other."""
    with Daemon(tmp_path, relay="off") as daemon, shown(daemon, ticket(tmp_path, HOST)) as line:
        assert line.rest() == b""


@pytest.mark.parametrize("role", ["server", "relay"])
def test_a_banned_address_is_cut_off(tmp_path: Path, role: str) -> None:
    """Pairs that are joined end, and nobody comes in from there any more."""
    path = tmp_path / "chatd.toml"
    path.write_text("")
    with Daemon(tmp_path, role=role, config=str(path)) as daemon:
        one, two = joined(daemon, tmp_path)
        path.write_text("banned = ['127.0.0.0/8']")
        os.kill(daemon.pid, signal.SIGHUP)
        with one, two:
            assert (one.rest(), two.rest()) == (b"", b"")
        with Line(daemon.port) as line:
            assert line.rest() == (b"NO banned\r\n" if role == "server" else b"")


def test_a_relay_alone_is_no_server(tmp_path: Path) -> None:
    """It has no key of a server, and a handshake gets no answer."""
    with Daemon(tmp_path, role="relay") as daemon:
        assert "server key" not in daemon.log
        assert not (tmp_path / "data" / "server-key").exists()
        with Line(daemon.port) as line:
            assert line.line().startswith(b"CHATD/2 relay ")
            line.send(lines.first("gcm", bytes(1216), bytes(58)) + b"\r\n")
            assert line.rest() == b""
        daemon.terminate()
        assert daemon.wait()


@pytest.mark.parametrize("debug", [{}, {"debug": "1"}], ids=["plain", "debug"])
@pytest.mark.parametrize("role", ["server", "relay"])
def test_a_pair_is_logged_on_demand_only(tmp_path: Path, role: str, debug: dict[str, str]) -> None:
    """Else nothing in the log tells when two people talk."""
    with Daemon(tmp_path, role=role, **debug) as daemon:
        one, two = joined(daemon, tmp_path)
        with one, two:
            daemon.terminate()
            assert (one.rest(), two.rest()) == (b"", b"")
        assert daemon.wait()
    assert ("a pair is joined" in daemon.log) == bool(debug)
    assert ("#debug" in daemon.log) == bool(debug)
