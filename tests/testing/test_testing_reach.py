"""Who reaches whom in the simulated network, and what can happen on the way."""

import pytest
from simulated import Network
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.error import CannotListenError
from twisted.internet.tcp import makeBinding
from two_hosts import CLIENT, PORT, SERVER, attempt, pair
from two_worlds import Keeping

SHARED = makeBinding("", PORT, reuseAddress=True, reusePort=True)
"""The same port, for whoever agrees to share it."""


def test_nobody_at_that_address() -> None:
    """An attempt to reach an address that no host has ends with its timeout."""
    network = Network(seed=1)
    _, client = pair(network)
    dialing = attempt(client, "10.9.9.9", timeout=7)
    network.run(lambda: dialing.failures, seconds=60)
    assert (dialing.failures, network.seconds()) == (["TimeoutError"], 7)


def test_names_are_looked_up() -> None:
    """An endpoint that looks names up reaches whoever has the address, and nobody without one."""
    network = Network(seed=1)
    server, client = pair(network)
    server.listenTCP(PORT, Keeping())
    network.name("server.example", SERVER)
    made: list[object] = []
    for name in ("server.example", "nobody.example", SERVER):
        HostnameEndpoint(client, name, PORT).connect(Keeping()).addBoth(made.append)
    network.run(lambda: len(made) == 3, seconds=10)
    assert [type(each).__name__ for each in made].count("Failure") == 1


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
    network.set_latency(client, server, (0.1, 0.1))
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
    monkeypatch.setattr("simulated.kernel.EPHEMERAL", range(40_000, 40_003))
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
