"""One server link: from its handshake to its end."""

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import Protocol

from chatd import limits
from chatd.channel import SecureChannel
from chatd.errors import ChatdError, Malformed, RemoteProtocolError, Unexpected
from chatd.log.levels import debugs, logger
from chatd.rendezvous.access import Access
from chatd.rendezvous.lobby import Lobby
from chatd.rendezvous.reception import Reception
from chatd.sources import Source
from chatd.watch.refusals import OTHER, TURNED_AWAY
from chatd.watch.tally import DONE, Tally
from chatd.wire import server as wire
from chatd.wire.close import Close, Reason
from chatd.wire.codec import encode
from chatd.wire.lines import is_noise
from chatd.wire.opening import Opening, Secured, Visit
from chatd.wire.place import Place
from chatd.wire.records import MESSAGE, Record


class LinkSession:
    """One link of a client; it has a key once its handshake is done, and is in the lobby after
    its login."""

    __slots__ = (
        "_clock",
        "_first_line",
        "_later",
        "_lobby",
        "_logged_in",
        "_pauses",
        "_reception",
        "_shown",
        "address",
        "came_for",
        "channel",
        "key",
        "name",
        "since",
        "source",
        "turn",
    )

    _log = logger()

    def __init__(
        self,
        opening: Opening,
        lobby: Lobby,
        reception: Reception,
        clock: Any,
        source: Source,
        relay: Callable[[Visit], Protocol] | None = None,
    ) -> None:
        self.key = b""
        self.source = source
        self.name: str | None = None
        self.address = ("", 0)
        self.since = 0.0
        self.turn = 0
        self.came_for = ""
        """How the handshake ends for a link that does not end it by itself (`tally.HANDSHAKES`)."""
        self._lobby = lobby
        self._reception = reception
        self._clock = clock
        self._logged_in = False
        self._first_line = True
        self._shown: bytes | None = None
        self._pauses = 0
        # A message that is carried out later, and the call that does it.
        self._later: tuple[wire.FromClient, IDelayedCall] | None = None
        self.channel = SecureChannel(
            opening,
            self,
            reception.alarms,
            most=limits.SERVER_PLAINTEXT,
            unread=limits.SERVER_UNREAD_OUTPUT,
            successor=relay and (lambda visit: self._hand_over(relay, visit)),
            asks=self._asks,
            at_once=limits.SERVER_READ,
            patience=limits.HANDSHAKE_SECONDS,
        )
        reception.came(self, source)

    def send(self, message: wire.FromServer) -> None:
        """Send one message."""
        if isinstance(message, wire.Refused):
            self._tally.refuse(message.to, message.code, self.source)
        self.channel.send(encode(message))

    def pause(self) -> None:
        """Deliver no message until `resume` was called as often."""
        self._pauses += 1
        self.channel.pause()

    def resume(self) -> None:
        """Go on with what waits."""
        self._pauses -= 1
        if not self._pauses:
            self.channel.resume()

    def close(self, reason: Reason) -> None:
        """Say CLOSE."""
        if reason in TURNED_AWAY:
            self._tally.refuse("link", reason, self.source)
        self._reception.ending(self)
        self.channel.close(reason)

    def dismiss(self, reason: Reason) -> None:
        """Say CLOSE and wait for nothing."""
        self.channel.dismiss(reason)

    # -- called by the reception

    def work(self) -> None:
        """Handle the line of the handshake that waits."""
        self.channel.work()

    def drop(self) -> None:
        """Close at once, without a word."""
        self.came_for = "dropped"
        self._tally.refuse("link", "dropped", self.source)
        self.channel.abort()

    def review(self, access: Access) -> None:
        """End, if the one who has it may not be here."""
        host = self.address[0]
        if not self._logged_in:
            if access.bans.address(host):
                self.drop()
        elif self._lobby.has(self):
            objection = access.objection(self.key, self.name, host)
            if objection is not None:
                self._lobby.lost(self)
                self.close(objection)

    # -- called by the opening

    def seen(self) -> Place | None:
        """Where the client comes from, now that there is a connection."""
        place = self.channel.remote
        if place is not None:
            self.address = place
        return place

    # -- called by the channel

    def opened(self, secured: Secured) -> None:
        """The handshake is done; the login has a deadline of its own."""
        self.key = secured.remote_identity
        self._tally.handshake(DONE, secured.suite)
        if self._shown not in (None, self.key):
            self._reception.lied(self.source)
            self._tally.refuse("link", "token", self.source)
            self.channel.abort()
            return

    def received(self, record: Record) -> None:
        """One record."""
        if record.kind != MESSAGE:
            raise Malformed
        message = wire.from_client.decode(record.body)
        if isinstance(message, Close):
            self._leave()
            self.channel.hang_up()
            return
        if not self._logged_in:
            if not isinstance(message, wire.Login):
                raise Unexpected
            self.channel.settle()
        if seconds := self._lobby.turn(self, message):
            self.pause()
            self._later = message, self._clock.callLater(seconds, self._carry_out, message)
        else:
            self._receive(message)

    def closed(self, error: ChatdError | None) -> None:
        """The connection is gone."""
        self._count(error)
        self._reception.gone(self)
        self._leave()
        if debugs():
            self._log.debug(
                "a link from {source} ended: {reason}; {here} here",
                source=self._reception.called(self.source),
                reason=getattr(error, "code", "quietly"),
                here=self._lobby.here,
            )

    # -- inside

    def _hand_over(self, relay: Callable[[Visit], Protocol], visit: Visit) -> Protocol:
        self.came_for = "relay"
        return relay(visit)

    @property
    def _tally(self) -> Tally:
        return self._lobby.tally

    def _count(self, error: ChatdError | None) -> None:
        if not self.key:
            reason = "left" if error is None else getattr(error, "code", OTHER)
            self._tally.handshake(self.came_for or reason)
        if isinstance(error, RemoteProtocolError):
            self._tally.refuse("link", error.code, self.source)

    def _asks(self, line: bytes) -> None:
        """A line is there. One of a handshake waits for its turn; what the first of them shows is
        looked at when it comes. Others cost next to nothing."""
        if not is_noise(line):
            self.channel.work()
            return
        if self._first_line:
            self._first_line = False
            self._shown = self._reception.first_line(self, line)
        self._reception.line(self)

    def _receive(self, message: wire.FromClient) -> None:
        if isinstance(message, wire.Login) and not self._logged_in:
            self._login(message)
        else:
            self._lobby.receive(self, message)

    def _login(self, message: wire.Login) -> None:
        if self._lobby.login(self, message):
            self._logged_in = True
            self._reception.logged_in(self)
            if debugs():
                self._log.debug("someone logged in; {here} here", here=self._lobby.here)

    def _carry_out(self, message: wire.FromClient) -> None:
        """It is this message's turn."""
        self._later = None
        self.channel.guard(self._receive, message)
        self.resume()

    def _leave(self) -> None:
        later, self._later = self._later, None
        if later is not None:
            message, call = later
            call.cancel()
            self._lobby.give_back(self, message)
        self._reception.ending(self)
        self._lobby.lost(self)
