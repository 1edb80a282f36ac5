"""The simulated network itself: time, order, reachability, the trace and what it counts."""

from typing import Any

import pytest
from simulated import Network
from twisted.application.internet import ClientService, StreamServerEndpointService
from twisted.internet.endpoints import (
    TCP4ClientEndpoint,
    TCP4ServerEndpoint,
    TCP6ClientEndpoint,
    TCP6ServerEndpoint,
)
from twisted.internet.protocol import Factory
from twisted.internet.task import LoopingCall
from two_hosts import PORT, SERVER, attempt, connected, pair
from two_worlds import Keeping, Recorder

# -- Twisted's own things, with a host as their reactor


@pytest.mark.parametrize(
    ("listening", "connecting", "address"),
    [
        (TCP4ServerEndpoint, TCP4ClientEndpoint, SERVER),
        (TCP6ServerEndpoint, TCP6ClientEndpoint, "fd00::1"),
    ],
)
def test_endpoints(listening: Any, connecting: Any, address: str) -> None:
    """Twisted's endpoints listen and connect through a host."""
    network = Network(seed=1)
    server, client = pair(network)
    listening(server, PORT).listen(Factory.forProtocol(Recorder))
    made: list[Recorder] = []
    endpoint = connecting(client, address, PORT)
    endpoint.connect(Factory.forProtocol(Recorder)).addCallback(made.append)
    network.run(lambda: made, seconds=10)
    assert made[0].connection.getPeer().host == address


def test_a_cancelled_endpoint_leaves_nothing() -> None:
    """Cancelling the Deferred of a connect ends the attempt and its timer."""
    network = Network(seed=1)
    server, client = pair(network)
    network.block(client, server)
    failures: list[object] = []
    connecting = TCP4ClientEndpoint(client, SERVER, PORT).connect(Factory.forProtocol(Recorder))
    connecting.addErrback(failures.append)
    network.advance(1)
    connecting.cancel()
    assert failures
    assert (client.getDelayedCalls(), client.kernel.flows) == ([], {})


def test_services() -> None:
    """A ClientService connects again after a loss; a server's service stops listening."""
    network = Network(seed=1)
    server, client = pair(network)
    accepting = Keeping()
    listening = StreamServerEndpointService(TCP4ServerEndpoint(server, PORT), accepting)
    listening.startService()
    service = ClientService(
        TCP4ClientEndpoint(client, SERVER, PORT), Factory.forProtocol(Recorder), clock=client
    )
    service.startService()
    network.run(lambda: accepting.made, seconds=10)
    accepting.made[0].connection.abortConnection()
    network.run(lambda: len(accepting.made) == 2, seconds=60)
    service.stopService()
    listening.stopService()
    network.settle()
    assert (network.connections, server.ports, network.errors) == ([], [], [])


# -- time


def test_hosts_share_one_time() -> None:
    """Timers of different hosts run in the order of their times, and all see the same time."""
    network = Network(seed=1)
    server, client = pair(network)
    seen: list[tuple[str, float]] = []
    server.callLater(2, lambda: seen.append(("server", client.seconds())))
    client.callLater(1, lambda: seen.append(("client", server.seconds())))
    network.advance(5)
    assert seen == [("client", 1.0), ("server", 2.0)]
    assert network.seconds() == server.seconds() == 5


def test_a_host_shows_its_own_timers() -> None:
    """getDelayedCalls has this host's timers, not those of others or of the network."""
    network = Network(seed=1)
    server, client = pair(network)
    _, dialed = connected(network, server, client)
    timer = server.callLater(5, print)
    dialed.connection.write(b"in flight")
    assert (server.getDelayedCalls(), client.getDelayedCalls()) == ([timer], [])
    timer.cancel()
    assert server.getDelayedCalls() == []


def test_a_looping_call() -> None:
    """A LoopingCall runs on a host's clock."""
    network = Network(seed=1)
    host = network.host(SERVER)
    times: list[float] = []
    loop = LoopingCall(lambda: times.append(host.seconds()))
    loop.clock = host
    loop.start(0.5)
    network.advance(1.25)
    loop.stop()
    assert times == [0, 0.5, 1]
    assert host.getDelayedCalls() == []


