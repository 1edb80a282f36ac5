"""The listening port inside a client (protocol.md, "The direct link")."""

from collections.abc import Callable
from typing import Any, cast

from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IAddress, IListeningPort
from twisted.internet.protocol import Factory, Protocol

from chatd.peer.local_port import PortUnavailable, shared

BACKLOG = 16


class _Accepting(Factory):
    noisy = False

    def __init__(self) -> None:
        self.accepted: Callable[[str], Protocol] | None = None

    def buildProtocol(self, addr: IAddress | None) -> Protocol | None:
        return self.accepted(getattr(addr, "host", "")) if self.accepted is not None else None


class Listener:
    """Listens at a port that `free_port` gave, and that others of our sockets may have.

    What connects before `start` waits in the kernel's queue. Raises `PortUnavailable`.
    """

    def __init__(self, reactor: Any, port: int) -> None:
        self._factory = _Accepting()
        self._closed = False
        self._port = self._listen(reactor, port)
        # The port is offered before the introduction is known, without which nobody can be served.
        self._port.stopReading()

    def _listen(self, reactor: Any, port: int) -> Any:
        for interface in ("::", "0.0.0.0"):
            try:
                binding = shared(port, interface)
                return reactor.listenTCP(binding, self._factory, BACKLOG, interface)
            except CannotListenError:
                continue
        raise PortUnavailable(f"port {port} is in use or not allowed")

    @property
    def port(self) -> int:
        """The port number."""
        return int(cast(IListeningPort, self._port).getHost().port)  # type: ignore[attr-defined]

    def start(self, accepted: Callable[[str], Protocol]) -> None:
        """Serve every connection, those that waited too: `accepted` makes a protocol for an
        address."""
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

    def start(self, accepted: Callable[[str], Protocol]) -> None:
        """Nobody comes."""

    def close(self) -> None:
        """Nothing is open."""
