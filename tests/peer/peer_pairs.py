"""Two people on the simulated network who were introduced, and strangers who were not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from simulated import Host, Network, fake_primitives
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure

from chatd.addresses import Candidate
from chatd.errors import ChatdError, RemoteProtocolError
from chatd.noise.keys import KeyPair, encode_identity
from chatd.peer.connector import Connector
from chatd.peer.conversation_link import ConversationLink
from chatd.peer.ending import Ending
from chatd.peer.link import PeerLink
from chatd.peer.listener import Listener
from chatd.peer.message import TEXT, Message
from chatd.peer.offer import new_offer, party
from chatd.peer.role import Role
from chatd.peer.search import Plan
from chatd.wire.codec import encode
from chatd.wire.direct_opening import GuestSide, HostSide
from chatd.wire.keying import Introduction
from chatd.wire.peer import PeerMessage, Text

HOST, GUEST, STRANGER = "10.0.1.1", "10.0.1.2", "10.0.1.3"
PORT = 4000


def a_text(number: int, words: str) -> Text:
    """A text on the wire, as ordinary as they come."""
    return Text(number, None, TEXT, words)


def texts(messages: list[Message]) -> list[str]:
    """What is said in each."""
    return [message.text for message in messages]


def places(address: str, count: int) -> list[str]:
    """The addresses of a machine that has so many, this one first."""
    return [address, *(f"10.1.{number}.{address[-1]}" for number in range(1, count))]


class Side:
    """One of two people: what came of the meeting, and of the talk after it."""

    def __init__(
        self, pair: "Pair", addresses: Sequence[str], *, is_host: bool, static: KeyPair
    ) -> None:
        self.machine: Host = pair.network.host(*addresses)
        self.role = Role(pair.introduction, is_host, static, pair.primitives)
        self.random = pair.random
        self.listener = Listener(self.machine, PORT)
        self.meeting: Connector | None = None
        self.link: PeerLink | None = None
        self.talk: ConversationLink | None = None
        self.reasons: list[tuple[str, str]] | None = None
        self.heard: list[str] = []
        self.ticks: list[int] = []
        self.ended: tuple[Ending, str, list[str]] | None = None
        self.undelivered: list[str] | None = None
        self.resumes = False
        self.breaks: list[tuple[Ending, str]] = []
        self.moves: list[str] = []
        self.meetings = self.meets_wanted = self.doubts = 0
        self.first_words = ""
        self.secrets: tuple[bytes, ...] = ()
        self.attach: Callable[..., None] | None = None
        """Puts files beside the talk."""
        self._talk: ConversationLink | None = None

    def meet(self, *dials: Candidate, retried: Sequence[Candidate] = (), **plan: object) -> None:
        """Begin the race; `dials` are the candidates."""
        made = Plan(dials, retried, **plan)  # type: ignore[arg-type]
        talk = ConversationLink(self.machine, self, is_host=self.role.is_host)
        if self._talk is None and self.attach is not None:
            self.attach(talk, is_host=self.role.is_host)
        self._talk = talk = self._talk or talk
        self.meeting = Connector(
            self.machine, self.listener, self.role, made, talk.carrier, self.not_met, self.random
        )
        self.meeting.start()

    @property
    def talking(self) -> ConversationLink:
        assert self.talk is not None
        return self.talk

    @property
    def timers(self) -> int:
        """How many timers of this person's machine are left."""
        return len(self.machine.getDelayedCalls())

    @property
    def is_over(self) -> bool:
        """Whether there was a talk, and it has ended."""
        return self.ended is not None or self.undelivered is not None

    # -- what a meeting and a talk tell their user

    def met(self, link: PeerLink) -> None:
        assert self.link is None or self.resumes
        self.meetings += 1
        self.link = link
        self.talk = self._talk
        if self.first_words and self.meetings == 1:
            self.talking.say(Message(self.first_words))

    def moved(self, before: PeerLink, link: PeerLink) -> None:
        self.moves.append(link.path)
        self.link = link

    def meet_wanted(self) -> None:
        self.meets_wanted += 1

    def doubted(self) -> None:
        self.doubts += 1

    def trusted(self) -> None:
        pass

    def remember(self, secrets: tuple[bytes, ...]) -> None:
        self.secrets = secrets

    def broken(self, ending: Ending, detail: str) -> None:
        if self.resumes and self.meeting is not None:
            self.breaks.append((ending, detail))
            self.meeting.again()
        else:
            self.over(ending, detail, self.talking.give_up())

    def not_met(self, reasons: list[tuple[str, str]]) -> None:
        assert self.reasons is None
        self.reasons = reasons

    def arrived(self, number: int, message: Message) -> None:
        self.heard.append(message.text)

    def delivered(self, numbers: list[int]) -> None:
        self.ticks += numbers

    def over(self, ending: Ending, detail: str, undelivered: list[Message]) -> None:
        assert not self.is_over
        self._part()
        self.ended = (ending, detail, texts(undelivered))

    def left(self, undelivered: list[Message]) -> None:
        assert not self.is_over
        self._part()
        self.undelivered = texts(undelivered)

    def _part(self) -> None:
        if self.meeting is not None:
            self.meeting.cancel()