def test_what_a_timer_raises_is_kept() -> None:
    """An exception in a timer is recorded, and time goes on."""
    network = Network(seed=1)
    host = network.host(SERVER)
    after: list[bool] = []
    host.callLater(1, lambda: 1 // 0)
    host.callLater(2, after.append, True)
    network.advance(3)
    assert [type(failure.value) for failure in network.errors] == [ZeroDivisionError]
    assert after == [True]


# -- running


def test_running_ends_when_it_holds() -> None:
    """run stops at the event that makes the condition true."""
    network = Network(seed=1)
    host = network.host(SERVER)
    seen: list[int] = []
    for number in range(5):
        host.callLater(number, seen.append, number)
    network.run(lambda: 2 in seen, seconds=10)
    assert (seen, network.seconds()) == ([0, 1, 2], 2)


def test_running_in_vain_tells_the_story() -> None:
    """A run whose time is up fails with what happened, and with what was raised."""
    network = Network(seed=1, split=False)
    server, client = pair(network)
    _, dialed = connected(network, server, client)
    dialed.connection.write(b"hello")
    client.callLater(1, lambda: 1 // 0)
    with pytest.raises(AssertionError) as failure:
        network.run(lambda: False, seconds=5)
    story = str(failure.value)
    assert story.startswith("nothing came of it in 5 seconds")
    assert "10.0.0.2:32768 -> 10.0.0.1:1712  5 bytes b'hello'" in story
    assert "ZeroDivisionError" in story


def test_ipv6_in_the_trace_has_brackets() -> None:
    """The trace writes addresses as people do."""
    network = Network(seed=1)
    _, client = pair(network)
    dialing = attempt(client, "fd00::1")
    network.run(lambda: dialing.failures, seconds=10)
    assert [str(event).split(maxsplit=1)[1] for event in network.trace] == [
        "[fd00::2]:32768 -> [fd00::1]:1712  dials",
        "[fd00::2]:32768 -> [fd00::1]:1712  not connected: ConnectionRefusedError",
    ]


def test_settling_delivers_all_and_leaves_timers() -> None:
    """settle ends when nothing is in flight, before a timer that is due later."""
    network = Network(seed=1)
    server, client = pair(network)
    accepted, dialed = connected(network, server, client)
    timer = client.callLater(30, print)
    dialed.connection.write(bytes(200_000))
    network.settle()
    assert len(accepted.received) == 200_000
    assert timer.active()
    assert network.seconds() < 30


def test_settling_takes_two_that_never_rest_for_what_they_are() -> None:
    """settle fails when the talk does not end."""

    class Parrot(Recorder):
        def dataReceived(self, data: bytes) -> None:
            self.connection.write(data)

    network = Network(seed=1)
    server, client = pair(network)
    server.listenTCP(PORT, Factory.forProtocol(Parrot))
    dialing = Keeping(Parrot)
    client.connectTCP(SERVER, PORT, dialing)
    network.settle()
    dialing.made[0].connection.write(b"x")
    with pytest.raises(AssertionError):
        network.settle(seconds=2)


# -- what can be looked at


def test_connections_are_counted_where_they_are_open() -> None:
    """A connection is on both hosts, and in the network, until both ends are closed."""
    network = Network(seed=1)
    server, client = pair(network)
    _, dialed = connected(network, server, client)
    assert [transport.protocol for transport in client.connections] == [dialed]
    assert (len(server.connections), len(network.connections)) == (1, 1)
    dialed.connection.abortConnection()
    network.settle()
    assert (server.connections, client.connections, network.connections) == ([], [], [])


def chatter(seed: int) -> Network:
    """A run with several connections, timers and cuts."""
    network = Network(seed, cut_probability=0.02)
    server, client = pair(network)
    server.listenTCP(PORT, Keeping())
    dialing = [attempt(client, SERVER) for _ in range(5)]

    def talk() -> None:
        for factory in dialing:
            for protocol in factory.made:
                protocol.connection.write(b"some words, to be split")

    loop = LoopingCall(talk)
    loop.clock = client
    loop.start(0.3)
    network.advance(3)
    return network


def test_a_seed_is_a_story() -> None:
    """The same seed gives the same trace, to the last event; another seed gives another."""
    first, second, other = chatter(5), chatter(5), chatter(6)
    assert list(first.trace) == list(second.trace)
    assert first.deliveries == second.deliveries > 20
    assert list(first.trace) != list(other.trace)
