"""Makes a session for every connection."""

from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.interfaces import IAddress, IDelayedCall, IReactorTime
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from chatd import limits
from chatd.errors import Unexpected
from chatd.noise.keys import REAL, KeyPair, Primitives
from chatd.noise.suites import SUITES
from chatd.rendezvous.lobby import Lobby
from chatd.rendezvous.reception import Guest, Reception, strangers, unnamed
from chatd.rendezvous.session import LinkSession
from chatd.sources import Sources
from chatd.wire import lines
from chatd.wire.opening import Visit
from chatd.wire.seen import NONCE, mask
from chatd.wire.server_opening import ServerSide


class TurnAway(Protocol):
    """Says why there is no greeting, and closes."""

    def __init__(self, code: str, clock: IReactorTime) -> None:
        self._code = code
        self._clock = clock
        self._timer: IDelayedCall | None = None

    def logPrefix(self) -> str:
        """As that of a link that is let in: without an address."""
        return "chatd link"

    def connectionMade(self) -> None:
        """One line, and the end, which inside TLS the other side could put off for ever."""
        connection: Any = self.transport
        self._timer = self._clock.callLater(limits.ABORT_SECONDS, connection.abortConnection)
        connection.write(lines.refusal(self._code) + b"\r\n")
        connection.loseConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Nothing is left to do."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()


class RendezvousFactory(Factory):
    """The service's side of every server link; `relay` takes over those that show a ticket."""

    noisy = False

    def __init__(
        self,
        static: KeyPair,
        lobby: Lobby,
        clock: Any,
        random_bytes: Callable[[int], bytes],
        suites: Sequence[str] = tuple(SUITES),
        primitives: Primitives = REAL,
        relay: Callable[[Visit], Protocol] | None = None,
        sources: Sources | None = None,
        guest: Guest = strangers,
        called: Callable[[str], str] = unnamed,
    ) -> None:
        self._relay = relay
        self.reception = Reception(clock, lobby.max_clients, sources, guest, called)
        self.lobby = lobby
        self._static = static
        self._clock = clock
        self._random_bytes = random_bytes
        self.suites = suites
        self._primitives = primitives

    def buildProtocol(self, addr: IAddress | None) -> Protocol:
        """A session, or a line that says why not."""
        reception, relay = self.reception, self._relay
        source = reception.sources.of(getattr(addr, "host", ""))
        if reception.closing:
            self.lobby.tally.refuse("link", "closing", source)
            return TurnAway("closing", self._clock)
        if self.lobby.names.access.bans.address(getattr(addr, "host", "")):
            self.lobby.tally.refuse("link", "banned", source)
            return TurnAway("banned", self._clock)
        opening = ServerSide(
            self._static,
            self.suites,
            lambda: mask(self._random_bytes(NONCE), session.seen()),
            self._primitives,
            relays=relay is not None,
            vouch=lambda commitment: self._vouch(session, commitment),
        )
        session = LinkSession(opening, self.lobby, reception, self._clock, source, relay)
        return session.channel

    def _vouch(self, session: LinkSession, commitment: bytes) -> bytes:
        """Say where this link comes from; it then stays until the client closes it, as a router may
        forget its port with it."""
        if not session.address[0]:
            raise Unexpected
        session.came_for = "seen"
        session.channel.allow(limits.SEEN_SECONDS)
        return self.lobby.vouchers.write(session.address, commitment)
