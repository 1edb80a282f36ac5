"""A process that only relays: the same relay, behind a greeting of its own."""

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory, Protocol

from chatd import limits
from chatd.channel import SecureChannel
from chatd.errors import ChatdError
from chatd.relay.relay import Relay
from chatd.rendezvous.access import Access
from chatd.rendezvous.door import Door, Room
from chatd.shares import Shares
from chatd.wire.opening import Secured
from chatd.wire.records import Record
from chatd.wire.seen import NONCE, mask
from chatd.wire.server_opening import RelaySide


class _Visitor:
    """Whoever has connected and not yet shown a ticket."""

    channel: SecureChannel

    def __init__(self, door: "Door[_Visitor]") -> None:
        self._door = door

    def opened(self, secured: Secured) -> None:
        """There is no handshake with a relay."""

    def received(self, record: Record) -> None:
        """There are no records either."""

    def closed(self, error: ChatdError | None) -> None:
        """It is gone, or has shown its ticket."""
        self._door.left(self)

    def drop(self) -> None:
        """Close at once, without a word."""
        self.channel.abort()


class RelayFactory(Factory):
    """The links of a relay that is no server; those without a ticket are in two rooms, as at a
    server's door."""

    noisy = False

    def __init__(self, relay: Relay, clock: Any, random_bytes: Callable[[int], bytes]) -> None:
        self._relay = relay
        self.access = Access()
        """Of which only the addresses count: people show no keys here."""
        self._clock = clock
        self._random_bytes = random_bytes
        shares = Shares(limits.DOOR_SHARES, limits.DOOR_SHARE_SECONDS, limits.COUNTED)
        half = limits.RELAY_UNPAIRED // 2
        places = {Room.KNOWN: 0, Room.FRESH: half, Room.REST: half}
        self.door: Door[_Visitor] = Door(places, shares, shares, _Visitor.drop)

    def buildProtocol(self, addr: IAddress | None) -> Protocol | None:
        """A link that is to show its ticket; none for an address that is banned."""
        host = getattr(addr, "host", "")
        source = self._relay.sources.of(host)
        if self.access.bans.address(host):
            self._relay.tally.refuse("relay", "banned", source)
            return None
        visitor = _Visitor(self.door)
        channel = visitor.channel = SecureChannel(
            RelaySide(lambda: mask(self._random_bytes(NONCE), channel.remote)),
            visitor,
            self._clock,
            most=limits.SERVER_PLAINTEXT,
            successor=self._relay.link,
        )
        self.door.came(visitor, source, self._clock.seconds())
        return channel
