"""Whatever arrives, a daemon closes that link and goes on."""

from collections.abc import Iterator

import pytest
from daemon_process import Daemon
from person import Line, Person

from chatd import limits
from chatd.noise.keys import REAL
from chatd.wire import server as wire
from chatd.wire.codec import encode

AFTER = REAL.dh.generate_keypair()


@pytest.fixture(autouse=True)
def _others_are_not_harmed(daemon: Daemon) -> Iterator[None]:
    """Someone who was here before can still be talked to, and someone new let in."""
    with Person(daemon.port) as before:
        before.login()
        yield
        with Person(daemon.port, AFTER) as after:
            after.login("after")
            assert before.sees("after")


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n",
        b"\0" * 100_000,
        b"\r\n",
        b"NOISE gcm \r\n",
        b"NOISE gcm ####\r\n",
        b"NOISE des AAAA\r\n",
        b"NOISE gcm " + b"A" * (limits.LINE - 10) + b"\r\n",
        b"x" * (limits.LINE + 1) + b"\r\n",
        b"NOISE gcm\xff\xfe\xe2\x80\xae\r\n",
    ],
)
def test_what_is_no_handshake_ends_the_link_without_a_word(daemon: Daemon, data: bytes) -> None:
    """Garbage, other protocols, and lines that are too long get no answer."""
    with Line(daemon.port) as line:
        assert line.line().startswith(b"CHATD/2 ")
        line.send(data)
        assert line.rest() == b""


def test_half_a_line_holds_nobody_up(daemon: Daemon) -> None:
    """A link that stops within its first line does not keep others waiting."""
    with Line(daemon.port) as line:
        line.line()
        line.send(b"NOISE gcm AAAA")
        with Person(daemon.port) as person:
            assert person.login("prompt").name == "prompt"


def test_a_second_handshake_ends_the_link(daemon: Daemon) -> None:
    """Lines have no meaning once there are records."""
    with Person(daemon.port) as person:
        person.login()
        person.send(b"NOISE gcm AAAA\r\n")
        assert person.hear(wire.Close).reason == "too-large"
        assert person.is_over()


def test_an_endless_length_ends_the_link_at_once(daemon: Daemon) -> None:
    """A record that claims to be longer than any may be is not waited for."""
    with Person(daemon.port) as person:
        person.login()
        person.send(b"\xff\xff\xff\xff")
        assert person.hear(wire.Close).reason == "too-large"
        assert person.is_over()


@pytest.mark.parametrize("head", [b"\xdd\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff", b"\xc1", b""])
def test_a_message_that_cannot_be_read_ends_the_link(daemon: Daemon, head: bytes) -> None:
    """Lengths of 4 GiB inside a message, and bytes that are no message, are malformed."""
    with Person(daemon.port) as person:
        person.login()
        person.send(person.seal(head))
        assert person.hear(wire.Close).reason == "malformed"
        assert person.is_over()


def test_a_damaged_record_ends_the_link(daemon: Daemon) -> None:
    """A record with one changed bit does not verify."""
    with Person(daemon.port) as person:
        person.login()
        record = bytearray(person.seal(encode(wire.Search("after"))))
        record[-1] ^= 1
        person.send(bytes(record))
        assert person.hear(wire.Close).reason == "bad-record"
        assert person.is_over()


@pytest.mark.parametrize("message", [wire.Search("after"), wire.Cancel(bytes(16))])
def test_nothing_comes_before_the_login(daemon: Daemon, message: wire.FromClient) -> None:
    """A command of someone who has not logged in ends the link."""
    with Person(daemon.port) as person:
        person.say(message)
        assert person.hear(wire.Close).reason == "unexpected"
        assert person.is_over()


def test_a_second_login_on_one_link_ends_it(daemon: Daemon) -> None:
    """A link logs in once."""
    with Person(daemon.port) as person:
        person.login()
        person.say(wire.Login(None, False, []))
        assert person.hear(wire.Close).reason == "unexpected"
        assert person.is_over()
