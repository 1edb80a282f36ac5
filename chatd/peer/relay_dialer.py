"""Dialling the relay: one more candidate, which leaves the direct ones a start."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import Protocol

from chatd.peer.connecting import Connecting, made_by
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
        self._pause = Timer(reactor, lambda _: self._dial())
        self._connecting = Connecting(lambda failure: failed(in_words(failure)))

    def start(self, after: float) -> None:
        """Dial in so many seconds."""
        self._pause.after(after)

    def stop(self) -> None:
        """Give up, unless it has connected; nothing more is said."""
        self._pause.stop()
        self._connecting.stop()

    def _dial(self) -> None:
        self._connecting.begin(self._endpoint.connect(made_by(self._build)))
