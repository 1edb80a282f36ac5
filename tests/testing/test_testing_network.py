"""The simulated network itself: time, order, reachability, the trace and what it counts."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.application.internet import ClientService, StreamServerEndpointService
from twisted.internet.endpoints import (
    TCP4ClientEndpoint,
    TCP4ServerEndpoint,
    TCP6ClientEndpoint,
    TCP6ServerEndpoint,
)
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import Factory
from twisted.internet.task import LoopingCall
from twisted.internet.tcp import makeBinding
from two_worlds import Keeping, Recorder

from chatd.testing import Host, Network

SERVER, CLIENT = "10.0.0.1", "10.0.0.2"
PORT = 1712
SHARED = makeBinding("", PORT, reuseAddress=True, reusePort=True)
"""The same port, for whoever agrees to share it."""


def pair(network: Network) -> tuple[Host, Host]:
    """A server and a client that have both families."""
    return network.host(SERVER, "fd00::1"), network.host(CLIENT, "fd00::2")


def connected(network: Network, server: Host, client: Host) -> tuple[Recorder, Recorder]:
    """A protocol on each, connected."""
    accepting, dialing = Keeping(), Keeping()
    server.listenTCP(PORT, accepting)
    client.connectTCP(server.address, PORT, dialing)
    network.run(lambda: accepting.made and dialing.made, seconds=10)
    return accepting.made[0], dialing.made[0]


def attempt(client: Host, address: str, **options: Any) -> Keeping:
    """A factory that is connecting."""
    dialing = Keeping()
    client.connectTCP(address, PORT, dialing, **options)
    return dialing


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


# -- bytes


@given(
    st.integers(min_value=0),
    st.lists(st.tuples(st.binary(max_size=300), st.floats(0, 0.2)), max_size=12),
    st.sampled_from([(0.0, 0.0), (0.0, 1.0), (0.1, 0.1)]),
)
def test_bytes_arrive_in_order(
    seed: int, writes: list[tuple[bytes, float]], latency: tuple[float, float]
) -> None:
    """However they are split, joined and delayed, the reader gets the bytes that were written."""
    network = Network(seed, latency=latency)
    server, client = pair(network)
    accepted, dialed = connected(network, server, client)
    for data, pause in writes:
        dialed.connection.write(data)
        network.advance(pause)
    dialed.connection.loseConnection()
    network.run(lambda: accepted.lost, seconds=60)
    assert accepted.received == b"".join(data for data, _ in writes)
    assert network.connections == []


def test_writes_are_split_and_joined() -> None:
    """A read finds a part of a write, or several writes, over the seeds that are tried."""
    sizes: set[int] = set()
    for seed in range(30):
        network = Network(seed)
        server, client = pair(network)
        accepted, dialed = connected(network, server, client)
        for _ in range(3):
            dialed.connection.write(b"abcd")
            network.advance(0.001)
        network.run(lambda it=accepted: it.received, seconds=10)
        sizes.add(len(accepted.received))
    assert {1, 3, 4, 8} <= sizes


def test_without_splitting_a_turn_is_one_read() -> None:
    """With split=False, what is written in one turn arrives in one piece."""
    network = Network(seed=1, split=False)
    server, client = pair(network)
    accepted, dialed = connected(network, server, client)
    for _ in range(10):
        dialed.connection.write(b"abcd")
    network.settle()
    assert (accepted.reads, len(accepted.received)) == (1, 40)


def test_each_direction_has_its_latency() -> None:
    """set_latency slows down one direction and leaves the other alone."""
    network = Network(seed=1, latency=(0.01, 0.01), split=False)
    server, client = pair(network)
    accepted, dialed = connected(network, server, client)
    network.set_latency(client, server, (3, 3))
    start = network.seconds()
    accepted.connection.write(b"quick")
    dialed.connection.write(b"slow")
    network.run(lambda: dialed.received, seconds=1)
    assert network.seconds() - start == pytest.approx(0.01)
    network.run(lambda: accepted.received, seconds=10)
    assert network.seconds() - start == pytest.approx(3)


def test_the_network_holds_a_bounded_amount() -> None:
    """For a reader that pauses, the network takes 64 KiB; the rest stays with the writer."""
    network = Network(seed=1)
    server, client = pair(network)
    accepted, dialed = connected(network, server, client)
    accepted.connection.pauseProducing()
    dialed.connection.write(bytes(1_000_000))
    dialed.connection.loseConnection()
    network.settle()
    assert dialed.lost == []
    network.advance(3600)
    accepted.connection.resumeProducing()
    network.run(lambda: dialed.lost, seconds=60)
    in_flight = 1_000_000 - len(accepted.received)
    assert 0 < in_flight <= 64 * 1024


def test_a_full_pipe_does_not_hide_a_reset() -> None:
    """A write is told of a reset that has come while the pipe was full to the last byte."""
    network = Network(seed=1)
    accepted, dialed = connected(network, *pair(network))
    for side in (accepted, dialed):
        side.connection.pauseProducing()
    dialed.connection.write(bytes(64 * 1024))
    network.settle()
    accepted.connection.abortConnection()
    network.settle()
    assert dialed.lost == []
    dialed.connection.write(b"x")
    network.settle()
    assert dialed.ends == ["ConnectionLost"]


def test_nothing_is_read_between_an_abort_and_the_end() -> None:
    """What arrives in the instant of abortConnection is dropped, even if reading is resumed."""
    network = Network(seed=1, latency=(1, 1))
    accepted, dialed = connected(network, *pair(network))

    def abort() -> None:
        dialed.connection.abortConnection()
        dialed.connection.resumeProducing()

    network.settle()
    network.host("10.0.0.3").callLater(1, abort)
    accepted.connection.write(b"too late")
    network.settle()
    assert (dialed.received, dialed.ends) == (b"", ["ConnectionAborted"])


# -- connecting


def test_nobody_at_that_address() -> None:
    """An attempt to reach an address that no host has ends with its timeout."""
    network = Network(seed=1)
    _, client = pair(network)
    dialing = attempt(client, "10.9.9.9", timeout=7)
    network.run(lambda: dialing.failures, seconds=60)
    assert (dialing.failures, network.seconds()) == (["TimeoutError"], 7)


def test_blocking_goes_one_way() -> None:
    """A blocked attempt gets no answer; the other direction, and the end of it, are open."""
    network = Network(seed=1)
    server, client = pair(network)
    server.listenTCP(PORT, Keeping())
    client.listenTCP(PORT, Keeping())
    network.block(client, server)
    out, back = attempt(client, SERVER, timeout=5), attempt(server, CLIENT)
    network.run(lambda: out.failures and back.made, seconds=10)
    assert out.failures == ["TimeoutError"]
    network.allow(client, server)
    again = attempt(client, SERVER)
    network.run(lambda: again.made, seconds=10)


def test_refusing_one_address_of_a_host() -> None:
    """A rule can name an address; the other addresses of that host can be reached."""
    network = Network(seed=1)
    server, client = pair(network)
    server.listenTCP(PORT, Keeping(), interface="::")
    network.refuse(client, "fd00:0::1")
    refused, open_ = attempt(client, "fd00::1"), attempt(client, SERVER)
    network.run(lambda: refused.failures and open_.made, seconds=10)
    assert refused.failures == ["ConnectionRefusedError"]


def test_the_hardest_rule_holds() -> None:
    """Where one rule refuses and another blocks, there is no answer."""
    network = Network(seed=1)
    server, client = pair(network)
    server.listenTCP(PORT, Keeping())
    network.block(client, SERVER)
    network.refuse(CLIENT, server)
    dialing = attempt(client, SERVER, timeout=5)
    network.run(lambda: dialing.failures, seconds=10)
    assert dialing.failures == ["TimeoutError"]


def test_no_way_to_that_family() -> None:
    """A host without IPv6 has no route to an IPv6 address."""
    network = Network(seed=1)
    dialing = attempt(network.host("10.0.0.3"), "fd00::1")
    network.run(lambda: dialing.failures, seconds=1)
    assert dialing.failures == ["NoRouteError"]


def test_names_are_not_resolved() -> None:
    """Connecting to a name fails as an unknown name does."""
    network = Network(seed=1)
    dialing = attempt(network.host(SERVER), "chat.example")
    network.run(lambda: dialing.failures, seconds=1)
    assert dialing.failures == ["DNSLookupError"]


@pytest.mark.parametrize("binding", [("192.0.2.7", 0), ("", PORT)])
def test_a_place_to_dial_from_that_cannot_be_had(binding: tuple[str, int]) -> None:
    """An address of somebody else, or a port in use: the factory is told in a later turn."""
    network = Network(seed=1)
    host = network.host(SERVER)
    host.listenTCP(PORT, Keeping())
    dialing = attempt(host, SERVER, bindAddress=binding)
    assert dialing.failures == []
    network.run(lambda: dialing.failures, seconds=1)
    assert dialing.failures == ["ConnectBindError"]


def test_the_families_of_both_addresses_agree() -> None:
    """An IPv4 socket connects to no IPv6 address, and gives its port back."""
    network = Network(seed=1)
    host = network.host(SERVER, "fd00::1")
    dialing = attempt(host, "fd00::1", bindAddress=(SERVER, PORT))
    network.run(lambda: dialing.failures, seconds=1)
    assert dialing.failures == ["ConnectError"]
    host.listenTCP(PORT, Keeping())


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_loopback_is_ones_own(address: str) -> None:
    """Every host has loopback addresses, which lead to itself."""
    network = Network(seed=1)
    server, client = pair(network)
    accepting, elsewhere = Keeping(), Keeping()
    server.listenTCP(PORT, elsewhere, interface="::")
    client.listenTCP(PORT, accepting, interface=address)
    dialing = attempt(client, address)
    network.run(lambda: accepting.made and dialing.made, seconds=10)
    assert accepting.made[0].connection.getPeer().host == address
    assert not elsewhere.made


def test_an_address_belongs_to_one_host() -> None:
    """A second host with an address that is taken, or none at all, is a mistake of the test."""
    network = Network(seed=1)
    network.host("fd00::1")
    with pytest.raises(ValueError, match="fd00::1"):
        network.host("10.0.0.1", "fd00:0::1")
    with pytest.raises(ValueError, match="bob"):
        network.host("bob")


@pytest.mark.parametrize("listening", [False, True])
@pytest.mark.parametrize("seed", range(20))
def test_simultaneous_open(listening: bool, seed: int) -> None:
    """Two hosts that dial each other from and to the same ports get one connection."""
    network = Network(seed, latency=(0, 1))
    server, client = pair(network)
    accepting = Keeping()
    if listening:
        server.listenTCP(SHARED, accepting)
        client.listenTCP(SHARED, accepting)
    ours = attempt(client, SERVER, bindAddress=SHARED)
    theirs = attempt(server, CLIENT, bindAddress=SHARED)
    network.run(lambda: ours.made and theirs.made, seconds=10)
    ours.made[0].connection.write(b"met")
    network.run(lambda: theirs.made[0].received == b"met", seconds=10)
    assert accepting.made == []
    assert len(network.connections) == 1


def test_giving_up_a_simultaneous_open() -> None:
    """If one side gives up as the packets cross, the other side's connection is reset."""
    network = Network(seed=1, latency=(0.05, 0.05))
    server, client = pair(network)
    ours = attempt(client, SERVER, bindAddress=("", PORT), timeout=0.06)
    theirs = attempt(server, CLIENT, bindAddress=("", PORT))
    network.run(lambda: ours.failures and theirs.made and theirs.made[0].lost, seconds=10)
    assert (ours.failures, theirs.made[0].ends) == (["TimeoutError"], ["ConnectionLost"])
    assert network.connections == []


