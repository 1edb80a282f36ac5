"""One server link: from its handshake to its end."""

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import Protocol

from chatd import limits
from chatd.addresses import without_zone
from chatd.channel import SecureChannel
from chatd.errors import ChatdError, Malformed, TooSlow, Unexpected
from chatd.rendezvous.lobby import Lobby
from chatd.rendezvous.log import logger
from chatd.wire import server as wire
from chatd.wire.close import Close, Reason
from chatd.wire.codec import encode
from chatd.wire.opening import Opening, Secured
from chatd.wire.records import MESSAGE, Record


class Links:
    """Counts the links that are up, and among them those that have not logged in."""

    def __init__(self) -> None:
        self.all: set[LinkSession] = set()
        self.not_logged_in = 0


class LinkSession:
    """One link of a client; it has a key once its handshake is done, and is in the lobby after
    its login."""

    _log = logger()

    def __init__(
        self,
        opening: Opening,
        lobby: Lobby,
        links: Links,
        clock: Any,
        relay: Callable[[bytes], Protocol] | None = None,
    ) -> None:
        self.key = b""
        self.name: str | None = None
        self.address = ("", 0)
        self.since = 0.0
        self._lobby = lobby
        self._links = links
        self._clock = clock
        self._logged_in = False
        self._timer: IDelayedCall | None = None
        self.channel = SecureChannel(
            opening,
            self,
            clock,
            most=limits.SERVER_PLAINTEXT,
            unread=limits.SERVER_UNREAD_OUTPUT,
            successor=relay,
        )
        links.all.add(self)
        links.not_logged_in += 1

    def send(self, message: wire.FromServer) -> None:
        """Send one message."""
        self.channel.send(encode(message))

    def pause(self) -> None:
        """Read nothing more until `resume`."""
        self.channel.pause()

    def resume(self) -> None:
        """Read again."""
        self.channel.resume()

    def close(self, reason: Reason) -> None:
        """Say CLOSE."""
        self.channel.close(reason)

    def dismiss(self, reason: Reason) -> None:
        """Say CLOSE and wait for nothing."""
        self.channel.dismiss(reason)

    # -- called by the channel

    def opened(self, secured: Secured) -> None:
        """The handshake is done; the login has a deadline of its own."""
        self.key = secured.remote_identity
        transport = self.channel.transport
        peer: Any = transport.getPeer() if transport is not None else None
        self.address = (without_zone(peer.host), peer.port)
        self._timer = self._clock.callLater(limits.HANDSHAKE_SECONDS, self._no_login)

    def received(self, record: Record) -> None:
        """One record."""
        if record.kind != MESSAGE:
            raise Malformed
        message = wire.from_client.decode(record.body)
        if isinstance(message, Close):
            self._leave()
            self.channel.hang_up()
        elif self._logged_in:
            self._lobby.receive(self, message)
        else:
            self._login(message)

    def closed(self, error: ChatdError | None) -> None:
        """The connection is gone."""
        self._leave()
        self._links.all.discard(self)
        self._log.debug(
            "a link ended: {reason}; {here} here",
            reason=getattr(error, "code", "quietly"),
            here=self._lobby.here,
        )

    # -- inside

    def _login(self, message: wire.FromClient) -> None:
        if not isinstance(message, wire.Login):
            raise Unexpected
        self._stop_timer()
        if self._lobby.login(self, message):
            self._logged_in = True
            self._links.not_logged_in -= 1
            self._log.debug("someone logged in; {here} here", here=self._lobby.here)

    def _leave(self) -> None:
        self._stop_timer()
        if not self._logged_in and self in self._links.all:
            self._links.not_logged_in -= 1
        self._links.all.discard(self)
        self._lobby.lost(self)

    def _no_login(self) -> None:
        self._timer = None
        self.channel.close(TooSlow.code)  # type: ignore[arg-type]

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
