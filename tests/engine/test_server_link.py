"""The port from which the server is dialled, which direct links are to share."""

from random import Random
from typing import Any

import pytest
from simulated import Host, Network, fake_primitives
from twisted.internet.defer import Deferred, succeed
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.protocol import Factory, Protocol

from chatd.engine.server_connection import Account, Hello
from chatd.engine.server_link import ServerLink
from chatd.errors import ChatdError
from chatd.peer.local_port import PortUnavailable, shared
from chatd.wire.lines import greeting

SERVER, HERE, PORT, OWN = "10.0.0.1", "10.0.0.2", 1712, 40_000


def hello() -> Deferred[Hello]:
    """A stranger's."""
    return succeed(Hello(bytes(58)))


class Nobody:
    """Uses the link, and is told nothing that matters here."""

    def server_failed(self, why: str, error: ChatdError | None, seconds: float) -> None:
        pytest.fail(why)


class Dialled:
    """A machine that dials a server which only listens."""

    def __init__(self, *, taken: bool = False, wanted: int = OWN) -> None:
        self.network = Network(seed=1)
        self.server, self.here = self.network.host(SERVER), self.network.host(HERE)
        self.server.listenTCP(PORT, Factory.forProtocol(Protocol))
        if taken:
            self.endpoint(OWN).connect(Factory.forProtocol(Protocol))
            self.network.settle()
        primitives = fake_primitives(Random(1))
        static = primitives.dh.generate_keypair()
        self.link = ServerLink(
            self.here,
            self.endpoint,
            Nobody(),  # type: ignore[arg-type]
            Random(1),
            lambda: self.here.free_port(wanted),
        )
        self.link.connect(Account(static, ["gcm"], lambda key: None, hello, primitives))
        self.network.settle()

    def endpoint(self, port: int) -> TCP4ClientEndpoint:
        return TCP4ClientEndpoint(self.here, SERVER, PORT, 10, shared(port))

    @property
    def ports(self) -> list[int]:
        """From which the server is connected to."""
        return [transport.getPeer().port for transport in self.server.connections]


def test_the_port_that_was_found_is_used() -> None:
    """And kept in mind for the listener."""
    dialled = Dialled()
    assert dialled.ports == [OWN]
    assert dialled.link.local_port == OWN


def test_a_connection_from_there_that_the_kernel_remembers() -> None:
    """The server is reached all the same, from another port, which nobody is told of."""
    dialled = Dialled(taken=True)
    first, second = dialled.ports
    assert first == OWN != second
    assert dialled.link.local_port == 0


def test_a_port_that_another_program_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the same: what is wrong with the port is said when it is needed."""

    def taken(host: Host, wanted: int = 0) -> int:
        raise PortUnavailable

    monkeypatch.setattr(Host, "free_port", taken)
    dialled = Dialled()
    assert len(dialled.ports) == 1
    assert dialled.link.local_port == 0


class Listener:
    """Uses the link, and remembers why it was lost."""

    def __init__(self) -> None:
        self.whys: list[str] = []

    def server_failed(self, why: str, error: ChatdError | None, seconds: float) -> None:
        self.whys.append(why)
        assert error is None
        assert seconds > 0

    def server_opened(self, secured: object) -> None:
        """Nothing is sent here."""


class Crowded(Protocol):
    """A server that greets, and drops whoever it has greeted."""

    def connectionMade(self) -> None:
        connection: Any = self.transport
        connection.write(greeting(["gcm"], bytes(34)) + b"\r\n")
        connection.reactor.callLater(1, connection.abortConnection)


def test_a_server_that_drops_us_at_its_door_is_crowded() -> None:
    """That is said, and not that the connection was lost; the next try comes."""
    network = Network(seed=1)
    server, here = network.host(SERVER), network.host(HERE)
    server.listenTCP(PORT, Factory.forProtocol(Crowded))
    primitives = fake_primitives(Random(1))
    listener = Listener()
    link = ServerLink(
        here,
        lambda port: TCP4ClientEndpoint(here, SERVER, PORT, 10, shared(port)),
        listener,  # type: ignore[arg-type]
        Random(1),
        lambda: 0,
    )
    static = primitives.dh.generate_keypair()
    link.connect(Account(static, ["gcm"], lambda key: None, hello, primitives))
    network.advance(5)
    assert set(listener.whys) == {"it is crowded, and has not let us in"}
    assert len(listener.whys) > 1
