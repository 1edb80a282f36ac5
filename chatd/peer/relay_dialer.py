"""Dialling the relay: one more candidate, which leaves the direct ones a start."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure

from chatd.peer.dialer import in_words
from chatd.timer import Timer
from chatd.wire.ticket import OwnTicket


class RelayPlace(Struct, frozen=True):
    """A place that is kept for us at the relay: how to reach it, and our ticket."""

    endpoint: IStreamClientEndpoint
    ticket: OwnTicket


class RelayDialer:
    """Connects once, after a pause; `failed` is told why it could not."""

    def __init__(
        self,
        reactor: Any,
        endpoint: IStreamClientEndpoint,
        build: Callable[[], Protocol],
        failed: Callable[[str], None],
    ) -> None:
        self._endpoint = endpoint
        self._build = build
        self._failed = failed
        self._pause = Timer(reactor, lambda _: self._dial())
        self._connecting: Deferred[Any] | None = None

    def start(self, after: float) -> None:
        """Dial in so many seconds."""
        self._pause.after(after)

    def stop(self) -> None:
        """Give up, unless it has connected; nothing more is said."""
        connecting, self._connecting = self._connecting, None
        self._pause.stop()
        if connecting is not None:
            connecting.cancel()

    def _dial(self) -> None:
        factory = Factory.forProtocol(self._build)
        factory.noisy = False
        self._connecting = self._endpoint.connect(factory)
        self._connecting.addCallbacks(self._connected, self._lost)

    def _connected(self, protocol: object) -> None:
        self._connecting = None

    def _lost(self, failure: Failure) -> None:
        if self._connecting is None:
            return  # given up by us
        self._connecting = None
        self._failed(in_words(failure))
