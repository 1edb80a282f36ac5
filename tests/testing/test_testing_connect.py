"""How connections come about, as simulated and on the loopback of this machine."""

from typing import Any

import pytest
from twisted.internet import error
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IListeningPort, IReactorTCP, IReactorTime
from twisted.internet.tcp import makeBinding
from two_worlds import Keeping, Simulated, World
from zope.interface.verify import verifyObject


def listen(world: World, port: Any = 0, interface: str = "") -> tuple[Any, Keeping]:
    """A port of the server, and its factory."""
    factory = Keeping()
    return world.server.listenTCP(port, factory, interface=interface), factory


def dial(world: World, port: int, address: str = "", **options: Any) -> Keeping:
    """A factory of the client that is connecting."""
    factory = Keeping()
    world.client.connectTCP(address or world.address, port, factory, **options)
    return factory


def meet(world: World, accepting: Keeping, dialing: Keeping) -> tuple[Any, Any]:
    """The protocols of the two factories, once there are any."""
    world.wait(lambda: accepting.made and dialing.made)
    world.made += [accepting.made[-1], dialing.made[-1]]
    return accepting.made[-1], dialing.made[-1]


def free_port(world: World) -> int:
    """A port of the server that nothing listens on."""
    port, _ = listen(world)
    number = int(port.getHost().port)
    port.stopListening()
    world.wait_a_moment()
    return number


def test_a_host_is_a_reactor(world: World) -> None:
    """It provides what its users ask of a reactor, as far as Twisted's own reactors do."""
    assert IReactorTCP.providedBy(world.server)
    assert IReactorTime.providedBy(world.server)
    if isinstance(world, Simulated):
        assert verifyObject(IReactorTCP, world.server)
        assert verifyObject(IReactorTime, world.server)


def test_nobody_listens(world: World) -> None:
    """A connection to a port on which nothing listens is refused."""
    dialing = dial(world, free_port(world))
    world.wait(lambda: dialing.failures)
    assert dialing.failures == ["ConnectionRefusedError"]


def test_a_port_is_in_use(world: World) -> None:
    """Two plain listeners cannot have one port; the reason is the system's."""
    port, _ = listen(world)
    with pytest.raises(error.CannotListenError, match="Address already in use"):
        listen(world, port.getHost().port)


def test_a_port_can_be_had_again(world: World) -> None:
    """A port is free when stopListening has fired."""
    port, _ = listen(world)
    done: list[object] = []
    port.stopListening().addCallback(done.append)
    assert not done
    world.wait(lambda: done)
    again, _ = listen(world, free_port(world))
    assert verifyObject(IListeningPort, again)


def test_stopping_twice_is_harmless(world: World) -> None:
    """A port that has stopped can be told to stop."""
    port, _ = listen(world)
    port.stopListening()
    world.wait_a_moment()
    assert port.stopListening() is None


def test_connections_outlive_the_port(world: World) -> None:
    """stopListening leaves the connections that were accepted alone, and the port is free."""
    port, accepting = listen(world)
    number = port.getHost().port
    server, client = meet(world, accepting, dial(world, number))
    port.stopListening()
    world.wait_a_moment()
    client.connection.write(b"still here")
    world.wait(lambda: server.received == b"still here")
    listen(world, number)


def test_an_address_that_is_not_ours(world: World) -> None:
    """Listening on an address of somebody else is refused."""
    with pytest.raises(error.CannotListenError, match="Cannot assign requested address"):
        listen(world, 0, "192.0.2.1")


def test_one_port_at_two_addresses(world: World) -> None:
    """The same port at two addresses is two places, and each has its own listener."""
    port, first = listen(world, interface="127.0.0.1")
    number = port.getHost().port
    _, second = listen(world, number, "::1")
    dialing = Keeping()
    world.server.connectTCP("::1", number, dialing)
    meet(world, second, dialing)
    assert first.made == []


