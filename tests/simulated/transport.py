"""One end of a simulated connection: Twisted's own buffering and closing over two pipes."""

from collections.abc import Callable
from typing import Any

from twisted.internet.abstract import FileDescriptor
from twisted.internet.base import BaseConnector
from twisted.internet.error import ConnectionAborted
from twisted.internet.interfaces import IProtocol, IReactorTime, ITCPTransport
from twisted.internet.main import CONNECTION_DONE, CONNECTION_LOST
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from zope.interface import implementer

from simulated.addresses import Flow, TwistedAddress, to_twisted
from simulated.connection import Connection
from simulated.pipe import Ending

SHOWN_BYTES = 24
"""How much of what arrives is in the trace."""


@implementer(ITCPTransport)
class Transport(FileDescriptor):
    """What a protocol writes to, at the side of `connection` that sees it as `flow`.

    `binding_host` is where the socket is bound, and `connector` is set where we dialed.
    """

    def __init__(
        self,
        reactor: IReactorTime,
        connection: Connection,
        flow: Flow,
        *,
        binding_host: str = "",
        connector: BaseConnector | None = None,
    ) -> None:
        super().__init__(reactor)  # type: ignore[arg-type]
        self.connection = connection
        self.protocol: IProtocol = Protocol()
        self.reading = False
        self.no_delay = False
        self.keep_alive = False
        self._timers = reactor
        self._flow = flow
        self._own = to_twisted(flow.local, binding_host)
        self._peer = to_twisted(flow.remote, binding_host)
        self._connector = connector
        self._loop = connection.loop
        self._writing = False
        self._flushing = False
        self._aborting = False
        self._outbound, self._inbound = connection.attach(flow, self)

    def open(self, build: Callable[[Any], IProtocol | None]) -> None:
        """Attach the protocol that `build` makes of the peer's address; without one, close."""
        self.connected = 1
        self.connection.note(self._flow, "connected")
        self._turn(self._attach, build)
        self.connection.delivered()

    def received(self, what: bytes | Ending) -> None:
        """Give bytes to the protocol, or let it know that they have ended."""
        if not isinstance(what, bytes):
            self._turn(lambda: what)
            return
        self.connection.note(self._flow, f"{len(what)} bytes {what[:SHOWN_BYTES]!r}")
        self._turn(self._read, what)
        self.connection.delivered()

    def writable(self) -> None:
        """Go on with what could not be written, in a turn of its own."""
        if self._writing and not self._flushing:
            self._flushing = True
            self._loop.soon(self._flush)

    def lost(self) -> None:
        """The kernel has given the connection up."""
        self._turn(lambda: CONNECTION_LOST)

    # -- what FileDescriptor asks for

    def writeSomeData(self, data: bytes) -> int | Exception:
        """Move bytes from the transport's buffer to the kernel."""
        return CONNECTION_LOST if self._inbound.broken else self._outbound.send(data)

    def startReading(self) -> None:
        """Want bytes."""
        if not self._aborting:
            self.reading = True
            self._inbound.watch()

    def stopReading(self) -> None:
        """Want no bytes."""
        self.reading = False

    def startWriting(self) -> None:
        """Write as soon as there is room."""
        if not self._aborting:
            self._writing = True
            self._write_if_possible()

    def stopWriting(self) -> None:
        """Have nothing to write."""
        self._writing = False

    def connectionLost(self, reason: Failure) -> None:
        """Close the socket and tell the protocol; the second time, do nothing."""
        if self.disconnected:
            return
        super().connectionLost(reason)  # type: ignore[no-untyped-call]
        self._close_socket(reset=reason.check(ConnectionAborted) is not None)
        self.connection.detach(self._flow, type(reason.value).__name__)
        self.protocol.connectionLost(reason)
        if self._connector is not None:
            self._connector.connectionLost(reason)

    def _closeWriteConnection(self) -> None:
        """Half-close: the other side finds the end, and what it sends still arrives."""
        self._outbound.end(CONNECTION_DONE)

    # -- ITCPTransport

    def abortConnection(self) -> None:
        """Drop what is not sent, let the other side see a reset, and close in the next turn."""
        if self.disconnected or self._aborting:
            return
        self.stopReading()
        self.stopWriting()
        self._aborting = True
        self._timers.callLater(0, self.connectionLost, Failure(ConnectionAborted()))

    def getHost(self) -> TwistedAddress:
        """Our address on this connection."""
        return self._own

    def getPeer(self) -> TwistedAddress:
        """The other side's address on this connection."""
        return self._peer

    def getTcpNoDelay(self) -> bool:
        """What was last set; it changes nothing."""
        return self.no_delay

    def setTcpNoDelay(self, enabled: bool) -> None:
        """Remember the setting."""
        self.no_delay = bool(enabled)

    def getTcpKeepAlive(self) -> bool:
        """What was last set; it changes nothing."""
        return self.keep_alive

    def setTcpKeepAlive(self, enabled: bool) -> None:
        """Remember the setting."""
        self.keep_alive = bool(enabled)

    # -- inside

    def _turn(self, step: Callable[..., Exception | None], *args: object) -> None:
        """One turn of a reactor: an exception, returned or raised, ends the connection."""
        reason = self._loop.attempt(step, *args)
        if isinstance(reason, Exception):
            self._loop.attempt(self.connectionLost, Failure(reason))

    def _attach(self, build: Callable[[Any], IProtocol | None]) -> None:
        protocol = build(self._peer)
        if protocol is None:
            self.loseConnection()  # type: ignore[no-untyped-call]
            return
        self.protocol = protocol
        self.startReading()
        protocol.makeConnection(self)

    def _read(self, data: bytes) -> None:
        # What the protocol may return means nothing.
        self.protocol.dataReceived(data)

    def _flush(self) -> None:
        self._flushing = False
        if self._writing:
            self._turn(self.doWrite)
            self._write_if_possible()

    def _write_if_possible(self) -> None:
        if self._outbound.room or self._inbound.broken:
            self.writable()

    def _close_socket(self, reset: bool) -> None:
        self._inbound.abandon()
        if reset:
            self._outbound.reset()
        else:
            self._outbound.end(CONNECTION_DONE)