def test_giving_up_and_dialing_again_as_the_packets_cross() -> None:
    """A second attempt from the same port keeps it, whatever comes of the first one."""
    network = Network(seed=1, latency=(1, 1))
    server, client = pair(network)
    ours = attempt(client, SERVER, bindAddress=("", PORT), timeout=1.2)
    theirs = attempt(server, CLIENT, bindAddress=("", PORT))
    network.run(lambda: ours.failures, seconds=10)
    again = attempt(client, SERVER, bindAddress=("", PORT))
    network.run(lambda: theirs.made and theirs.made[0].lost, seconds=10)
    third = attempt(client, SERVER, bindAddress=("", PORT))
    network.run(lambda: again.failures and third.failures, seconds=10)
    assert (again.failures, third.failures) == (["ConnectionRefusedError"], ["ConnectBindError"])


def test_giving_up_before_the_packets_cross() -> None:
    """Whoever gives up before its first packet arrives meets nobody."""
    network = Network(seed=1, latency=(1, 1))
    server, client = pair(network)
    ours = attempt(client, SERVER, bindAddress=("", PORT), timeout=0.5)
    theirs = attempt(server, CLIENT, bindAddress=("", PORT))
    network.run(lambda: theirs.failures, seconds=10)
    assert (ours.failures, theirs.failures) == (["TimeoutError"], ["ConnectionRefusedError"])


