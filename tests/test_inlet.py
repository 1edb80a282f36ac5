"""When the kernel wakes us to read, over real sockets."""

import os
import select
import socket
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet.selectreactor import SelectReactor
from twisted.internet.tcp import Server

from chatd import limits
from chatd.inlet import Inlet

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a socket option of Linux")
MANY = 50_000
AT_ONCE = 40_000


@pytest.fixture
def ends() -> Iterator[tuple[Inlet, socket.socket, socket.socket]]:
    """An inlet, its socket, and that of the other side."""
    reactor: Any = SelectReactor()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        far = socket.create_connection(listening.getsockname())
        near, address = listening.accept()
    connection: Any = Server(near, None, address, None, 0, reactor)  # type: ignore[no-untyped-call]
    connection.bufferSize = AT_ONCE
    inlet = Inlet(connection)
    yield inlet, near, far
    for each in (near, far):
        each.close()
    reactor.removeAll()
    for descriptor in (reactor.waker.i, reactor.waker.o):
        os.close(descriptor)


def wakes(near: socket.socket, seconds: float = 10) -> bool:
    """Whether there is something to read in so long."""
    return bool(select.select([near], [], [], seconds)[0])


def there(near: socket.socket) -> int:
    """How many bytes have come."""
    try:
        return len(near.recv(2 * MANY, socket.MSG_PEEK))
    except BlockingIOError:
        return 0


def test_a_long_record_is_read_when_it_is_whole(
    ends: tuple[Inlet, socket.socket, socket.socket],
) -> None:
    """What has come of it before wakes nobody, and the last byte does."""
    inlet, near, far = ends
    inlet.wait_for(MANY)
    far.sendall(bytes(MANY - 1))
    while there(near) < MANY - 1:
        pass
    assert not wakes(near, 0)
    far.sendall(b"x")
    assert wakes(near)


def test_a_long_record_is_read_at_one_go(
    ends: tuple[Inlet, socket.socket, socket.socket],
) -> None:
    """With the length of the next, and no more; what is short comes with as much as ever."""
    inlet, _, _ = ends
    for count, read in ((MANY, MANY + 3), (0, AT_ONCE), (AT_ONCE - 3, AT_ONCE)):
        inlet.wait_for(count)
        assert inlet._connection.bufferSize == read


def test_what_is_short_is_read_at_once(ends: tuple[Inlet, socket.socket, socket.socket]) -> None:
    """Also after something long, and where little of something is missing."""
    inlet, near, far = ends
    for count in (MANY, 0, limits.AWAITED):
        inlet.wait_for(count)
    far.sendall(b"x")
    assert wakes(near)


@pytest.mark.parametrize("is_reset", [False, True])
def test_the_end_is_read_at_once(
    ends: tuple[Inlet, socket.socket, socket.socket], is_reset: bool
) -> None:
    """Whatever was waited for."""
    inlet, near, far = ends
    inlet.wait_for(MANY)
    far.sendall(b"half of it")
    if is_reset:
        far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    far.close()
    assert wakes(near)


def test_what_is_no_socket_is_left_as_it_is() -> None:
    """Such as TLS over one, which counts other bytes."""
    Inlet(object()).wait_for(MANY)
