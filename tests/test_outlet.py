"""Writing over real sockets: at once, in order, and bounded."""

import os
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from twisted.internet.selectreactor import SelectReactor
from twisted.internet.tcp import Server

from chatd import limits
from chatd.errors import TooSlow
from chatd.outlet import Outlet, write_much

UNREAD = 200_000


@dataclass
class Scene:
    """An outlet, and the socket at which what it writes arrives."""

    outlet: Outlet
    connection: Any
    far: socket.socket
    reactor: Any

    def writes(self) -> bool:
        """Whether the connection wants to write in a turn of the reactor."""
        return self.connection in self.reactor.getWriters()

    def read(self, count: int) -> bytes:
        """So many bytes, with turns of the reactor in between."""
        found = b""
        while len(found) < count:
            self.reactor.doSelect(0)
            try:
                found += self.far.recv(65_536)
            except BlockingIOError:
                continue
        return found


@pytest.fixture
def scene() -> Iterator[Scene]:
    """Two sockets, of which one belongs to a reactor of its own that nobody runs."""
    reactor: Any = SelectReactor()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        far = socket.create_connection(listening.getsockname())
        near, address = listening.accept()
    for each in (near, far):
        each.setblocking(False)
    connection: Any = Server(near, None, address, None, 0, reactor)  # type: ignore[no-untyped-call]
    yield Scene(Outlet(connection, UNREAD), connection, far, reactor)
    for each in (near, far):
        each.close()
    reactor.removeAll()
    for descriptor in (reactor.waker.i, reactor.waker.o):
        os.close(descriptor)


def test_what_is_written_is_sent_in_the_same_turn(scene: Scene) -> None:
    """The reactor has nothing to do for it."""
    scene.outlet.write(b"hello")
    assert not scene.writes()
    assert scene.far.recv(10) == b"hello"


def test_what_the_kernel_does_not_take_follows_in_order(scene: Scene) -> None:
    """Also what is written after it, however it is cut."""
    pieces = [os.urandom(7001) for _ in range(2000)]
    written = b""
    for piece in pieces:
        written += piece
        scene.outlet.write(piece)
        if scene.writes():
            break
    assert scene.writes(), "the kernel took all of it"
    scene.outlet.write(b"and the end")
    assert scene.read(len(written) + 11) == written + b"and the end"
    scene.outlet.write(b"once more")
    assert scene.read(9) == b"once more"


def test_what_is_not_read_is_bounded(scene: Scene) -> None:
    """Beyond what the kernel and the connection hold, no more than was allowed is kept."""

    def flood() -> None:
        for _ in range(10_000):
            scene.outlet.write(bytes(10_000))

    with pytest.raises(TooSlow):
        flood()
    assert len(scene.connection.dataBuffer) + scene.connection._tempDataLen < UNREAD + 100_000


@pytest.mark.parametrize("room", [None, lambda: None], ids=["server", "direct"])
def test_whoever_reads_is_not_too_slow(scene: Scene, room: Callable[[], None] | None) -> None:
    """However much is written, and though something is always left."""
    for each in (scene.far, scene.connection.socket):  # no kernel takes more and more
        each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 100_000)
        each.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 100_000)
    scene.outlet.end()
    most, piece = 2_000_000, bytes(100_000)
    outlet = Outlet(scene.connection, most, room)
    behind, read = 15 * len(piece), 0
    for written in range(0, 4 * most, len(piece)):
        outlet.write(piece)
        if written > behind + read:
            read += len(scene.read(written - behind - read))
            assert scene.writes(), "nothing was left"


def test_a_connection_that_is_lost_finds_out_in_its_own_turn(scene: Scene) -> None:
    """Whoever writes is not called back while they do."""
    scene.far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    scene.far.close()
    for _ in range(3):
        scene.outlet.write(b"too late")
    assert not scene.connection.disconnected
    assert scene.writes()


def test_what_is_written_to_a_connection_that_is_gone_goes_nowhere(scene: Scene) -> None:
    """Its socket may be another one's by then: the reactor is not asked to look at it."""
    scene.connection.socket.close()
    scene.connection.connected = 0
    scene.outlet.write(b"too late")
    assert not scene.writes()


