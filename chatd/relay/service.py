"""A process that only relays: the same relay, behind a greeting of its own."""

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory, Protocol

from chatd import limits
from chatd.channel import SecureChannel
from chatd.errors import ChatdError
from chatd.relay.relay import Relay
from chatd.wire.opening import RelaySide, Secured
from chatd.wire.records import Record
from chatd.wire.seen import NONCE, mask


class _Visitor:
    """Whoever has connected and not yet shown a ticket."""

    def __init__(self, factory: "RelayFactory") -> None:
        self._factory = factory
        factory.visitors += 1

    def opened(self, secured: Secured) -> None:
        """There is no handshake with a relay."""

    def received(self, record: Record) -> None:
        """There are no records either."""

    def closed(self, error: ChatdError | None) -> None:
        """It is gone, or has shown its ticket."""
        self._factory.visitors -= 1


class RelayFactory(Factory):
    """The links of a relay that is no server; beyond a bound, those without a ticket are closed."""

    noisy = False

    def __init__(self, relay: Relay, clock: Any, random_bytes: Callable[[int], bytes]) -> None:
        self._relay = relay
        self._clock = clock
        self._random_bytes = random_bytes
        self.visitors = 0

    def buildProtocol(self, addr: IAddress | None) -> Protocol | None:
        """A link that is to show its ticket."""
        if self.visitors >= limits.RELAY_UNPAIRED:
            return None
        channel = SecureChannel(
            RelaySide(lambda: mask(self._random_bytes(NONCE), channel.remote)),
            _Visitor(self),
            self._clock,
            most=limits.SERVER_PLAINTEXT,
            successor=self._relay.link,
        )
        return channel
