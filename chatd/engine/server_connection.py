"""One connection to the server: the handshake, then messages, until it is let go."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from msgspec import Struct
from twisted.internet.defer import Deferred

from chatd import limits
from chatd.channel import SecureChannel
from chatd.errors import ChatdError, Malformed
from chatd.noise.keys import REAL, KeyPair, Primitives
from chatd.reach.unreachable import not_greeted
from chatd.wire.close import Close, Reason
from chatd.wire.lines import Greeting
from chatd.wire.opening import Secured
from chatd.wire.records import MESSAGE, Record
from chatd.wire.server import Closing, FromServer, from_server
from chatd.wire.server_opening import ClientSide


class Hello(Struct, frozen=True):
    """What a connection to the server begins with: 58 bytes for the door, which no other one may
    show, and the suites of the last greeting, with which it need not wait for this one."""

    door: bytes
    suites: Sequence[str] = ()


class Account(Struct, frozen=True):
    """Whom a server link speaks for, and what it insists on: the identity to show, the suites to
    offer, a check of the server's identity, which raises to stop and may give another identity
    to show, and what to begin with."""

    static: KeyPair
    suites: Sequence[str]
    check: Callable[[bytes], KeyPair | None]
    hello: Callable[[], Deferred[Hello]]
    primitives: Primitives = REAL


class ConnectionOwner(Protocol):
    """Whoever dialled."""

    def link_opened(self, secured: Secured) -> None:
        """The handshake is done."""

    def link_received(self, message: FromServer) -> None:
        """One message."""

    def link_closed(
        self, farewell: Reason | None, error: ChatdError | None, spread: float = 0
    ) -> None:
        """It is gone; the next try is to come at a random moment of so many seconds."""


class ServerConnection:
    """One connection to the server, until it is let go."""

    def __init__(self, owner: ConnectionOwner, account: Account, hello: Hello, clock: Any) -> None:
        self._opening = opening = ClientSide(
            account.static,
            account.suites,
            account.check,
            hello.door,
            account.primitives,
            hello.suites,
        )
        self._owner: ConnectionOwner | None = owner
        self._clock = clock
        self.farewell: Reason | None = None
        self.spread = 0
        """Over how many seconds a server that shuts down asks people to spread."""
        self.channel = SecureChannel(opening, self, clock, most=limits.SERVER_PLAINTEXT)

    @property
    def greeting(self) -> Greeting | None:
        """What the server said first."""
        return self._opening.greeting

    def let_go(self) -> None:
        """Nothing of this link is of interest any more."""
        self._owner = None

    def hang_up_soon(self) -> None:
        """Neither read nor write any more, and hang up in the next turn of the reactor."""
        self.let_go()
        self.channel.pause()
        self._clock.callLater(0, self.channel.hang_up)

    def opened(self, secured: Secured) -> None:
        """The handshake is done."""
        if self._owner:
            self._owner.link_opened(secured)

    def received(self, record: Record) -> None:
        """One record; what comes after we have let go is not even answered."""
        if self._owner is None:
            return
        if record.kind != MESSAGE:
            raise Malformed
        message = from_server.decode(record.body)
        if isinstance(message, Closing):
            self.spread = message.seconds
            return
        if isinstance(message, Close):
            self.farewell = message.reason
            self.channel.hang_up()
        self._owner.link_received(message)

    def closed(self, error: ChatdError | None) -> None:
        """The connection is gone."""
        if self._owner:
            spread = self.spread if self.farewell == "closing" else 0
            why = error if self._opening.is_greeted else not_greeted(error)
            self._owner.link_closed(self.farewell, why, spread)
