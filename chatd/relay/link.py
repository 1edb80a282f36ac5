"""One side of a pair at the relay: whatever it sends goes to the other side, unread."""

from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import IDelayedCall, IPushProducer, ISSLTransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from chatd import limits
from chatd.relay.meter import Meter
from chatd.wire.lines import RELAYED, refusal
from chatd.wire.opening import Visit

if TYPE_CHECKING:
    from chatd.relay.relay import Relay
    from chatd.rendezvous.access import Access


@implementer(IPushProducer)
class RelayLink(Protocol):
    """A link that has shown a ticket.

    It reads from its transport only as fast as the other side's transport writes and as the meter
    of the pair allows, so that no more than the two transports' own buffers is ever held.
    """

    def __init__(self, relay: "Relay", clock: Any, visit: Visit) -> None:
        self._relay = relay
        self._clock = clock
        self._visit = visit
        self._other: RelayLink | None = None
        self._meter: Meter | None = None
        self._timer: IDelayedCall | None = None
        self._pause: IDelayedCall | None = None
        self._blocked = False
        self._ending = False

    def review(self, access: "Access") -> None:
        """End, if it comes from an address that is banned by now."""
        if access.bans.address(self._connection.getPeer().host):
            self.abort()

    # -- called by the relay

    def wait(self) -> None:
        """The other side is not here yet; what comes meanwhile stays in the kernel."""
        self._connection.pauseProducing()
        self._set_timer(limits.RELAY_WAIT_SECONDS, self.end)

    def join(self, other: "RelayLink", meter: Meter) -> None:
        """The other side is here."""
        self._other, self._meter = other, meter
        self._connection.write(RELAYED + b"\r\n")
        other._connection.registerProducer(self, True)
        self._set_timer(limits.RELAY_IDLE_SECONDS, self._idle)
        self._resume()

    def refuse(self, code: str) -> None:
        """Say why there is no room, and end."""
        self._connection.write(refusal(code) + b"\r\n")
        self.end()

    def abort(self) -> None:
        """Close at once, without a word."""
        self._ending = True
        self._connection.abortConnection()

    def end(self) -> None:
        """Send what is left, and close; whatever still comes is dropped."""
        if self._ending:
            return
        self._ending = True
        self._stop(self._pause)
        self._set_timer(limits.ABORT_SECONDS, self._connection.abortConnection)
        self._connection.unregisterProducer()
        # Shut only our direction: bytes that still come in would make the kernel reset the
        # connection, and the last records could be lost with it.
        self._connection.resumeProducing()
        _shut(self._connection)

    # -- called by the transport

    def connectionMade(self) -> None:
        """Show the ticket to the relay."""
        self._relay.arrived(self, self._visit, self._connection.getPeer().host)

    def dataReceived(self, data: bytes) -> None:
        """Pass on, and wait as long as the meter says."""
        if self._ending:
            return
        if self._other is None or self._meter is None:
            self.end()  # nothing is to be said before RELAYED
            return
        self._other._connection.write(data)
        now = self._clock.seconds()
        self._relay.spoke(self, len(data))
        self._meter.pass_on(len(data), now)
        if self._meter.is_used_up(now):
            self._relay.used_up(self)
            self._end_both()
            return
        self._touch()
        if self._must_wait(self._meter):
            self._connection.pauseProducing()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The other side gets what is left, and then ends too."""
        self._ending = True
        self._stop(self._timer)
        self._stop(self._pause)
        other, self._other = self._other, None
        self._relay.left(self)
        if other is not None:
            other.end()

    # -- called by the other side's transport, for which this link is the producer

    def pauseProducing(self) -> None:
        """The other side does not read as fast as we do."""
        self._blocked = True
        self._connection.pauseProducing()

    def resumeProducing(self) -> None:
        """The other side reads again."""
        self._blocked = False
        if self._pause is None or not self._pause.active():
            self._resume()

    def stopProducing(self) -> None:
        """The other side is gone; its `connectionLost` says so too."""

    # -- inside

    @property
    def _connection(self) -> Any:
        return self.transport

    def _must_wait(self, meter: Meter) -> bool:
        """Whether the pair is to pause, from which it then goes on by itself."""
        seconds = meter.wait(self._clock.seconds())
        if seconds > 0:
            self._stop(self._pause)
            self._pause = self._clock.callLater(seconds, self._go_on, meter)
        return seconds > 0

    def _go_on(self, meter: Meter) -> None:
        if not self._must_wait(meter):
            self._resume()

    def _resume(self) -> None:
        if not self._blocked and not self._ending:
            self._connection.resumeProducing()

    def _end_both(self) -> None:
        if self._other is not None:
            self._other.end()
        self.end()

    def _touch(self) -> None:
        for side in (self, self._other):
            if side is not None and side._timer is not None and side._timer.active():
                side._timer.reset(limits.RELAY_IDLE_SECONDS)

    def _idle(self) -> None:
        self._end_both()

    def _set_timer(self, seconds: float, call: Any) -> None:
        self._stop(self._timer)
        self._timer = self._clock.callLater(seconds, call)

    @staticmethod
    def _stop(timer: IDelayedCall | None) -> None:
        if timer is not None and timer.active():
            timer.cancel()


def _shut(connection: Any) -> None:
    if ISSLTransport.providedBy(connection):
        connection.loseConnection()
    else:
        connection.loseWriteConnection()
