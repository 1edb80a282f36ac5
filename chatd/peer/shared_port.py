"""The listening ports of a client: the introductions that have the same port share its listener
(protocol, "The direct link").

Whoever connects speaks first, and the first line says which introduction is meant: a host who
dialled says the KNOCK of it, a guest who dialled an m1 that verifies under its PSK alone.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from chatd import limits
from chatd.peer.listener import Accepted, IsOurs, Listener
from chatd.timer import Timer

_END = b"\r\n"


class Ports:
    """Those that are open, by number; `free_port` finds one that no other program has, and raises
    `PortUnavailable`."""

    def __init__(self, reactor: Any, free_port: Callable[[int], int]) -> None:
        self._reactor = reactor
        self._free_port = free_port
        self._open: dict[int, _Shared] = {}
        self.closed: Callable[[int], None] = lambda port: None
        """Told of each that nobody listens at any more."""

    def __iter__(self) -> Iterator[int]:
        return iter([*self._open])

    def listen(self, port: int) -> "Seat":
        """A place at this port, or at any for 0; raises `PortUnavailable`."""
        shared = self._open.get(port)
        if shared is None:
            listener = Listener(self._reactor, self._free_port(port))
            shared = _Shared(self._reactor, listener, self._closed)
            self._open[shared.port] = shared
        return shared.seat()

    def _closed(self, port: int) -> None:
        self._open.pop(port, None)
        self.closed(port)


class Seat:
    """The place of one introduction at a port; like a `Listener`."""

    def __init__(self, shared: "_Shared") -> None:
        self._shared = shared
        self.accepted: Accepted | None = None
        self.is_ours: IsOurs = _nothing

    @property
    def port(self) -> int:
        """The port number."""
        return self._shared.port

    def start(self, accepted: Accepted, is_ours: IsOurs) -> None:
        """Serve every connection that is for this introduction, as its first line says."""
        self.accepted, self.is_ours = accepted, is_ours
        self._shared.started()

    def close(self) -> None:
        """Serve nobody any more; the last one closes the port. Harmless the second time."""
        self.accepted, self.is_ours = None, _nothing
        self._shared.left(self)


class _Shared:
    """One port, the introductions that have it, and who has connected and waits for one of them."""

    def __init__(self, reactor: Any, listener: Listener, closed: Callable[[int], None]) -> None:
        self.reactor = reactor
        self.port = listener.port
        self._listener = listener
        self._closed = closed
        self._seats: list[Seat] = []
        self._visitors: dict[_Visitor, str] = {}
        self._is_closed = False

    def seat(self) -> Seat:
        """For one more introduction."""
        self._seats.append(Seat(self))
        return self._seats[-1]

    def started(self) -> None:
        """One of them can be served."""
        self._listener.start(self._accept)
        self._place_all()

    def left(self, seat: Seat) -> None:
        """One of them is over."""
        if seat not in self._seats:
            return
        self._seats.remove(seat)
        self._place_all()
        # Another introduction may follow at once, and would find the port taken by this one.
        self.reactor.callLater(0, self._close_if_empty)

    def _close_if_empty(self) -> None:
        if not self._seats and not self._is_closed:
            self._is_closed = True
            self._listener.close()
            self._closed(self.port)

    def place(self, visitor: "_Visitor") -> None:
        """Lead somebody to whom they mean; nobody stays for whom there can be none."""
        for seat in self._seats:
            if seat.accepted is not None and seat.is_ours(visitor.line):
                source = self._visitors.pop(visitor)
                visitor.hand_over(seat.accepted(source))
                return
        if all(seat.accepted is not None for seat in self._seats):
            visitor.leave()

    def gone(self, visitor: "_Visitor") -> None:
        """Somebody has hung up."""
        self._visitors.pop(visitor, None)

    def _place_all(self) -> None:
        for visitor in [each for each in self._visitors if each.line]:
            self.place(visitor)

    def _accept(self, source: str) -> Protocol | None:
        alone = self._seats[0] if len(self._seats) == 1 else None
        if alone is not None and alone.accepted is not None:
            return alone.accepted(source)
        visitor = _Visitor(self)
        self._visitors[visitor] = source
        if len(self._visitors) > limits.UNFINISHED_LINKS:
            self._oldest_of_a_crowd().leave()
        return visitor

    def _oldest_of_a_crowd(self) -> "_Visitor":
        counts = Counter(self._visitors.values())
        return max(self._visitors, key=lambda visitor: counts[self._visitors[visitor]])


class _Visitor(Protocol):
    """A connection up to the end of its first line."""

    def __init__(self, shared: _Shared) -> None:
        self._shared = shared
        self._data = b""
        self._timer = Timer(shared.reactor, lambda _: self.leave())
        self.line = b""
        """The first, without its end; empty before it is there."""

    def connectionMade(self) -> None:
        """It has as long as a link has for its opening."""
        if self not in self._shared._visitors:
            self.leave()
            return
        self._timer.after(limits.LINK_SECONDS)

    def dataReceived(self, data: bytes) -> None:
        """A part of the first line, or what follows it at once."""
        self._data += data
        line, end, _ = self._data.partition(_END)
        if not end:
            if len(self._data) > limits.LINE:
                self.leave()
            return
        if not self.line:
            self.line = line
            self.transport.pauseProducing()  # type: ignore[union-attr]
            self._shared.place(self)

    def hand_over(self, to: Protocol) -> None:
        """It is for this one, with all that was said."""
        self._timer.stop()
        transport: Any = self.transport
        transport.protocol = to
        to.makeConnection(transport)
        transport.resumeProducing()
        to.dataReceived(self._data)

    def leave(self) -> None:
        """It is for nobody."""
        self._timer.stop()
        self._shared.gone(self)
        transport: Any = self.transport
        if transport is not None:
            transport.abortConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """They have hung up."""
        self._timer.stop()
        self._shared.gone(self)


def _nothing(line: bytes) -> bool:
    return False
