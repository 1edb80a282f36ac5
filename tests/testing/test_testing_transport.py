"""How connections behave, as simulated and on the loopback of this machine."""

from typing import Any

import pytest
from twisted.internet.interfaces import ITCPTransport
from twisted.protocols.basic import LineReceiver
from two_worlds import Recorder, Recording, Simulated, World
from zope.interface.verify import verifyObject


class Echo(LineReceiver):
    def lineReceived(self, line: bytes) -> None:
        self.sendLine(line)


def test_twisteds_own_protocols_talk(world: World) -> None:
    """A LineReceiver answers every line, in order."""
    _, client = world.connected(server=Echo)
    lines = b"".join(b"line %d\r\n" % number for number in range(50))
    client.connection.write(lines)
    world.wait(lambda: len(client.received) == len(lines))
    assert client.received == lines


def test_a_sequence_is_written_in_order(world: World) -> None:
    """writeSequence is writes in a row."""
    server, client = world.connected()
    client.connection.writeSequence([b"one ", b"two ", b"three"])
    world.wait(lambda: len(server.received) == 13)
    assert server.received == b"one two three"


def test_text_is_no_data(world: World) -> None:
    """Only bytes can be written."""
    _, client = world.connected()
    with pytest.raises(TypeError):
        client.connection.write("text")


def test_closing_sends_what_was_written(world: World) -> None:
    """After loseConnection the other side gets all of it, and both see an ordinary end."""
    server, client = world.connected()
    client.connection.write(b"x" * 300_000)
    client.connection.loseConnection()
    world.wait(lambda: server.lost and client.lost)
    assert (len(server.received), server.ends) == (300_000, ["ConnectionDone"])
    assert client.ends == ["ConnectionDone"]


def test_writing_in_the_turn_of_closing_still_goes_out(world: World) -> None:
    """loseConnection closes when the buffer is empty, so a write right after it is sent too."""
    server, client = world.connected()
    client.connection.write(b"one")
    client.connection.loseConnection()
    client.connection.write(b"two")
    world.wait(lambda: server.lost)
    assert server.received == b"onetwo"


def test_writing_to_a_closed_connection_does_nothing(world: World) -> None:
    """After connectionLost, writing, closing and aborting are ignored."""
    server, client = world.connected()
    transport = client.connection
    transport.loseConnection()
    world.wait(lambda: server.lost and client.lost)
    transport.write(b"late")
    transport.loseConnection()
    transport.abortConnection()
    world.wait_a_moment()
    assert (server.received, client.ends) == (b"", ["ConnectionDone"])


def test_aborting_drops_what_was_written(world: World) -> None:
    """abortConnection in the turn of a write: nothing arrives, and the other side sees a loss."""
    server, client = world.connected()
    client.connection.write(b"x")
    client.connection.abortConnection()
    world.wait(lambda: server.lost and client.lost)
    assert (server.received, server.ends) == (b"", ["ConnectionLost"])
    assert client.ends == ["ConnectionAborted"]


def test_aborting_wins_over_closing(world: World) -> None:
    """abortConnection after loseConnection is an abort."""
    server, client = world.connected()
    client.connection.loseConnection()
    client.connection.abortConnection()
    world.wait(lambda: server.lost and client.lost)
    assert (server.ends, client.ends) == (["ConnectionLost"], ["ConnectionAborted"])


def test_writing_after_an_abort_is_dropped(world: World) -> None:
    """What is written between abortConnection and its effect goes nowhere."""
    server, client = world.connected()
    client.connection.write(b"x")
    client.connection.abortConnection()
    client.connection.write(b"y")
    world.wait(lambda: server.lost and client.lost)
    assert server.received == b""


def test_both_close_at_once(world: World) -> None:
    """Whoever closes reads nothing more, and both ends are ordinary."""
    server, client = world.connected()
    for side in (server, client):
        side.connection.write(b"bye")
        side.connection.loseConnection()
    world.wait(lambda: server.lost and client.lost)
    assert (server.ends, client.ends) == (["ConnectionDone"], ["ConnectionDone"])
    assert (server.received, client.received) == (b"", b"")