class Pair:
    """A host and a guest who know all of their introduction, and have so many addresses each."""

    def __init__(self, seed: int = 1, *, addresses: int = 1, **network: object) -> None:
        self.network = Network(seed=seed, **network)  # type: ignore[arg-type]
        self.random = Random(seed)
        self.primitives = fake_primitives(Random(seed))
        host, guest = (self.primitives.dh.generate_keypair() for _ in range(2))
        parties = [
            party(name, encode_identity(static.public), encode(self.offer()))
            for name, static in (("alice", host), ("bob", guest))
        ]
        key = encode_identity(self.primitives.dh.generate_keypair().public)
        self.introduction = Introduction(key, bytes(16), parties[0], parties[1], "gcm")
        ours, theirs = (places(address, addresses) for address in (HOST, GUEST))
        self.host = Side(self, ours, is_host=True, static=host)
        self.guest = Side(self, theirs, is_host=False, static=guest)

    def offer(self) -> object:
        """A fresh offer."""
        return new_offer(["gcm"], self.random.randbytes)

    def talk(self) -> "Pair":
        """Let the two meet, the guest dialling."""
        self.host.meet()
        self.guest.meet((HOST, PORT))
        self.network.run(lambda: self.host.talk and self.guest.talk, 10)
        self.network.settle()
        return self

    def keep_apart(self) -> None:
        """From now on neither of the two can dial the other."""
        self.network.block(self.host.machine, self.guest.machine)
        self.network.block(self.guest.machine, self.host.machine)

    def let_together(self) -> None:
        """From now on both can."""
        self.network.allow(self.host.machine, self.guest.machine)
        self.network.allow(self.guest.machine, self.host.machine)

    def cut_all(self, how: object) -> None:
        """Cut every connection that is open."""
        for connection in self.network.connections:
            connection.cut(how)  # type: ignore[arg-type]

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.host, self.guest

    def assert_nothing_is_left(self) -> None:
        """No connection, port or timer is left anywhere, and nothing was raised."""
        for side in self.sides:
            side._part()
        self.network.advance(6)
        assert not self.network.connections
        assert not self.network.errors
        for side in self.sides:
            assert not side.machine.ports
            assert side.timers == 0


@dataclass
class Stranger(Protocol):
    """Says what it is told to on connecting, and remembers what it hears."""

    says: bytes = b""
    heard: bytes = b""
    is_connected: bool = False
    times: int = field(default=0)

    def connectionMade(self) -> None:
        self.is_connected = True
        self.times += 1
        if self.says:
            self.transport.write(self.says)

    def dataReceived(self, data: bytes) -> None:
        self.heard += data

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]
        self.is_connected = False

    __hash__ = Protocol.__hash__


def visit(machine: Host, address: str, stranger: Stranger, port: int = PORT) -> Stranger:
    """Let a stranger dial."""
    endpoint = TCP4ClientEndpoint(machine, address, port)
    endpoint.connect(Factory.forProtocol(lambda: stranger)).addErrback(lambda failure: None)
    return stranger


class Traitor:
    """Someone who was introduced and holds the right key, but does as they please.

    `verified` is what they send as soon as the handshake is done.
    """

    def __init__(self, pair: Pair, side: Side, verified: Sequence[PeerMessage] = ()) -> None:
        self.machine = side.machine
        self.heard: list[PeerMessage] = []
        self.times: list[float] = []
        self.link: PeerLink | None = None
        self.error: ChatdError | None = None
        self.is_gone = False
        self._verified = verified
        self._pair = pair
        self._side = side
        side.listener.close()

    def dial(self, address: str) -> "Traitor":
        """Dial the other person."""
        role, known = self._side.role, self._pair.introduction
        options = {"dialled": True, "primitives": self._pair.primitives}
        if role.is_host:
            opening = HostSide(known, role.static, lambda _: None, **options)  # type: ignore[arg-type]
        else:
            opening = GuestSide(known, role.static, lambda: None, **options)  # type: ignore[arg-type,assignment]
        self.link = PeerLink(lambda link: opening, self, self.machine, (address, PORT))
        endpoint = TCP4ClientEndpoint(self.machine, address, PORT)
        endpoint.connect(Factory.forProtocol(lambda: self.link.channel))  # type: ignore[union-attr]
        return self

    def send(self, *messages: PeerMessage) -> None:
        """Send whatever one likes."""
        assert self.link is not None
        for message in messages:
            self.link.send(message)

    def link_ready(self, link: PeerLink) -> None:
        """A traitor waits for nobody."""

    def link_rests(self, link: PeerLink) -> None:
        """Nor does it gather anything."""

    def link_chunk(self, link: PeerLink, body: bytes) -> None:
        """Nor does it take files."""

    def link_room(self, link: PeerLink) -> None:
        """Nor does it send any."""

    def link_renewed(self, link: PeerLink) -> None:
        """Nor does it remember anything."""

    def link_verified(self, link: PeerLink) -> None:
        self.send(*self._verified)

    def link_received(self, link: PeerLink, message: PeerMessage) -> None:
        self.heard.append(message)
        self.times.append(self.machine.seconds())

    def link_closed(self, link: PeerLink, error: ChatdError | None) -> None:
        self.is_gone = True
        self.error = error


def text_of(error: type[RemoteProtocolError]) -> str:
    """What a person is told of a fault."""
    return error.text
