"""Makes a session for every connection, as long as there is room for strangers."""

from collections.abc import Sequence
from typing import Any

from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory, Protocol

from chatd import limits
from chatd.noise.keys import REAL, KeyPair, Primitives
from chatd.noise.suites import SUITES
from chatd.rendezvous.lobby import Lobby
from chatd.rendezvous.session import Links, LinkSession
from chatd.wire import lines
from chatd.wire.opening import ServerSide


class TurnAway(Protocol):
    """Says why there is no greeting, and closes."""

    def __init__(self, code: str) -> None:
        self._code = code

    def connectionMade(self) -> None:
        """One line, and the end."""
        if self.transport is not None:
            self.transport.write(lines.refusal(self._code) + b"\r\n")
            self.transport.loseConnection()


class RendezvousFactory(Factory):
    """The service's side of every server link."""

    noisy = False

    def __init__(
        self,
        static: KeyPair,
        lobby: Lobby,
        clock: Any,
        suites: Sequence[str] = tuple(SUITES),
        primitives: Primitives = REAL,
    ) -> None:
        self.links = Links()
        self.lobby = lobby
        self.closing = False
        self._static = static
        self._clock = clock
        self._suites = suites
        self._primitives = primitives

    def buildProtocol(self, addr: IAddress | None) -> Protocol:
        """A session, or a line that says why not."""
        if self.closing:
            return TurnAway("closing")
        if self.links.not_logged_in >= limits.UNNAMED_LINKS:
            return TurnAway("full")
        opening = ServerSide(self._static, self._suites, self._primitives)
        return LinkSession(opening, self.lobby, self.links, self._clock).channel