def test_both_abort_at_once(world: World) -> None:
    """Each side sees its own abort, once."""
    server, client = world.connected()
    server.connection.abortConnection()
    client.connection.abortConnection()
    world.wait(lambda: server.lost and client.lost)
    assert (server.ends, client.ends) == (["ConnectionAborted"], ["ConnectionAborted"])


@pytest.mark.parametrize("way", ["write", "loseConnection", "abortConnection"])
def test_nothing_happens_inside_a_call(world: World, way: str) -> None:
    """A protocol is never called back while it is calling its transport."""
    server, client = world.connected()
    getattr(client.connection, way)(*[b"x"] * (way == "write"))
    assert (server.received, server.lost, client.lost) == (b"", [], [])


def test_nothing_is_read_after_closing(world: World) -> None:
    """loseConnection in dataReceived: what comes after that is dropped."""
    server, client = world.connected(
        server=lambda: Recording(lambda it: it.connection.loseConnection())
    )
    client.connection.write(b"a")
    world.wait(lambda: server.received)
    client.connection.write(b"b")
    world.wait(lambda: server.lost and client.lost)
    assert (server.received, server.ends) == (b"a", ["ConnectionDone"])


def test_an_exception_in_a_protocol_closes_its_connection(world: World) -> None:
    """The protocol is told its own exception, the other side an ordinary end."""
    server, client = world.connected(server=lambda: Recording(lambda it: 1 // 0))
    client.connection.write(b"x")
    world.wait(lambda: server.lost and client.lost)
    assert (server.ends, client.ends) == (["ZeroDivisionError"], ["ConnectionDone"])
    if isinstance(world, Simulated):
        assert [type(failure.value) for failure in world.network.errors] == [ZeroDivisionError]


def test_an_exception_overtakes_an_abort(world: World) -> None:
    """A protocol that aborts and then raises is told the exception, and nothing after it."""

    def abort_and_raise(protocol: Recorder) -> None:
        protocol.connection.abortConnection()
        raise RuntimeError

    server, client = world.connected(server=lambda: Recording(abort_and_raise))
    client.connection.write(b"x")
    world.wait(lambda: server.lost and client.lost)
    world.wait_a_moment()
    assert (server.ends, client.ends) == (["RuntimeError"], ["ConnectionDone"])


def test_an_exception_in_the_last_word_is_survived(world: World) -> None:
    """A protocol that raises in connectionLost takes nothing else with it."""

    class Sulking(Recorder):
        def connectionLost(self, reason: Any) -> None:  # type: ignore[override]
            super().connectionLost(reason)
            raise RuntimeError("no")

    server, client = world.connected(server=Sulking)
    client.connection.loseConnection()
    world.wait(lambda: server.lost and client.lost)
    world.wait_a_moment()
    assert (server.ends, client.ends) == (["ConnectionDone"], ["ConnectionDone"])


def test_stopping_to_read_for_good_closes(world: World) -> None:
    """stopProducing on a transport is loseConnection."""
    server, client = world.connected()
    server.connection.stopProducing()
    world.wait(lambda: client.lost)
    assert client.ends == ["ConnectionDone"]


def test_both_sides_agree_on_the_addresses(world: World) -> None:
    """What one side calls its own address, the other calls the peer's."""
    server, client = world.connected()
    assert server.connection.getHost() == client.connection.getPeer()
    assert server.connection.getPeer() == client.connection.getHost()
    assert server.connection.getHost().host == world.address


def test_a_transport_has_the_options_of_tcp(world: World) -> None:
    """It provides ITCPTransport, and remembers TCP_NODELAY and SO_KEEPALIVE."""
    _, client = world.connected()
    transport = client.connection
    assert verifyObject(ITCPTransport, transport)
    assert not transport.getTcpKeepAlive()
    transport.setTcpKeepAlive(True)
    transport.setTcpNoDelay(True)
    assert transport.getTcpKeepAlive()
    assert transport.getTcpNoDelay()
