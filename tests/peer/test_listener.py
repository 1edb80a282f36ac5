"""The listening port inside a client, simulated and on real sockets of this machine."""

import socket

import pytest
from patience import SECONDS
from peer_pairs import HOST, Stranger, visit
from simulated import Network
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import Factory
from twisted.internet.selectreactor import SelectReactor

from chatd.peer.listener import Listener
from chatd.peer.local_port import PortUnavailable, free_port, shared


def test_a_port_is_held_as_long_as_the_listener_is_open() -> None:
    """Nobody else gets it meanwhile; afterwards it is free, and closing again does nothing."""
    network = Network(seed=1)
    machine = network.host(HOST)
    listener = Listener(machine, machine.free_port(4000))
    assert listener.port == 4000
    with pytest.raises(PortUnavailable, match="port 4000 is in use or not allowed"):
        machine.free_port(4000)
    with pytest.raises(CannotListenError):
        machine.listenTCP(4000, Factory.forProtocol(Stranger), interface="::")
    listener.close()
    listener.close()
    network.settle()
    assert not machine.ports
    assert machine.free_port(4000) == 4000


def test_a_listener_beside_a_link_from_its_port() -> None:
    """The server link, the listener and what is dialled have one port."""
    network = Network(seed=1)
    machine, other = network.host(HOST), network.host("10.0.1.2")
    target = Listener(other, 4000)
    port = machine.free_port()
    link = TCP4ClientEndpoint(machine, other.address, 4000, bindAddress=shared(port))
    link.connect(Factory.forProtocol(Stranger))
    network.advance(1)
    listener = Listener(machine, machine.free_port(port))
    assert listener.port == port
    assert [transport.getHost().port for transport in machine.connections] == [port]
    listener.close()
    target.close()


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


def test_a_real_port_is_bound_on_both_families() -> None:
    """At once, and freed at the end."""
    reactor = SelectReactor()
    listener = Listener(reactor, free_port())
    port = listener.port
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS):
        pass
    listener.close()
    for _ in range(3):
        reactor.iterate(0)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
    _close(reactor)


def test_a_real_port_that_is_busy_by_now() -> None:
    """Somebody took it in between: a clear error."""
    reactor = SelectReactor()
    with socket.socket() as busy:
        busy.bind(("0.0.0.0", 0))
        busy.listen()
        with pytest.raises(PortUnavailable, match="is in use or not allowed"):
            Listener(reactor, busy.getsockname()[1])
    _close(reactor)


def _close(reactor: SelectReactor) -> None:
    for reader in reactor.removeAll():
        reader.connectionLost(None)
    for waker in list(reactor._internalReaders):
        waker.connectionLost(None)