def test_dialing_back_too_late() -> None:
    """Once the first packet of the other side is answered, dialing it back is an error."""
    network = Network(seed=1, latency=(1, 1))
    server, client = pair(network)
    accepting = Keeping()
    server.listenTCP(SHARED, accepting)
    ours = attempt(client, SERVER, bindAddress=SHARED)
    network.advance(1.5)
    theirs = attempt(server, CLIENT, bindAddress=SHARED)
    network.run(lambda: ours.made and accepting.made and theirs.failures, seconds=10)
    assert theirs.failures == ["ConnectError"]


def test_the_most_exact_listener_accepts() -> None:
    """Of a listener for one address and one for all, the first gets what comes to its address."""
    network = Network(seed=1)
    server, client = pair(network)
    exact, general = Keeping(), Keeping()
    server.listenTCP(SHARED, general)
    server.listenTCP(makeBinding(SERVER, PORT, reuseAddress=True, reusePort=True), exact)
    for _ in range(10):
        attempt(client, SERVER)
    network.settle()
    assert (len(exact.made), general.made) == (10, [])


def test_giving_up_before_the_answer() -> None:
    """An attempt that ends while the answer is on its way is not accepted, and can be repeated."""
    network = Network(seed=1, latency=(1, 1))
    server, client = pair(network)
    accepting = Keeping()
    server.listenTCP(PORT, accepting)
    first = attempt(client, SERVER, timeout=1.5, bindAddress=("", PORT))
    network.settle()
    assert (first.failures, accepting.made) == (["TimeoutError"], [])
    again = attempt(client, SERVER, bindAddress=("", PORT))
    network.run(lambda: again.made and accepting.made, seconds=10)


