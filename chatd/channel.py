"""SecureChannel: the one protocol under both kinds of link.

It reads lines until the opening is done and records from then on, and owns everything that the
two kinds of link share: deadlines, bounds on unread output, and how a link ends.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, cast

from twisted.internet.interfaces import IDelayedCall, IReactorTime, ISSLTransport
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure

from chatd import limits
from chatd.addresses import without_zone
from chatd.errors import (
    ChatdError,
    LocalProtocolError,
    RemoteProtocolError,
    TooLarge,
    TooSlow,
    Unexpected,
)
from chatd.inlet import Inlet
from chatd.noise.ciphers import CipherState
from chatd.outlet import Outlet, beneath, write_much
from chatd.wire.close import Close, Reason
from chatd.wire.codec import encode
from chatd.wire.opening import HandOver, Opening, Secured, Visit
from chatd.wire.place import Place
from chatd.wire.records import CHUNK, MESSAGE, Opener, Record, Sealer

if TYPE_CHECKING:
    from twisted.internet.tcp import Connection


class ChannelUser(Protocol):
    """Whoever talks over a channel."""

    def opened(self, secured: Secured) -> None:
        """The handshake is done."""

    def received(self, record: Record) -> None:
        """One record arrived; a `RemoteProtocolError` raised here ends the link with its code."""

    def closed(self, error: ChatdError | None) -> None:
        """The connection is gone: with the error that ended it, or None for an ordinary end."""


class _Nobody:
    """The user of a link that is gone."""

    def opened(self, secured: Secured) -> None:
        """Nobody is told."""

    def received(self, record: Record) -> None:
        """Nobody is told."""

    def closed(self, error: ChatdError | None) -> None:
        """Nobody is told."""


_NOBODY = _Nobody()


class SecureChannel(LineReceiver):
    """One link: an opening in lines, then encrypted records, then an authenticated end.

    `most` is the largest plaintext of a record, `seconds` the time for the whole opening.
    `successor` makes the protocol for a connection whose opening ends in `HandOver`. `asks` is told
    of each line of the opening, which is handled, and more is read, when `work` is called, then or
    later. `at_once` is how many bytes are read at a time. Where there is a `patience`, whoever has
    opened the link has so many seconds to say what the user waits for, until `settle`. `rests` is
    called when all is delivered that had come, or that the user wants. `room` is called when all
    is written that was sent, where that was not so at once.
    """

    # With these among the attributes that Twisted's classes set, an object has more than Python
    # holds without a dict of its own, which is as large as all else of an idle link.
    __slots__ = (
        "_asks",
        "_at_once",
        "_clock",
        "_delivering",
        "_ending",
        "_error",
        "_held",
        "_inlet",
        "_is_reading",
        "_line",
        "_lost",
        "_make_successor",
        "_most",
        "_opener",
        "_opening",
        "_outlet",
        "_patience",
        "_rests",
        "_room",
        "_sealer",
        "_seconds",
        "_successor",
        "_timer",
        "_unread",
        "_user",
        "read",
        "sent",
    )

    delimiter = b"\r\n"
    MAX_LENGTH = limits.LINE
    _log = Logger()

    def __init__(
        self,
        opening: Opening,
        user: ChannelUser,
        clock: IReactorTime,
        *,
        most: int,
        seconds: float = limits.HANDSHAKE_SECONDS,
        unread: int = limits.UNREAD_OUTPUT,
        successor: Callable[[Visit], TwistedProtocol] | None = None,
        asks: Callable[[bytes], None] | None = None,
        at_once: int | None = None,
        patience: float | None = None,
        rests: Callable[[], None] | None = None,
        room: Callable[[], None] | None = None,
    ) -> None:
        self._rests = rests
        self._room = room
        self._patience = patience
        self._asks = asks
        self._at_once = at_once
        self._line: bytes | None = None
        self._held = False
        self._is_reading = True
        self._delivering = False
        self._make_successor = successor
        self._successor: TwistedProtocol | None = None
        self._opening: Opening | None = opening
        self._user = user
        self._clock = clock
        self._most = most
        self._seconds = seconds
        self._sealer: Sealer | None = None
        self._opener: Opener | None = None
        self._timer: IDelayedCall | None = None
        self._error: ChatdError | None = None
        self._ending = False
        self._lost = False
        self._unread = unread
        self._outlet: Outlet | None = None
        self._inlet: Inlet | None = None
        self.sent = self.read = 0
        """Bytes in both directions, since the connection was made."""

    # -- for the user of the channel

    def send(self, body: bytes, kind: int = MESSAGE) -> None:
        """Send one record; on a link that is ending it is dropped, as on a broken one.

        Raises `LocalProtocolError` before the opening is done and for an over-long body.
        """
        if self._ending:
            return
        if self._sealer is None:
            raise LocalProtocolError("nothing can be sent before the handshake is done")
        self._write(self._sealer.seal(body, kind))

    def send_chunk(self, parts: Sequence[bytes | bytearray | memoryview]) -> None:
        """Send one record with a chunk of a file, which lies in these parts; as `send`."""
        if not self._ending and self._sealer is not None:
            self._write(*self._sealer.seal_parts(parts, CHUNK))

    def gather(self) -> None:
        """Have all that is sent from now on go to the kernel together, with `flush`."""
        if self._outlet is not None:
            self._outlet.gather()

    def flush(self) -> None:
        """Send what was gathered, and gather no more."""
        if self._outlet is not None:
            self._in_time(self._outlet.flush)

    @property
    def has_room(self) -> bool:
        """Whether all is written that was sent, and more can be."""
        return not self._ending and self._outlet is not None and self._outlet.has_room

    def leave_unsent(self, count: int) -> None:
        """Let the kernel hold so many bytes that it cannot send yet."""
        if not self._ending:
            write_much(beneath(self._connection()), count)

    def send_under(self, cipher: CipherState) -> None:
        """Seal all that follows under another key; harmless on a link that is ending."""
        if self._sealer is not None:
            self._sealer.switch(cipher)

    def receive_under(self, cipher: CipherState) -> None:
        """Open all that follows under another key; harmless on a link that is ending."""
        if self._opener is not None:
            self._opener.switch(cipher)

    def close(self, reason: Reason) -> None:
        """Send CLOSE, drop the keys, and wait for the other side to hang up.

        Only our direction of the stream is shut: a full close with bytes still coming in would
        make the kernel reset the connection, and the other side could lose our last records.
        """
        if self._ending or self._lost:
            return
        if self._sealer is None:
            self.hang_up()
            return
        self.send(encode(Close(reason)))
        self._end(limits.ABORT_SECONDS)
        connection = self._connection()
        if self.paused or not self._is_reading:
            connection.resumeProducing()  # or we would not see the other side hang up
        is_tls = ISSLTransport.providedBy(connection)  # plain TCP provides ITLSTransport as well
        if is_tls:
            connection.loseConnection()  # waits for the other side's close_notify
        else:
            connection.loseWriteConnection()

    def dismiss(self, reason: Reason) -> None:
        """Say CLOSE and end the connection at once, without waiting for the other side."""
        if not self._ending and self._sealer is not None:
            self.send(encode(Close(reason)))
        self.hang_up()

    def hang_up(self) -> None:
        """End the connection, without a word of ours; what was written still goes out."""
        if self._lost:
            return
        self._end(limits.ABORT_SECONDS)
        self._connection().loseConnection()

    def pause(self) -> None:
        """Deliver no record until `resume`, and read no more from the connection than one time."""
        if not self._lost and not self._ending:
            self._held = True
            if self._opener is None or self._opener.has_more:
                self._stop_reading()

    def resume(self) -> None:
        """Deliver what waits, and read again; on a link that has ended, harmless."""
        self._held = False
        self.guard(self._deliver)
        if self._held or self._is_reading:
            return
        self._is_reading = True
        if not self._lost and self._connection().connected:
            self._connection().resumeProducing()

    def advance(self, answer: Callable[[], list[bytes]]) -> None:
        """Go on with an opening that has waited for its owner: send these lines; harmless on a link
        that is ending."""
        opening = self._opening
        if opening is not None and not self._ending:
            self.guard(lambda: self._advance(opening, answer))

    def work(self) -> None:
        """Handle the line that waits for its turn."""
        line, self._line = self._line, None
        if line is not None and not self._ending:
            self._take(line)
        if self.paused and not self._ending:
            self.resumeProducing()  # type: ignore[no-untyped-call]

    def abort(self) -> None:
        """End the connection now, or as soon as there is one."""
        self._end(None)
        if self.transport is not None:
            self._connection().abortConnection()

    @property
    def is_ending(self) -> bool:
        """Whether the link has failed, or either side has ended it."""
        return self._ending

    def allow(self, seconds: float) -> None:
        """Let the opening take so long from now on."""
        if self._timer is not None and self._timer.active():
            self._timer.reset(seconds)

    def settle(self) -> None:
        """The other side has said what the user was waiting for."""
        self._stop_timer()

    @property
    def remote(self) -> Place | None:
        """The address, in canonical form, and the port from which the other side comes; None before
        there is a connection, and for one that has no IP address."""
        return _place(self.transport.getPeer()) if self.transport is not None else None

    @property
    def local(self) -> Place | None:
        """The address and the port of our own end, as `remote`."""
        return _place(self.transport.getHost()) if self.transport is not None else None

    # -- called by Twisted

    def logPrefix(self) -> str:
        """Twisted puts this before what it logs about a link; its default holds the address."""
        return "chatd link"

    def connectionMade(self) -> None:
        """Start the opening and its deadline."""
        connection = self._connection()
        if self._ending:
            connection.abortConnection()
            return
        connection.setTcpNoDelay(True)
        if self._at_once is not None:
            below = beneath(connection)
            below.bufferSize = self._at_once
            # Of the many links of a server each would keep two lines, with its address, by which
            # Twisted calls it.
            below.logstr = below.repstr = self.logPrefix()
        if self._room is not None:
            write_much(beneath(connection))
            self._inlet = Inlet(connection)
        self._outlet = Outlet(connection, self._unread, self._tell_room if self._room else None)
        self._timer = self._clock.callLater(self._seconds, self._too_slow)
        opening = self._opening
        if opening is not None:
            self.guard(self._greet, opening)

    def lineReceived(self, line: bytes) -> None:
        """One line of the opening, for now or for later."""
        if self._ending or self._opening is None:
            return
        if self._asks is None:
            self._take(line)
            return
        self._line = line
        self._asks(line)
        if self._line is not None and not self._ending:
            self.pauseProducing()  # type: ignore[no-untyped-call]

    def lineLengthExceeded(self, line: bytes) -> None:
        """A line over the limit ends the link."""
        self._fail(TooLarge())

    def rawDataReceived(self, data: bytes) -> None:
        """Bytes of records, or of whoever took the connection over."""
        if self._successor is not None:
            self._successor.dataReceived(data)
            return
        if self._ending or self._opener is None:
            return
        self.read += len(data)
        self._opener.feed(data)
        if self._held:
            self._stop_reading()
        else:
            self.guard(self._deliver)
        if self._inlet is not None and self._opener is not None:
            self._inlet.wait_for(self._opener.missing)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The connection is gone, for whatever reason."""
        if self._successor is not None:
            self._successor.connectionLost(reason)
            return
        self._lost = True
        self._end(None)
        user, error = self._user, self._error
        self._forget()
        self.guard(user.closed, error)

    # -- inside

    def _take(self, line: bytes) -> None:
        opening = self._opening
        if opening is not None:
            self.guard(self._open, opening, line)

    def _greet(self, opening: Opening) -> None:
        self._send_lines(opening.start())

    def _open(self, opening: Opening, line: bytes) -> None:
        try:
            self._advance(opening, lambda: opening.receive_line(line))
        except HandOver as over:
            self._hand_over(over.visit)

    def _advance(self, opening: Opening, answer: Callable[[], list[bytes]]) -> None:
        self._send_lines(answer())
        # What is answered may have been all that was waited for, so that it is done already.
        if opening.secured is not None and self._opening is opening:
            self._switch(opening.secured)

    def _deliver(self) -> None:
        """Hand on one record after the other, until there is none or the user wants no more."""
        if self._delivering:
            return  # whoever delivers sees that it may go on
        self._delivering = True
        if self._rests is not None:
            self.gather()
        try:
            while not self._held and self._opener and (record := self._opener.next()):
                self._user.received(record)
        finally:
            self._delivering = False
            if self._rests is not None:
                self._rests()
            self.flush()

    def _connection(self) -> "Connection":
        return cast("Connection", self.transport)

    def _switch(self, secured: Secured) -> None:
        if self._patience is None:
            self.settle()
        else:
            self.allow(self._patience)
        self._sealer = Sealer(secured.sending, self._most)
        self._opener = Opener(secured.receiving, self._most)
        self._opening = None  # what it knows must not outlive its purpose
        self._asks = self._make_successor = None
        self.setRawMode()  # type: ignore[no-untyped-call]
        self._user.opened(secured)

    def _tell_room(self) -> None:
        if self._room is not None and not self._ending:
            self.guard(self._room)

    def _forget(self) -> None:
        """Let go of whoever holds this link, so that both go without a garbage collector."""
        self._user, self._error = _NOBODY, None
        self._asks = self._make_successor = self._rests = self._room = None

    def _hand_over(self, visit: Visit) -> None:
        """From here on the connection is the successor's; nothing of ours is left."""
        if self._make_successor is None:
            raise Unexpected
        self._end(None)
        if self._at_once is not None:
            del beneath(self._connection()).bufferSize
        self._successor = self._make_successor(visit)
        self._user.closed(None)
        self._forget()
        self.setRawMode()  # type: ignore[no-untyped-call]
        self._successor.makeConnection(self._connection())

    def _send_lines(self, lines: list[bytes]) -> None:
        for line in lines:
            self._write(line + self.delimiter)

    def _write(self, *parts: bytes) -> None:
        if self._outlet is None:
            return
        self.sent += sum(map(len, parts))
        self._in_time(self._outlet.write, *parts)

    def _in_time(self, write: Callable[..., None], *data: bytes) -> None:
        try:
            write(*data)
        except TooSlow as error:
            self._error = self._error or error
            self.abort()

    def _stop_reading(self) -> None:
        if self._is_reading:
            self._is_reading = False
            self._connection().pauseProducing()

    def guard(self, step: Callable[..., None], *arguments: Any) -> None:
        """Do something for a link: no exception leaves it, and each ends the link as it should."""
        try:
            step(*arguments)
        except ChatdError as error:
            self._fail(error)
        except Exception:
            self._log.failure("a link failed inside chatd")
            self._fail(LocalProtocolError())

    def _fail(self, error: ChatdError) -> None:
        if self._ending:
            return
        self._error = error
        if self._sealer is None or not isinstance(error, RemoteProtocolError):
            self.hang_up()
        else:
            self.close(_code(error))

    def _too_slow(self) -> None:
        self._fail(TooSlow())

    def _end(self, abort_after: float | None) -> None:
        """Drop the keys; what still arrives is discarded unread."""
        self._ending = True
        self._sealer = self._opener = None
        self._stop_timer()
        if self._outlet is not None and not self._lost:
            self._outlet.end()
        self._outlet = self._inlet = None
        if abort_after is not None:
            self._timer = self._clock.callLater(abort_after, self._connection().abortConnection)

    def _stop_timer(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None


def _code(error: RemoteProtocolError) -> Reason:
    return error.code  # type: ignore[return-value]


def _place(end: Any) -> Place | None:
    host = getattr(end, "host", None)
    return (without_zone(host), end.port) if host is not None else None
