"""One direct link: a channel that speaks peer messages, and renews its keys."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol

from msgspec.structs import replace
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from chatd import limits
from chatd.addresses import without_zone
from chatd.channel import SecureChannel
from chatd.errors import ChatdError
from chatd.peer.path import ONION, RELAY
from chatd.peer.renewal import (
    ReceiveUnder,
    Remember,
    Renewal,
    SendUnder,
    Step,
    Transmit,
)
from chatd.timer import Timer
from chatd.wire.close import Close, Reason
from chatd.wire.codec import Body, encode
from chatd.wire.opening import Opening, Secured
from chatd.wire.peer import Handshake, PeerMessage, Renew, Switched, Text, messages
from chatd.wire.records import MESSAGE, Record

Route = Literal["direct", "relay", "onion"]
_RENEWAL = (Renew, Handshake, Switched)
_SECONDS: dict[Route, float] = {
    "direct": limits.LINK_SECONDS,
    "relay": limits.RELAY_RACE_SECONDS,
    "onion": limits.ONION_LINK_SECONDS,
}
"""What the opening of a link may take; at the relay the other side may come later."""


class LinkUser(Protocol):
    """Whoever uses a link."""

    def link_ready(self, link: "PeerLink") -> None:
        """A guest has found out that the host is who it should be; `PeerLink.finish` is the next
        step, now or later."""

    def link_verified(self, link: "PeerLink") -> None:
        """The handshake is done and the other side is who it should be."""

    def link_received(self, link: "PeerLink", message: PeerMessage) -> None:
        """One message; a `RemoteProtocolError` raised here ends the link with its code."""

    def link_rests(self, link: "PeerLink") -> None:
        """All messages that had come have been received."""

    def link_chunk(self, link: "PeerLink", body: Body) -> None:
        """One chunk of a file; as `link_received`."""

    def link_room(self, link: "PeerLink") -> None:
        """All is written that was sent on this link, where that was not so at once."""

    def link_renewed(self, link: "PeerLink") -> None:
        """There is another resume secret in `PeerLink.secured`."""

    def link_closed(self, link: "PeerLink", error: ChatdError | None) -> None:
        """The link is gone; `error` is what we found wrong, if anything."""


class PeerLink:
    """A direct link; `candidate` is the address that was dialled, None if we were dialled, and
    for one through the relay, which we dialled too. `opening` makes its opening; a guest's has the
    link for a watch."""

    def __init__(
        self,
        opening: Callable[["PeerLink"], Opening],
        user: LinkUser,
        clock: IReactorTime,
        candidate: tuple[str, int] | None,
        *,
        route: Route = "direct",
    ) -> None:
        self._route = route
        self.user = user
        self._clock = clock
        self._renewal: Renewal | None = None
        self._timer = Timer(clock, lambda _: self.channel.abort())
        """Ends the link when the other side has not said in time what is due."""
        self._finish: Callable[[], list[bytes]] | None = None
        self._asked: float | None = None
        self.round_trip = 0.0
        """Seconds from m1 to m2 at a guest, from m2 to m3 at a host; 0 before that."""
        self.is_left = False
        """Whether it is read only: nothing is sent there but the end."""
        self.candidate = candidate
        self.secured: Secured | None = None
        self.gone: Deferred[None] = Deferred()
        """Fires when the connection is gone."""
        self.channel = SecureChannel(
            opening(self),
            self,
            clock,
            most=limits.PEER_PLAINTEXT,
            seconds=_SECONDS[route],
            # TLS, which a way to a relay may have, tells of room when less than this is left.
            at_once=limits.FLIGHT if route == "direct" else limits.UNSENT,
            rests=self._rests,
            room=self._room,
        )

    @property
    def relayed(self) -> bool:
        """Whether it passes through the relay."""
        return self._route == "relay"

    @property
    def rank(self) -> int:
        """The higher, the better its kind."""
        return 0 if self.relayed else 1

    @property
    def is_unfinished(self) -> bool:
        """Whether someone dialled us and has not shown yet who they are."""
        return self.secured is None and self.candidate is None and not self.relayed

    @property
    def is_answered(self) -> bool:
        """Whether it is unfinished, and we have said something on it all the same."""
        return self.is_unfinished and self.channel.sent > 0 and not self.channel.is_ending

    @property
    def path(self) -> str:
        """The address of the other end, as a person reads it, or that it is the relay's or hidden;
        '' before there is a connection."""
        transport = self.channel.transport
        if transport is None:
            return ""
        if self._route != "direct":
            return RELAY if self.relayed else ONION  # the transport knows the way there at most
        peer: Any = transport.getPeer()
        host = without_zone(peer.host)
        return f"IPv6 [{host}]:{peer.port}" if ":" in host else f"IPv4 {host}:{peer.port}"

    def send(self, message: PeerMessage) -> None:
        """Send one message."""
        self.channel.send(encode(message))
        self._passed(is_said=type(message) is Text)

    def send_chunk(self, parts: Sequence[bytes | bytearray | memoryview]) -> None:
        """Send one chunk of a file, which lies in these parts."""
        self.channel.send_chunk(parts)
        self._passed(is_said=True)

    @property
    def is_renewing(self) -> bool:
        """Whether a handshake for new keys is under way."""
        return self._renewal is not None and self._renewal.is_running

    @property
    def is_switching(self) -> bool:
        """Whether we do not know which keys the other side has by now."""
        return self._renewal is not None and self._renewal.is_switching

    @property
    def renewals(self) -> int:
        """How often the keys of this link have been replaced."""
        return self._renewal.times if self._renewal is not None else 0

    def renew_with(self, renewal: Renewal) -> None:
        """From now on, replace the keys when they get old."""
        self._renewal = renewal

    def tend(self) -> None:
        """Look whether the keys have become old in silence."""
        if self._renewal is not None and not self.is_left:
            self._renew(self._renewal.tick(self._clock.seconds()))

    def expect(self, seconds: float) -> None:
        """End it unless something comes in so many seconds."""
        self._timer.after(seconds)

    def close(self, reason: Reason) -> None:
        """Say CLOSE and end the link."""
        self.channel.close(reason)

    # -- the opening

    def asked(self) -> None:
        """m1 goes out, or m2."""
        self._asked = self._clock.seconds()

    def _answered(self) -> None:
        asked, self._asked = self._asked, None
        if asked is not None:
            self.round_trip = self._clock.seconds() - asked

    def ready(self, finish: Callable[[], list[bytes]]) -> None:
        """m2 is right."""
        self._finish = finish
        self._answered()
        self.user.link_ready(self)

    def finish(self) -> None:
        """Say m3, from which on there is `secured`; harmless on a link that is ending."""
        finish, self._finish = self._finish, None
        if finish is not None:
            self.channel.advance(finish)

    def opened(self, secured: Secured) -> None:
        """The handshake is done."""
        self.secured = secured
        self._answered()
        self.user.link_verified(self)

    def received(self, record: Record) -> None:
        """One record."""
        if record.kind != MESSAGE:
            self._received_chunk(record.body)
            return
        message = messages.decode(record.body)
        if self._renewal is None:
            self._timer.stop()
        if type(message) is Close:
            self.channel.hang_up()
        if self._renewal is not None and isinstance(message, _RENEWAL):
            if not self.is_left:
                self._renew(self._renewal.receive(message, self._clock.seconds()))
            return
        self.user.link_received(self, message)
        self._passed(is_said=type(message) is Text)

    def _received_chunk(self, body: Body) -> None:
        if self._renewal is None:
            self._timer.stop()
        self.user.link_chunk(self, body)
        self._passed(is_said=True)

    def _rests(self) -> None:
        self.user.link_rests(self)

    def _room(self) -> None:
        self.user.link_room(self)

    def _passed(self, *, is_said: bool) -> None:
        renewal = self._renewal
        if renewal is None or self.is_left or not renewal.passed(is_text=is_said):
            return
        if steps := renewal.tick(self._clock.seconds()):
            self._renew(steps)

    def _renew(self, steps: list[Step]) -> None:
        for step in steps:
            match step:
                case Transmit(message):
                    self.channel.send(encode(message))
                case SendUnder(cipher):
                    self.channel.send_under(cipher)
                    self.secured = self.secured and replace(self.secured, sending=cipher)
                case ReceiveUnder(cipher):
                    self.channel.receive_under(cipher)
                    self.secured = self.secured and replace(self.secured, receiving=cipher)
                case Remember(secret):
                    self.secured = self.secured and replace(self.secured, resume_secret=secret)
                    self.user.link_renewed(self)
        if self._renewal is not None:
            self._wait_until(self._renewal.deadline)

    def _wait_until(self, deadline: float | None) -> None:
        """For the other side's part in a renewal: whoever holds it back would keep the old keys."""
        if deadline != self._timer.due:
            self._timer.set(deadline)

    def closed(self, error: ChatdError | None) -> None:
        """The connection is gone."""
        self._timer.stop()
        self._finish = None
        self.gone.callback(None)
        self.user.link_closed(self, error)
