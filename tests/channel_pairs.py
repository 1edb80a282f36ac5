"""Two channels joined in memory: Twisted's own buffers and closing, over a wire without delays."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from twisted.internet.abstract import FileDescriptor
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionAborted
from twisted.internet.interfaces import ISSLTransport, ITCPTransport, ITLSTransport
from twisted.internet.main import CONNECTION_DONE, CONNECTION_LOST
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from zope.interface import implementer

from chatd import limits
from chatd.channel import SecureChannel
from chatd.errors import ChatdError
from chatd.noise.keys import X25519
from chatd.wire.close import Close
from chatd.wire.codec import Decoder, encode
from chatd.wire.opening import Opening, Secured
from chatd.wire.records import MESSAGE, Record
from chatd.wire.server_opening import ClientSide, ServerSide

ADDRESS = "198.51.100.77"
"""Where everybody seems to be; it must not be found in a log."""
ROOM = 64 * 1024
"""What a kernel takes for a remote side that does not read."""
SERVER, CLIENT = (X25519().keypair_from_private(bytes([byte]) * 32) for byte in (1, 2))
SEEN, DOOR = bytes(limits.SEEN), bytes(limits.DOOR)
CLOSES: Decoder[Close] = Decoder(Close)


class Loop(Clock):
    """A reactor for ends in memory; time passes only when a test says so."""

    def __init__(self) -> None:
        super().__init__()
        self._reading: dict[End, None] = {}
        self._writing: dict[End, None] = {}

    def addReader(self, end: "End") -> None:
        self._reading[end] = None

    def removeReader(self, end: "End") -> None:
        self._reading.pop(end, None)

    def addWriter(self, end: "End") -> None:
        self._writing[end] = None

    def removeWriter(self, end: "End") -> None:
        self._writing.pop(end, None)

    def settle(self, seconds: float = 0) -> None:
        """Let so much time pass, and all that can move move."""
        self.advance(seconds)
        while turns := [end.doWrite for end in self._writing if end.can_write] + [
            end.doRead for end in self._reading if end.can_read
        ]:
            for turn in turns:
                turn()
            self.advance(0)


@implementer(ITCPTransport, ITLSTransport)
class End(FileDescriptor):
    """One end of a connection, as the TCP ends of Twisted behave and are declared.

    `pieces` is how many bytes one read finds at most, `sent` everything that was sent. As in a
    real kernel, closing with unread input resets the connection, and what was sent may be lost.
    """

    def __init__(self, loop: Loop, protocol: Protocol, pieces: int = ROOM) -> None:
        super().__init__(loop)
        self.protocol, self.pieces = protocol, pieces
        self.far = self
        self.inbox = bytearray()
        self.sent = bytearray()
        self.fault: Exception | None = None
        self.how_it_ended: Failure | None = None
        self.connected = 1

    @property
    def can_write(self) -> bool:
        return not self.disconnected and len(self.far.inbox) < ROOM

    @property
    def can_read(self) -> bool:
        return not self.disconnected and bool(self.inbox or self.fault)

    def writeSomeData(self, data: bytes) -> int | Exception:
        if data and self.far.disconnected:
            return CONNECTION_LOST
        taken = bytes(data[: ROOM - len(self.far.inbox)])
        self.far.inbox += taken
        self.sent += taken
        return len(taken)

    def doWrite(self) -> None:
        if not self.disconnected and (ending := super().doWrite()):
            self.connectionLost(Failure(ending))

    def doRead(self) -> None:
        if self.inbox:
            data = bytes(self.inbox[: self.pieces])
            del self.inbox[: self.pieces]
            self.protocol.dataReceived(data)
        elif self.fault and not self.disconnected:
            self.connectionLost(Failure(self.fault))

    def connectionLost(self, reason: Failure) -> None:
        if self.disconnected:
            return
        super().connectionLost(reason)
        self.how_it_ended = reason
        if self.inbox or reason.check(ConnectionAborted):
            self.far.inbox.clear()
            self.far.fault = CONNECTION_LOST
        self.far.fault = self.far.fault or CONNECTION_DONE
        self.protocol.connectionLost(reason)

    def _closeWriteConnection(self) -> None:
        self.far.fault = self.far.fault or CONNECTION_DONE

    def abortConnection(self) -> None:
        self.stopReading()
        self.stopWriting()
        self.reactor.callLater(0, self.connectionLost, Failure(ConnectionAborted()))

    def setTcpNoDelay(self, enabled: bool) -> None:
        assert enabled

    def getPeer(self) -> IPv4Address:
        return IPv4Address("TCP", ADDRESS, 1712)


@implementer(ISSLTransport)
class TLSEnd(End):
    """One end inside TLS, which cannot be half-closed."""

    def loseWriteConnection(self) -> None:
        raise AttributeError


@dataclass
class User:
    """Remembers what a channel told it, and hangs up at a CLOSE.

    It raises `raises` for every record, and hangs up at the message `hang_up_at` as well.
    """

    raises: Exception | None = None
    hang_up_at: bytes | None = None
    secured: list[Secured] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    ends: list[ChatdError | None] = field(default_factory=list)
    channel: SecureChannel | None = None

    def opened(self, secured: Secured) -> None:
        self.secured.append(secured)

    def received(self, record: Record) -> None:
        if self.raises:
            raise self.raises
        self.records.append(record)
        if self.channel and (is_close(record) or record.body == self.hang_up_at):
            self.channel.hang_up()

    def closed(self, error: ChatdError | None) -> None:
        self.ends.append(error)

    @property
    def bodies(self) -> list[bytes]:
        """The bodies of all messages that arrived, CLOSE left out."""
        return [record.body for record in self.records if not is_close(record)]

    @property
    def closes(self) -> list[str]:
        """The reasons of every CLOSE that arrived."""
        return [CLOSES.decode(record.body).reason for record in self.records if is_close(record)]


def is_close(record: Record) -> bool:
    """Whether a record is a CLOSE."""
    return record.kind == MESSAGE and record.body.startswith(encode(Close("left"))[:7])


@dataclass
class Side:
    """One side of a link: its user, its channel and its end of the connection."""

    user: User
    channel: SecureChannel
    end: End


class Link:
    """A client and a server, connected; the handshake has not begun to move."""

    def __init__(
        self,
        *,
        pieces: int = ROOM,
        kind: type[End] = End,
        check: Callable[[bytes], None] = lambda key: None,
        **users: User,
    ) -> None:
        self.loop = Loop()
        openings: dict[str, Opening] = {
            "server": ServerSide(SERVER, ["gcm"], lambda: SEEN),
            "client": ClientSide(CLIENT, ["gcm"], check, DOOR),
        }
        sides = {}
        for name, opening in openings.items():
            user = users.get(name) or User()
            user.channel = SecureChannel(opening, user, self.loop, most=4032)
            sides[name] = Side(user, user.channel, kind(self.loop, user.channel, pieces))
        self.server, self.client = sides["server"], sides["client"]
        self.server.end.far, self.client.end.far = self.client.end, self.server.end

    def connect(self) -> "Link":
        """Let both sides know that they are connected."""
        for side in (self.server, self.client):
            side.channel.makeConnection(side.end)
            side.end.startReading()
        return self

    def open(self) -> "Link":
        """Connect, and carry the handshake."""
        self.connect()
        self.loop.settle()
        return self


def opened(**arguments: Any) -> Link:
    """A link whose handshake is done."""
    return Link(**arguments).open()


class Stranger(Protocol):
    """A remote side that says what it is told to."""


def facing_a_stranger(opening: Opening) -> tuple[Side, End, Loop]:
    """A channel, connected to someone who does not speak the protocol."""
    loop, user = Loop(), User()
    user.channel = SecureChannel(opening, user, loop, most=4032)
    near, far = End(loop, user.channel), End(loop, Stranger())
    near.far, far.far = far, near
    for end in (near, far):
        end.protocol.makeConnection(end)
        end.startReading()
    return Side(user, user.channel, near), far, loop