def test_the_interface_and_the_binding_must_agree(world: World) -> None:
    """A binding for one address and another interface are a mistake of the caller."""
    with pytest.raises(ValueError, match="inding"):
        listen(world, makeBinding("127.0.0.1"), interface="127.0.0.2")


def test_dialing_from_a_port_of_our_choice(world: World) -> None:
    """With bindAddress, the other side sees the address and port that we chose."""
    port, accepting = listen(world)
    own = free_port(world)
    dialing = dial(world, port.getHost().port, bindAddress=("", own))
    server, _ = meet(world, accepting, dialing)
    assert server.connection.getPeer().port == own


def test_listeners_that_agree_share_a_port(world: World) -> None:
    """With port reuse on both sides two listeners have one port; a plain one is refused."""
    reuse = makeBinding(world.address, 0, reuseAddress=True, reusePort=True)
    port, _ = listen(world, reuse)
    number = port.getHost().port
    listen(world, makeBinding(world.address, number, reuseAddress=True, reusePort=True))
    with pytest.raises(error.CannotListenError):
        listen(world, number)


def test_dialing_from_the_port_that_we_listen_on(world: World) -> None:
    """With port reuse on both, a listener's port is also where we dial from."""
    target, accepting = listen(world)
    reuse = {"reuseAddress": True, "reusePort": True}
    own = world.client.listenTCP(makeBinding("", 0, **reuse), Keeping()).getHost().port
    dialing = dial(world, target.getHost().port, bindAddress=makeBinding("", own, **reuse))
    server, _ = meet(world, accepting, dialing)
    assert server.connection.getPeer().port == own


def test_two_that_dial_from_one_port(world: World) -> None:
    """Sockets that do not listen share a port if both say so, with address reuse alone."""
    own = free_port(world)
    binding = makeBinding("", own, reuseAddress=True)
    for _ in range(2):
        port, accepting = listen(world)
        dialing = dial(world, port.getHost().port, bindAddress=binding)
        server, _client = meet(world, accepting, dialing)
        assert server.connection.getPeer().port == own


def test_a_listener_comes_to_the_port_of_a_connection(world: World) -> None:
    """With address reuse alone, which is not enough for whoever comes after a listener."""
    port, accepting = listen(world)
    own, number = free_port(world), port.getHost().port
    binding = makeBinding("", own, reuseAddress=True, reusePort=True)
    meet(world, accepting, dial(world, number, bindAddress=binding))
    world.client.listenTCP(own, Keeping())
    with pytest.raises(error.CannotListenError):
        world.client.listenTCP(own, Keeping())


def test_a_connection_that_exists_cannot_be_made_again(world: World) -> None:
    """The same four numbers a second time: an error, and the first connection goes on."""
    port, accepting = listen(world)
    number, own = port.getHost().port, free_port(world)
    binding = makeBinding("", own, reuseAddress=True, reusePort=True)
    server, client = meet(world, accepting, dial(world, number, bindAddress=binding))
    second = dial(world, number, bindAddress=binding)
    world.wait(lambda: second.failures)
    assert second.failures == ["ConnectError"]
    client.connection.write(b"unharmed")
    world.wait(lambda: server.received == b"unharmed")


def test_a_port_can_connect_to_itself(world: World) -> None:
    """Dialing one's own address from the same port makes one end that hears itself."""
    number = free_port(world)
    alone = Keeping()
    world.server.connectTCP(world.address, number, alone, bindAddress=(world.address, number))
    world.wait(lambda: alone.made)
    world.made += alone.made
    (protocol,) = alone.made
    protocol.connection.write(b"echo")
    world.wait(lambda: protocol.received == b"echo")
    assert protocol.connection.getHost() == protocol.connection.getPeer()
    protocol.connection.loseConnection()
    world.wait(lambda: protocol.lost)


