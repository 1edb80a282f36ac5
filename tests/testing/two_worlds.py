"""The same little story on a simulated network and on the loopback of this machine."""

import time
from collections.abc import Callable
from typing import Any

from simulated import Network
from twisted.internet.protocol import ClientFactory, Protocol
from twisted.internet.selectreactor import SelectReactor
from twisted.python.failure import Failure


class Recorder(Protocol):
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.received = b""
        self.reads = 0
        self.lost: list[Failure] = []

    @property
    def connection(self) -> Any:
        """The transport, with everything that a TCP transport has."""
        return self.transport

    @property
    def ends(self) -> list[str]:
        """Why the connection was lost, each time that this was said."""
        return [type(failure.value).__name__ for failure in self.lost]

    def dataReceived(self, data: bytes) -> None:
        self.received += data
        self.reads += 1

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]
        self.lost.append(reason)


class Recording(Recorder):
    """Does one thing when bytes arrive."""

    def __init__(self, action: Any) -> None:
        super().__init__()
        self.action = action

    def dataReceived(self, data: bytes) -> None:
        super().dataReceived(data)
        self.action(self)


class World:
    """Two reactors and the address at which `server` can be reached."""

    server: Any
    client: Any
    address: str

    def __init__(self) -> None:
        self.made: list[Any] = []
        """The protocols that the test has used."""

    def wait(self, until: Callable[[], object]) -> None:
        """Go on until this holds; raises `AssertionError` if it takes too long."""
        raise NotImplementedError

    def wait_a_moment(self) -> None:
        """Let all happen that is on its way."""
        raise NotImplementedError

    def close(self) -> None:
        """Leave nothing behind."""
        raise NotImplementedError

    def connected(
        self, server: Callable[[], Any] = Recorder, client: Callable[[], Any] = Recorder
    ) -> tuple[Any, Any]:
        """A server's and a client's protocol that are connected."""
        accepting, dialing = Keeping(server), Keeping(client)
        port = self.server.listenTCP(0, accepting)
        self.client.connectTCP(self.address, port.getHost().port, dialing)
        self.wait(lambda: accepting.made and dialing.made)
        self.made += [accepting.made[0], dialing.made[0]]
        return accepting.made[0], dialing.made[0]


class Keeping(ClientFactory):
    """Keeps the protocols that it has made, and why it has not made one."""

    noisy = False

    def __init__(self, build: Callable[[], Any] = Recorder) -> None:
        self._build = build
        self.made: list[Any] = []
        self.failures: list[str] = []

    def buildProtocol(self, addr: object) -> Any:
        made = self._build()
        if made is not None:
            self.made.append(made)
        return made

    def clientConnectionFailed(self, connector: object, reason: Failure) -> None:
        self.failures.append(type(reason.value).__name__)


class Simulated(World):
    """Two hosts of a simulated network."""

    def __init__(self) -> None:
        super().__init__()
        self.network = Network(seed=1)
        self.server = self.network.host("10.0.0.1", "fd00::1")
        self.client = self.network.host("10.0.0.2", "fd00::2")
        self.address = self.server.address

    def wait(self, until: Callable[[], object]) -> None:
        self.network.run(until, seconds=60)

    def wait_a_moment(self) -> None:
        self.network.settle()

    def close(self) -> None:
        """There is nothing outside this process."""


class Real(World):
    """One reactor of Twisted, which is not installed, and 127.0.0.1."""

    def __init__(self) -> None:
        super().__init__()
        self.server = self.client = SelectReactor()
        self.address = "127.0.0.1"

    def wait(self, until: Callable[[], object]) -> None:
        deadline = time.monotonic() + 20
        while not until():
            assert time.monotonic() < deadline, "nothing came of it"
            self._turn(0.01)

    def wait_a_moment(self) -> None:
        for _ in range(20):
            self._turn(0.001)

    def close(self) -> None:
        for protocol in self.made:
            protocol.transport.abortConnection()
        self.wait_a_moment()
        for call in self.server.getDelayedCalls():
            call.cancel()
        for selectable in self.server.removeAll():
            selectable.connectionLost(Failure(ConnectionError("the test is over")))
        self.server.waker.connectionLost(None)

    def _turn(self, timeout: float) -> None:
        self.server.runUntilCurrent()
        self.server.doIteration(timeout)
