"""Where a client ends up that is sent to a relay by name, on the simulated network."""

import random
from typing import Any

import pytest
from simulated import Network, fake_primitives
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.protocol import Factory, Protocol

from chatd import limits
from chatd.engine.connection_attempt import ConnectionAttempt
from chatd.engine.decisions.effects import Race
from chatd.engine.environment import Environment, Settings
from chatd.engine.gathering import ServerView
from chatd.noise.keys import encode_identity
from chatd.noise.suites import SUITES
from chatd.peer.conversation_link import ConversationLink
from chatd.peer.offer import new_offer
from chatd.peer.shared_port import Ports
from chatd.reach.relay_choice import NoRelay
from chatd.wire.codec import encode
from chatd.wire.server import Go, Relay

PORT = 1713
RELAY, NEAR, SERVER = "9.9.9.9", "10.0.0.7", "8.8.8.8"
NAME = "relay.example.org"


class User:
    """Someone who is not interested in what comes of it."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_: None


class Scene:
    """A client, and something that listens on its own machine, near to it, and at a relay."""

    def __init__(self) -> None:
        self.network = Network(seed=1)
        self.machine = self.network.host("10.0.0.5")
        self.reached: list[str] = []
        near, relay = self.network.host(NEAR), self.network.host(RELAY)
        for host, what in ((self.machine, "itself"), (near, "near"), (relay, "relay")):
            host.listenTCP(PORT, self._listening(what), interface="::")

    def _listening(self, what: str) -> Factory:
        def build() -> Protocol:
            self.reached.append(what)
            return Protocol()

        factory = Factory.forProtocol(build)
        factory.noisy = False
        return factory

    def race(
        self, at: str, server: str = SERVER, is_tls: bool = False, **chosen: object
    ) -> ConnectionAttempt:
        """Have a server send the client to a relay at this place; raises `NoRelay`."""
        source = random.Random(1)
        primitives = fake_primitives(source)
        machine = self.machine
        world = Environment(
            machine, source.randbytes, source, primitives, free_port=machine.free_port
        )
        server_view = ServerView(bytes(33), server, lambda: ["10.0.0.5"], 0)
        settings = Settings("server:1712", lambda port: None, relay="only", **chosen)  # type: ignore[arg-type]
        path = ConnectionAttempt(
            settings, world, server_view, Ports(world.reactor, world.free_port)
        )
        other = encode_identity(primitives.dh.generate_keypair().public)
        offer = encode(new_offer(tuple(SUITES), source.randbytes))
        relay = Relay((at, PORT, is_tls), bytes(45), bytes(32))
        go = Go(bytes(16), "bob", other, offer, [], [], relay)
        user: Any = User()
        carrier = ConversationLink(machine, user, is_host=True).carrier
        keys = primitives.dh.generate_keypair()
        path.race(Race(other, go, is_host=True), "alice", keys, carrier, user.not_met)
        self.network.advance(limits.RELAY_RACE_SECONDS + 1)
        assert not self.network.errors
        return path


@pytest.mark.parametrize(
    ("server", "addresses", "reached"),
    [
        (SERVER, [RELAY], ["relay"]),
        (SERVER, ["127.0.0.1"], []),
        (SERVER, ["::1"], []),
        (SERVER, [NEAR], []),
        (SERVER, ["::ffff:10.0.0.7"], []),
        (SERVER, ["127.0.0.1", NEAR, RELAY], ["relay"]),
        (SERVER, [], []),
        ("10.0.0.1", [NEAR], ["near"]),
        ("10.0.0.1", ["127.0.0.1"], []),
        ("127.0.0.1", ["127.0.0.1"], ["itself"]),
    ],
)
def test_a_name_leads_no_nearer_than_an_address_may(
    server: str, addresses: list[str], reached: list[str]
) -> None:
    """Whatever a name leads to keeps to the rules, as a server can have names of its own."""
    scene = Scene()
    scene.network.name(NAME, *addresses)
    path = scene.race(NAME, server)
    assert scene.reached == reached
    assert reached or path.tried == [("the relay", "its name leads nowhere")]


def test_an_address_is_dialled_as_it_is() -> None:
    """There are relays without names."""
    scene = Scene()
    scene.race(RELAY)
    assert scene.reached == ["relay"]


@pytest.mark.parametrize("is_tls", [False, True])
@pytest.mark.parametrize("at", ["127.1", "2130706433", "0x7f.1", "localhost", NEAR, "127.0.0.1"])
def test_a_place_that_is_near_is_no_relay(at: str, is_tls: bool) -> None:
    """Nothing is looked up or dialled for it."""
    scene = Scene()
    with pytest.raises(NoRelay):
        scene.race(at, is_tls=is_tls)


@pytest.mark.parametrize(("is_tls", "wrapped"), [(False, []), (True, [NAME])])
def test_a_relay_inside_tls(is_tls: bool, wrapped: list[str]) -> None:
    """TLS is put around the endpoint, for the host that the server names, and the rules hold."""
    scene, hosts = Scene(), []

    def around(reactor: Any, endpoint: Any, host: str) -> Any:
        assert reactor is scene.machine
        hosts.append(host)
        return endpoint

    scene.network.name(NAME, NEAR, RELAY)
    scene.race(NAME, is_tls=is_tls, in_tls=around)
    assert (hosts, scene.reached) == (wrapped, ["relay"])


@pytest.mark.parametrize("at", [NEAR, "127.0.0.1", "localhost", "printer.local", "127.1"])
def test_through_a_proxy_nothing_is_near(at: str) -> None:
    """It is not known where the server is, and what is near to the proxy is not ours to ask for."""
    scene, asked = Scene(), []

    def dial(host: str, port: int) -> TCP4ClientEndpoint:
        asked.append((host, port))
        return TCP4ClientEndpoint(scene.machine, RELAY, PORT)

    with pytest.raises(NoRelay):
        scene.race(at, "", dial=dial)
    assert not asked
    scene.race(NAME, "", dial=dial)
    assert asked == [(NAME, PORT)]
    assert scene.reached == ["relay"]
