"""A daemon and its visitors in a simulated network, where time passes only on demand."""

from dataclasses import dataclass, field

from simulated import Network, fake_primitives
from simulated.host import Host
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP4ServerEndpoint, connectProtocol
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from chatd import limits
from chatd.channel import SecureChannel
from chatd.errors import ChatdError
from chatd.noise.keys import KeyPair
from chatd.noise.suites import SUITES
from chatd.rendezvous.factory import RendezvousFactory
from chatd.rendezvous.listening import Listening
from chatd.rendezvous.lobby import Lobby
from chatd.rendezvous.reception import Guest, strangers
from chatd.rendezvous.service import Rendezvous
from chatd.wire import server as wire
from chatd.wire.codec import encode
from chatd.wire.opening import Secured
from chatd.wire.records import Record
from chatd.wire.server_opening import ClientSide

PORT = 1712
SOME_SECONDS = 1
"""Enough for anything to arrive, and less than every deadline."""


@dataclass(eq=False)
class Visitor:
    """Writes down what a server says, logs in if it has something for that, hangs up at a CLOSE."""

    login: wire.Login | None
    heard: list[wire.FromServer] = field(default_factory=list)
    over: bool = False
    channel: SecureChannel | None = None

    def opened(self, secured: Secured) -> None:
        if self.login is not None:
            self.say(self.login)

    def received(self, record: Record) -> None:
        self.heard.append(wire.from_server.decode(record.body))
        if isinstance(self.heard[-1], wire.Close):
            self.hang_up()

    def closed(self, error: ChatdError | None) -> None:
        self.over = True

    def say(self, message: wire.FromClient) -> None:
        """Send one message."""
        assert self.channel is not None
        self.channel.send(encode(message))

    def hang_up(self) -> None:
        """End the link."""
        assert self.channel is not None
        self.channel.hang_up()

    @property
    def reason(self) -> str:
        """What the server's CLOSE said."""
        (close,) = [message for message in self.heard if isinstance(message, wire.Close)]
        return close.reason

    def kinds(self) -> list[str]:
        """What kinds of messages came."""
        return [type(message).__name__ for message in self.heard]

    @property
    def id(self) -> bytes:
        """The introduction that the last message is about."""
        introduction_id: bytes = getattr(self.heard[-1], "id")  # noqa: B009
        return introduction_id


class Silent(Protocol):
    """Connects, and says nothing."""

    def __init__(self) -> None:
        self.received = b""
        self.over = False

    def dataReceived(self, data: bytes) -> None:
        self.received += data

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.over = True


class Simulation:
    """A running service, and a host for all who come to it."""

    def __init__(self, max_clients: int = limits.MAX_CLIENTS) -> None:
        self.network = Network(seed=1)
        self.primitives = fake_primitives(self.network.random)
        self.server = self.network.host("10.0.0.1")
        self.people = self.network.host("10.0.0.2")
        self.others = self.network.host("10.0.0.3")
        self.guest: Guest = strangers
        static = self.primitives.dh.generate_keypair()
        self.lobby = Lobby(self.server, self.network.random.randbytes, max_clients)
        self.factory = RendezvousFactory(
            static,
            self.lobby,
            self.server,
            self.network.random.randbytes,
            primitives=self.primitives,
            guest=lambda line: self.guest(line),
        )
        endpoints = [TCP4ServerEndpoint(self.server, PORT)]
        work = Rendezvous(self.server, self.factory, static.public)
        self.service = Listening(self.server, endpoints, lambda: work)
        self.service.privilegedStartService()
        self.service.startService()

    def key(self) -> KeyPair:
        """A new key pair for someone."""
        return self.primitives.dh.generate_keypair()

    def visit(
        self,
        name: str | None = None,
        static: KeyPair | None = None,
        *,
        login: bool = True,
        host: Host | None = None,
        advance: bool = True,
    ) -> Visitor:
        """Let someone come, from this host, and do the handshake and what follows."""
        message = wire.Login(name, False, []) if login else None
        visitor = Visitor(message)
        door = bytes(limits.DOOR)
        opening = ClientSide(
            static or self.key(), tuple(SUITES), lambda _: None, door, self.primitives
        )
        visitor.channel = SecureChannel(
            opening, visitor, host or self.people, most=limits.SERVER_PLAINTEXT
        )
        self._connect(visitor.channel, host, advance=advance)
        return visitor

    def stranger(self, host: Host | None = None, *, advance: bool = True) -> Silent:
        """Let someone connect who says nothing."""
        silent = Silent()
        self._connect(silent, host, advance=advance)
        return silent

    def _connect(
        self, protocol: Protocol, host: Host | None = None, *, advance: bool = True
    ) -> None:
        endpoint = TCP4ClientEndpoint(host or self.people, self.server.address, PORT)
        connectProtocol(endpoint, protocol)
        if advance:
            self.pass_time()

    def pass_time(self, seconds: float = SOME_SECONDS) -> None:
        """Let so much time pass."""
        self.network.advance(seconds)
