"""A connection on which something is settled first, before it is handed over to its protocol."""

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocol, IProtocolFactory
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure


class Prelude(Protocol):
    """A subclass settles it and fires `done`, or fails it; then somebody calls `continue_as`."""

    def __init__(self) -> None:
        self.done: Deferred[None] = Deferred(lambda _: self._transport.abortConnection())
        self._inner: Any = None

    @property
    def _transport(self) -> Any:
        return self.transport

    def failed(self, reason: Failure) -> Exception:
        """What it means that the connection is gone before `done`."""
        raise NotImplementedError

    def continue_as(self, factory: IProtocolFactory) -> IProtocol:
        """Hand the connection over to a protocol of this factory."""
        self._inner = factory.buildProtocol(self._transport.getPeer())
        self._inner.makeConnection(self.transport)
        inner: IProtocol = self._inner
        return inner

    def dataReceived(self, data: bytes) -> None:
        """Pass it on, to whom the connection belongs."""
        self._inner.dataReceived(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The end: of the prelude, or of what came after it."""
        if self._inner is not None:
            self._inner.connectionLost(reason)
        elif not self.done.called:
            self.done.errback(self.failed(reason))