def test_one_listener_for_both_families(world: World) -> None:
    """Listening on `::` takes IPv4 too, whose addresses then appear inside IPv6."""
    port, accepting = listen(world, interface="::")
    assert port.getHost() == IPv6Address("TCP", "::", port.getHost().port)
    server, client = meet(world, accepting, dial(world, port.getHost().port))
    own = client.connection.getHost()
    assert own == IPv4Address("TCP", own.host, own.port)
    assert server.connection.getPeer() == IPv6Address("TCP", f"::ffff:{own.host}", own.port)


def test_ipv6(world: World) -> None:
    """IPv6 addresses are shown in their shortest form by both sides."""
    port, accepting = listen(world, interface="::")
    address = "fd00:0::0:1" if isinstance(world, Simulated) else "0:0::0:1"
    server, client = meet(world, accepting, dial(world, port.getHost().port, address))
    assert client.connection.getPeer() == server.connection.getHost()
    assert server.connection.getHost().host in ("fd00::1", "::1")


def test_one_family_leaves_the_other_alone(world: World) -> None:
    """A listener for IPv4 is not reached through IPv6."""
    port, _ = listen(world, interface="0.0.0.0")
    address = "fd00::1" if isinstance(world, Simulated) else "::1"
    dialing = dial(world, port.getHost().port, address)
    world.wait(lambda: dialing.failures)
    assert dialing.failures == ["ConnectionRefusedError"]


def test_a_port_that_does_not_read_lets_connections_wait(world: World) -> None:
    """They are open for whoever dialed, and are served, with what they sent, once it reads."""
    port, accepting = listen(world)
    port.stopReading()
    dialing = dial(world, port.getHost().port)
    world.wait(lambda: dialing.made)
    dialing.made[0].connection.write(b"anybody?")
    world.wait_a_moment()
    assert not accepting.made
    port.startReading()
    server, _ = meet(world, accepting, dialing)
    world.wait(lambda: server.received == b"anybody?")


def test_connections_that_wait_end_with_the_port(world: World) -> None:
    """If the port closes before it has served them, they are reset."""
    port, accepting = listen(world)
    port.stopReading()
    dialing = dial(world, port.getHost().port)
    world.wait(lambda: dialing.made)
    world.wait_a_moment()
    port.stopListening()
    world.wait(lambda: dialing.made[0].lost)
    assert (dialing.made[0].ends, accepting.made) == (["ConnectionLost"], [])


def test_a_factory_may_build_nothing(world: World) -> None:
    """buildProtocol returning None closes the connection at once, on either side."""
    port = world.server.listenTCP(0, Keeping(lambda: None))
    dialing = dial(world, port.getHost().port)
    world.wait(lambda: dialing.made and dialing.made[0].lost)
    port, accepting = listen(world)
    world.client.connectTCP(world.address, port.getHost().port, Keeping(lambda: None))
    world.wait(lambda: accepting.made and accepting.made[0].lost)
    assert (dialing.made[0].ends, accepting.made[0].ends) == (["ConnectionDone"],) * 2


def test_giving_up(world: World) -> None:
    """stopConnecting ends an attempt at once, and nothing comes of it later."""
    port, _ = listen(world)
    dialing = Keeping()
    connector = world.client.connectTCP(world.address, port.getHost().port, dialing)
    connector.stopConnecting()
    assert dialing.failures == ["UserError"]
    world.wait_a_moment()
    assert (dialing.failures, dialing.made) == (["UserError"], [])


def test_a_connector_can_disconnect_and_connect_again(world: World) -> None:
    """A connector's disconnect closes its connection; connect makes a new one."""
    port, accepting = listen(world)
    dialing = Keeping()
    connector = world.client.connectTCP(world.address, port.getHost().port, dialing)
    server, client = meet(world, accepting, dialing)
    connector.disconnect()
    world.wait(lambda: server.lost and client.lost)
    connector.connect()
    world.wait(lambda: len(accepting.made) == 2 and len(dialing.made) == 2)
    world.made += accepting.made[1:] + dialing.made[1:]
    assert connector.getDestination() == client.connection.getPeer()
