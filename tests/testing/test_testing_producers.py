"""Readers that pause and writers that wait, as simulated and on the loopback of this machine."""

from io import BytesIO
from typing import Any

import pytest
from twisted.internet.interfaces import IPushProducer
from twisted.protocols.basic import FileSender
from two_worlds import Recording, Simulated, World
from zope.interface import implementer


@implementer(IPushProducer)
class Tap:
    """Writes one block per call of `pour`, and says whether it was asked to stop."""

    def __init__(self, transport: Any) -> None:
        self.transport = transport
        self.flowing = True
        self.stopped = False
        self.poured = 0

    def pour(self, block: bytes) -> None:
        self.poured += len(block)
        self.transport.write(block)

    def pauseProducing(self) -> None:
        self.flowing = False

    def resumeProducing(self) -> None:
        self.flowing = True

    def stopProducing(self) -> None:
        self.stopped = True


def pour_until_paused(world: World, tap: Tap) -> None:
    """Write, a turn at a time, until nothing more is taken."""
    while tap.flowing:
        while tap.flowing:
            tap.pour(bytes(8192))
        world.wait_a_moment()


def test_a_paused_reader_gets_nothing(world: World) -> None:
    """pauseProducing keeps bytes back, resumeProducing gives all of them."""
    server, client = world.connected()
    server.connection.pauseProducing()
    client.connection.write(b"patience")
    world.wait_a_moment()
    assert server.received == b""
    server.connection.resumeProducing()
    world.wait(lambda: server.received == b"patience")


def test_pausing_in_the_middle_keeps_the_order(world: World) -> None:
    """A reader that pauses after each piece and resumes later gets all of it, in order."""
    server, client = world.connected(
        server=lambda: Recording(lambda it: it.connection.pauseProducing())
    )
    sent = bytes(range(256)) * 1000
    client.connection.write(sent)
    while server.received != sent:
        before = server.reads
        server.connection.resumeProducing()
        world.wait(lambda before=before: server.reads > before)
    assert server.reads > 1


def test_the_end_waits_behind_the_bytes(world: World) -> None:
    """A paused reader of a closed connection gets the bytes first, then the end."""
    server, client = world.connected()
    server.connection.pauseProducing()
    client.connection.write(b"last words")
    client.connection.loseConnection()
    world.wait(lambda: client.lost)
    world.wait_a_moment()
    assert (server.received, server.ends) == (b"", [])
    server.connection.resumeProducing()
    world.wait(lambda: server.lost)
    assert (server.received, server.ends) == (b"last words", ["ConnectionDone"])


def test_half_closing(world: World) -> None:
    """After loseWriteConnection the other side sees the end, and what it sent still arrives."""
    server, client = world.connected()
    server.connection.pauseProducing()
    client.connection.write(b"question")
    client.connection.loseWriteConnection()
    world.wait_a_moment()
    server.connection.write(b"answer")
    world.wait(lambda: client.received == b"answer")
    server.connection.resumeProducing()
    world.wait(lambda: server.lost and client.lost)
    assert (server.received, server.ends) == (b"question", ["ConnectionDone"])
    assert client.ends == ["ConnectionDone"]


def test_a_writer_is_held_back_by_a_reader_that_pauses(world: World) -> None:
    """A push producer is paused after a bounded amount, and resumed when that is read."""
    server, client = world.connected()
    server.connection.pauseProducing()
    tap = Tap(client.connection)
    client.connection.registerProducer(tap, True)
    pour_until_paused(world, tap)
    if isinstance(world, Simulated):
        assert 64 * 1024 < tap.poured <= 3 * 64 * 1024
    server.connection.resumeProducing()
    world.wait(lambda: tap.flowing and len(server.received) == tap.poured)


def test_a_producer_hears_of_the_end(world: World) -> None:
    """stopProducing is called when the connection is lost."""
    server, client = world.connected()
    tap = Tap(client.connection)
    client.connection.registerProducer(tap, True)
    server.connection.abortConnection()
    world.wait(lambda: client.lost)
    assert tap.stopped


def test_a_pull_producer_is_asked_for_more(world: World) -> None:
    """A FileSender gets a whole file through, block by block."""
    server, client = world.connected()
    sent = bytes(range(256)) * 2000
    done: list[object] = []
    FileSender().beginFileTransfer(BytesIO(sent), client.connection).addCallback(done.append)
    world.wait(lambda: done and len(server.received) == len(sent))
    assert server.received == sent


def test_closing_with_a_producer_waits_for_it(world: World) -> None:
    """loseConnection during a transfer closes when the transfer is done."""
    server, client = world.connected()
    sent = bytes(300_000)
    FileSender().beginFileTransfer(BytesIO(sent), client.connection)
    client.connection.loseConnection()
    world.wait(lambda: server.lost and client.lost)
    assert (len(server.received), client.ends) == (300_000, ["ConnectionDone"])


def test_one_producer_at_a_time(world: World) -> None:
    """A second producer is refused until the first is unregistered."""
    _, client = world.connected()
    client.connection.registerProducer(Tap(client.connection), True)
    with pytest.raises(RuntimeError):
        client.connection.registerProducer(Tap(client.connection), True)
    client.connection.unregisterProducer()
    client.connection.registerProducer(Tap(client.connection), True)


def test_a_paused_reader_learns_of_a_reset_by_writing(world: World) -> None:
    """Whoever does not read sees nothing of a reset, until it writes."""
    server, client = world.connected()
    client.connection.pauseProducing()
    server.connection.abortConnection()
    world.wait(lambda: server.lost)
    world.wait_a_moment()
    assert client.ends == []
    client.connection.write(b"hello?")
    world.wait(lambda: client.lost)
    assert client.ends == ["ConnectionLost"]


def test_writing_to_whoever_has_gone_is_answered_with_a_reset(world: World) -> None:
    """A paused reader whose peer has closed loses the connection by writing, at the second try."""
    server, client = world.connected()
    client.connection.pauseProducing()
    server.connection.loseConnection()
    world.wait(lambda: server.lost)
    client.connection.write(b"hello?")
    world.wait_a_moment()
    client.connection.write(b"hello?")
    world.wait(lambda: client.lost)
    assert client.ends == ["ConnectionLost"]


def test_closing_with_bytes_unread_is_a_reset(world: World) -> None:
    """If one side closes without having read all, the other learns of it by writing once."""
    server, client = world.connected()
    for side in (server, client):
        side.connection.pauseProducing()
    client.connection.write(b"unread")
    world.wait_a_moment()
    server.connection.loseConnection()
    world.wait(lambda: server.lost)
    world.wait_a_moment()
    client.connection.write(b"x")
    world.wait(lambda: client.lost)
    assert client.ends == ["ConnectionLost"]


def test_a_full_buffer_does_not_hide_a_reset(world: World) -> None:
    """Whoever waits for room, and does not read, is told that the connection is lost."""
    server, client = world.connected()
    for side in (server, client):
        side.connection.pauseProducing()
    tap = Tap(client.connection)
    client.connection.registerProducer(tap, True)
    pour_until_paused(world, tap)
    server.connection.abortConnection()
    world.wait(lambda: client.lost)
    assert (client.ends, tap.stopped) == (["ConnectionLost"], True)
