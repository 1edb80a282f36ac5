"""The listening port inside a client, simulated and on real sockets of this machine."""

import socket

import pytest
from peer_pairs import HOST, Stranger, visit
from twisted.internet.selectreactor import SelectReactor

from chatd.peer.listener import Listener, PortUnavailable
from chatd.testing import Network


def test_a_port_is_held_as_long_as_the_listener_is_open() -> None:
    """Nobody else gets it meanwhile; afterwards it is free, and closing again does nothing."""
    network = Network(seed=1)
    machine = network.host(HOST)
    listener = Listener(machine, 4000)
    assert listener.port == 4000
    with pytest.raises(PortUnavailable, match="port 4000 is in use or not allowed"):
        Listener(machine, 4000)
    listener.close()
    listener.close()
    network.settle()
    assert not machine.ports
    Listener(machine, 4000).close()


def test_any_port_will_do() -> None:
    """Without a wish each listener has one of its own."""
    machine = Network(seed=1).host(HOST)
    first, second = Listener(machine), Listener(machine)
    assert first.port != second.port


def test_what_connects_is_served_from_the_start_on_and_not_after_the_end() -> None:
    """Before, it waits; after, it is turned away."""
    network = Network(seed=1)
    machine, other = network.host(HOST), network.host("10.0.1.2")
    listener = Listener(machine, 4000)
    early = visit(other, HOST, Stranger())
    network.advance(1)
    assert early.is_connected
    served: list[str] = []

    def accepted(source: str) -> Stranger:
        served.append(source)
        return Stranger()

    listener.start(accepted)
    network.advance(1)
    assert len(served) == 1
    listener.close()
    late = visit(other, HOST, Stranger())
    network.advance(1)
    assert len(served) == 1
    assert late.times == 0


def test_what_waits_when_the_listener_closes_is_turned_away() -> None:
    """An introduction that came to nothing leaves nobody hanging."""
    network = Network(seed=1)
    machine, other = network.host(HOST), network.host("10.0.1.2")
    listener = Listener(machine, 4000)
    early = visit(other, HOST, Stranger())
    network.advance(1)
    listener.close()
    network.advance(1)
    assert not early.is_connected
    assert not network.connections


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
def test_a_real_port_that_is_busy(address: str) -> None:
    """Somebody listens there: a clear error, with the way out."""
    reactor = SelectReactor()
    with socket.socket() as busy:
        busy.bind((address, 0))
        busy.listen()
        port = busy.getsockname()[1]
        with pytest.raises(PortUnavailable) as caught:
            Listener(reactor, port)
    assert str(caught.value) == f"port {port} is in use or not allowed"
    assert "--client-port" in caught.value.hint
    _close(reactor)


def test_a_real_port_that_is_free() -> None:
    """It is bound at once, on both families where there are two."""
    reactor = SelectReactor()
    listener = Listener(reactor)
    port = listener.port
    with socket.create_connection(("127.0.0.1", port), timeout=5):
        pass
    listener.close()
    for _ in range(3):
        reactor.iterate(0)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
    _close(reactor)


def _close(reactor: SelectReactor) -> None:
    for reader in reactor.removeAll():
        reader.connectionLost(None)
    for waker in list(reactor._internalReaders):
        waker.connectionLost(None)
