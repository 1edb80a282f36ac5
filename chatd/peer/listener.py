"""The listening port inside a client (protocol, "The direct link")."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, cast

from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IAddress, IListeningPort
from twisted.internet.protocol import Factory
from twisted.internet.protocol import Protocol as TwistedProtocol

from chatd.peer.local_port import PortUnavailable, shared

BACKLOG = 16
Accepted = Callable[[str], TwistedProtocol]
"""Makes a protocol for a connection from an address."""
IsOurs = Callable[[bytes], bool]
"""Whether the first line of a connection, without its end, is for this introduction."""


class _Accepting(Factory):
    noisy = False

    def __init__(self) -> None:
        self.accepted: Callable[[str], TwistedProtocol | None] | None = None

    def buildProtocol(self, addr: IAddress | None) -> TwistedProtocol | None:
        return self.accepted(getattr(addr, "host", "")) if self.accepted is not None else None


class Listening(Protocol):
    """Where others come to in one introduction."""

    @property
    def port(self) -> int:
        """The port number that others use."""
        ...

    def start(self, accepted: Accepted, is_ours: IsOurs) -> None:
        """Serve every connection that is ours; all are where nobody else listens there."""

    def close(self) -> None:
        """Serve nobody any more."""


class Listener:
    """Listens at a port that `free_port` gave, and that others of our sockets may have, or at any
    for 0; at the first of the interfaces that there is.

    What connects before `start` waits in the kernel's queue. Raises `PortUnavailable`.
    """

    def __init__(
        self, reactor: Any, port: int, interfaces: Sequence[str] = ("::", "0.0.0.0")
    ) -> None:
        self._factory = _Accepting()
        self._closed = False
        self._port = self._listen(reactor, port, interfaces)
        # The port is offered before the introduction is known, without which nobody can be served.
        self._port.stopReading()

    def _listen(self, reactor: Any, port: int, interfaces: Sequence[str]) -> Any:
        for interface in interfaces:
            try:
                binding = shared(port, interface) or port
                return reactor.listenTCP(binding, self._factory, BACKLOG, interface)
            except CannotListenError:
                continue
        raise PortUnavailable(f"port {port} is in use or not allowed")

    @property
    def port(self) -> int:
        """The port number."""
        return int(cast(IListeningPort, self._port).getHost().port)  # type: ignore[attr-defined]

    def start(
        self,
        accepted: Callable[[str], TwistedProtocol | None],
        is_ours: IsOurs = lambda line: True,
    ) -> None:
        """Serve every connection, those that waited too: `accepted` makes a protocol for an
        address, or none; all are for whom has the port alone."""
        self._factory.accepted = accepted
        self._port.startReading()

    def close(self) -> None:
        """Stop listening; harmless when it was done before."""
        self._factory.accepted = None
        if not self._closed:
            self._closed = True
            self._port.stopListening()


class Deaf:
    """In place of a listener, for whoever must not be reached: there is no port."""

    port = 1
    """What an offer names where it names no address."""

    def start(self, accepted: Accepted, is_ours: IsOurs) -> None:
        """Nobody comes."""

    def close(self) -> None:
        """Nothing is open."""