def test_a_port_that_closes_before_the_last_step() -> None:
    """Whoever has connected to a port that closes before it could accept is reset."""
    network = Network(seed=1, latency=(1, 1))
    server, client = pair(network)
    accepting = Keeping()
    port = server.listenTCP(PORT, accepting)
    dialing = attempt(client, SERVER)
    network.run(lambda: dialing.made, seconds=10)
    port.stopListening()
    network.run(lambda: dialing.made[0].lost, seconds=10)
    assert (dialing.made[0].ends, accepting.made) == (["ConnectionLost"], [])


def test_a_port_that_closes_in_the_same_instant() -> None:
    """What would be accepted after stopListening, in the same instant, is reset as well."""
    network = Network(seed=1, latency=(1, 1))
    server, client = pair(network)
    accepting = Keeping()
    port = server.listenTCP(PORT, accepting)
    server.callLater(3, port.stopListening)
    dialing = attempt(client, SERVER)
    network.run(lambda: dialing.made and dialing.made[0].lost, seconds=10)
    assert (dialing.made[0].ends, accepting.made) == (["ConnectionLost"], [])


def test_ports_go_round(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ports that nobody asked for are given out once, and again when they are free."""
    monkeypatch.setattr("chatd.testing.kernel.EPHEMERAL", range(40_000, 40_003))
    network = Network(seed=1)
    host = network.host(SERVER)
    host.listenTCP(40_001, Keeping())
    ports = [host.listenTCP(0, Keeping()) for _ in range(2)]
    assert [port.getHost().port for port in ports] == [40_000, 40_002]
    with pytest.raises(CannotListenError):
        host.listenTCP(0, Keeping())
    ports[0].stopListening()
    network.settle()
    assert host.listenTCP(0, Keeping()).getHost().port == 40_000


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