class Below:
    """A connection that is no socket: TLS has something below that would take plain text."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def writeSomeData(self, data: bytes) -> int:
        raise AssertionError("it would be sent as it is")

    def registerProducer(self, producer: object, streaming: bool) -> None:
        assert streaming


def test_whatever_is_no_socket_writes_itself() -> None:
    """Nothing goes past what has to see it."""
    below = Below()
    Outlet(below, UNREAD).write(b"secret")
    assert below.written == [b"secret"]


def test_a_socket_that_speaks_tls_writes_itself(scene: Scene) -> None:
    """As one does whose TLS was begun on it."""
    written: list[bytes] = []
    scene.connection.unregisterProducer()
    scene.connection.TLS = True
    scene.connection.write = written.append
    scene.connection.registerProducer = lambda producer, streaming: None
    Outlet(scene.connection, UNREAD).write(b"secret")
    assert written == [b"secret"]
    with pytest.raises(BlockingIOError):
        scene.far.recv(1)


def watched(scene: Scene) -> list[bytes]:
    """What the kernel is given, call by call."""
    given: list[bytes] = []

    class Watched(socket.socket):
        __slots__ = ()

        def sendmsg(self, pieces: Any) -> int:  # type: ignore[override]
            given.append(b"".join(pieces))
            return super().sendmsg(pieces)

    scene.connection.socket.__class__ = Watched
    return given


def test_what_is_gathered_is_sent_together(scene: Scene) -> None:
    """In order and in one piece, and what follows on its own."""
    pieces = watched(scene)
    scene.outlet.gather()
    for data in (b"one", b"two"):
        scene.outlet.write(data)
    assert not pieces
    scene.outlet.flush()
    scene.outlet.flush()
    scene.outlet.write(b"three")
    assert pieces == [b"onetwo", b"three"]
    assert scene.read(11) == b"onetwothree"


def test_what_is_gathered_is_bounded(scene: Scene) -> None:
    """As many as may be kept wait no longer."""
    pieces = watched(scene)
    scene.outlet.gather()
    for _ in range(limits.GATHERED_RECORDS - 1):
        scene.outlet.write(b"x")
    assert not pieces
    scene.outlet.write(b"y")
    assert pieces == [b"x" * (limits.GATHERED_RECORDS - 1) + b"y"]
    scene.outlet.write(b"z")
    scene.outlet.flush()
    assert pieces[1:] == [b"z"]


def test_what_is_gathered_goes_out_before_the_end(scene: Scene) -> None:
    """A link that is closed in the middle of it has said what it said."""
    scene.outlet.gather()
    scene.outlet.write(b"last words")
    scene.outlet.end()
    scene.outlet.flush()
    assert scene.read(10) == b"last words"


def test_what_is_gathered_counts_as_unread(scene: Scene) -> None:
    """Too much of it is found where it is sent."""

    def say_much() -> None:
        while True:
            scene.outlet.gather()
            scene.outlet.write(bytes(50_000))
            scene.outlet.flush()

    with pytest.raises(TooSlow):
        say_much()


def test_whoever_has_much_to_write_is_told_when_there_is_room(scene: Scene) -> None:
    """Once for each time that something was left, when all of it is with the kernel."""
    told: list[bool] = []
    scene.outlet.end()
    outlet = Outlet(scene.connection, UNREAD, lambda: told.append(True))
    write_much(scene.connection)
    written = 0
    while outlet.has_room:
        outlet.write(bytes(60_000))
        written += 60_000
    assert not told
    waits = len(scene.connection.dataBuffer) + scene.connection._tempDataLen
    assert waits <= 60_000, "it is told only when much more has gathered"
    scene.read(written)
    scene.reactor.doSelect(0)
    assert told == [True]
    assert outlet.has_room


def test_what_is_left_of_a_long_piece_is_not_copied(scene: Scene) -> None:
    """It goes out from where it lies, and what is written meanwhile behind it."""
    scene.outlet.end()
    outlet = Outlet(scene.connection, 1 << 25, lambda: None)
    piece = os.urandom(1 << 24)
    outlet.write(b"head", piece)
    assert scene.writes()
    assert scene.connection.dataBuffer.obj is piece
    outlet.write(b"tail")
    assert scene.read(len(piece) + 8) == b"head" + piece + b"tail"


def test_what_follows_is_sent_in_the_same_turn_again(scene: Scene) -> None:
    """As soon as all is with the kernel that it did not take at first."""
    scene.outlet.end()
    outlet = Outlet(scene.connection, UNREAD, lambda: None)
    written = 0
    while outlet.has_room:
        outlet.write(bytes(60_000))
        written += 60_000
    scene.read(written)
    scene.reactor.doSelect(0)
    assert outlet.has_room
    outlet.write(b"hello")
    assert not scene.writes()
    assert scene.far.recv(10) == b"hello"


@pytest.mark.skipif(sys.platform != "linux", reason="a socket option of Linux")
def test_a_kernel_holds_little_that_it_has_not_sent(scene: Scene) -> None:
    """What is written behind it waits for little; more where the link is known to be fast."""
    for given, expected in (((), limits.UNSENT), ((4 * limits.UNSENT,), 4 * limits.UNSENT)):
        write_much(scene.connection, *given)
        option = scene.connection.socket.getsockopt(socket.IPPROTO_TCP, 25)
        assert option == expected


def test_a_socket_that_is_not_tcp_is_left_as_it_is() -> None:
    """Such as that of a Tor at a path: it has no such option."""
    near, far = socket.socketpair()

    class Connection:
        socket = near

    with near, far:
        write_much(Connection())
