"""The client's end of a server link: dialling with back-off, one connection after the other."""

import math
from collections.abc import Callable
from random import Random
from typing import Any, Protocol

from msgspec.structs import replace
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.python.failure import Failure

from chatd import limits
from chatd.channel import SecureChannel
from chatd.engine.server_connection import Account, Hello, ServerConnection
from chatd.errors import ChatdError
from chatd.peer.connecting import Connecting, made_by
from chatd.peer.local_port import PortUnavailable, is_taken
from chatd.reach.unreachable import not_connected
from chatd.timer import Timer
from chatd.wire.close import Reason
from chatd.wire.codec import encode
from chatd.wire.lines import Greeting
from chatd.wire.opening import Secured
from chatd.wire.server import FromClient, FromServer
from chatd.wire.server_opening import OtherSuites


class ServerUser(Protocol):
    """Whoever uses the server."""

    def server_opened(self, secured: Secured) -> None:
        """The handshake is done; login comes next."""

    def server_received(self, message: FromServer) -> None:
        """One message; a `RemoteProtocolError` raised here ends the link with its code."""

    def server_failed(self, why: str, error: ChatdError | None, seconds: float) -> None:
        """The link is gone or was not made; the next try comes in `seconds`."""


class ServerLink:
    """Dials the server until it answers, and again when the link is lost, with growing pauses.

    `endpoint` makes the endpoint for a local port (0: any), and `free_port` finds such a port.
    """

    def __init__(
        self,
        reactor: Any,
        endpoint: Callable[[int], IStreamClientEndpoint],
        user: ServerUser,
        random: Random,
        free_port: Callable[[], int],
    ) -> None:
        self._reactor = reactor
        self._endpoint = endpoint
        self._free_port = free_port
        self.local_port = 0
        """The port from which we dialled, for direct links to share; 0 if they cannot."""
        self._user = user
        self._random = random
        self._account: Account | None = None
        self._hello: Hello | None = None
        self._waits = False
        """Whether to wait for the greeting, as the last one was not what we remembered."""
        self._link: ServerConnection | None = None
        self._connecting = Connecting(self._not_connected)
        self._retry = Timer(reactor, lambda _: self._dial())
        self.trying_since: float | None = None
        """When the present try began, None before the first one."""
        self.attempts = 0
        self.failure = ""
        """Why the last try came to nothing, '' after one that did not."""
        self._answered_at = math.inf

    def connect(self, account: Account) -> None:
        """Dial now, as this account; an earlier link is hung up."""
        self.disconnect(None)
        self._account = account
        self._hello = None
        self.attempts = 0
        self._dial()

    def send(self, message: FromClient) -> None:
        """Send one message; without a link it is dropped."""
        if self._link is not None:
            self._link.channel.send(encode(message))

    def disconnect(self, reason: Reason | None) -> None:
        """End the link with this reason, or without a word, and do not dial again."""
        link, self._link = self._link, None
        self._retry.stop()
        self._connecting.stop()
        if link is not None:
            link.let_go()
            link.channel.close(reason) if reason else link.channel.hang_up()

    def depart(self) -> None:
        """Leave for a direct link: hang up behind the first packets of what was just dialled.

        A router may forget our port with the last connection from it, and would then give the
        direct links another one than the server has told the other person.
        """
        link, self._link = self._link, None
        if link is not None:
            link.hang_up_soon()

    def dial_soon(self) -> None:
        """The network is another one now: whatever is waited for, a pause or a connection, begin
        anew, but no sooner after the last beginning than the first pause is long."""
        if self.trying_since is None or (self._retry.due is None and not self._connecting.is_on):
            return
        self._connecting.stop()
        due = self.trying_since + limits.RECONNECT_FIRST_SECONDS
        if self._retry.due is not None:
            due = min(due, self._retry.due)
        self.attempts = 0
        self._retry.set(due)

    def give_up(self, why: str) -> None:
        """The server does not do its part: hang up, and dial again after a pause."""
        link, self._link = self._link, None
        if link is not None:
            link.let_go()
            link.channel.hang_up()
            self._failed(why, None)

    @property
    def host(self) -> str:
        """The address of the server's end of a link that goes straight to it, in canonical form;
        '' without a link, and where it has no IP address."""
        place = self._link.channel.remote if self._link is not None else None
        return place[0] if place is not None else ""

    @property
    def local_host(self) -> str:
        """The address of our end of the link, as `host`."""
        place = self._link.channel.local if self._link is not None else None
        return place[0] if place is not None else ""

    @property
    def greeting(self) -> Greeting | None:
        """What the server said first on the link that there is."""
        return self._link.greeting if self._link is not None else None

    @property
    def retry_at(self) -> float | None:
        """When the next try begins, None while there is a link, or a try."""
        return self._retry.due

    def answered(self) -> None:
        """The server has let us in; if that lasts, the next pauses start small again."""
        self._answered_at = self._reactor.seconds()
        self.failure = ""

    # -- from the link

    def link_opened(self, secured: Secured) -> None:
        """The handshake is done."""
        self._waits = False
        self._user.server_opened(secured)

    def link_received(self, message: FromServer) -> None:
        """One message."""
        self._user.server_received(message)

    def link_closed(
        self, farewell: Reason | None, error: ChatdError | None, spread: float = 0
    ) -> None:
        """The link is gone; the next try is to come at a random moment of so many seconds."""
        self._link = None
        if isinstance(error, OtherSuites):
            self._waits = True
            self._dial()
            return
        if farewell in _OBJECTIONS:
            error = Unwelcome(_OBJECTIONS[farewell])
        why = str(error) if error else self._farewell(farewell)
        self._failed(why, error, spread)

    def _farewell(self, reason: Reason | None) -> str:
        """Why a link has ended that did not fail.

        A server closes those who wait at its door without a word, when others came after them.
        """
        if reason is None:
            was_in = self._answered_at < math.inf
            return "the connection was lost" if was_in else "it is crowded, and has not let us in"
        return _FAREWELLS.get(reason, f"the server hung up ({reason})")

    # -- dialling

    def _dial(self) -> None:
        self.trying_since = self._reactor.seconds()
        self.attempts += 1
        if self._account is None:
            raise ChatdError
        if self._hello is None:
            self._connecting.begin(self._account.hello(), self._greet_with)
        else:
            self._dial_from(self._port())

    def _greet_with(self, hello: Hello) -> None:
        self._hello = replace(hello, suites=()) if self._waits else hello
        # Another one each time: the kernel remembers the last connection for a minute.
        self._dial_from(self._port())

    def _port(self) -> int:
        try:
            return self._free_port()
        except PortUnavailable:
            return 0

    def _dial_from(self, port: int) -> None:
        self.local_port = port
        self._connecting.begin(self._endpoint(port).connect(made_by(self._new_link)))

    def _new_link(self) -> SecureChannel:
        # Shown from here on, whatever becomes of the connection.
        hello, self._hello = self._hello, None
        if self._account is None or hello is None:
            raise ChatdError
        self._link = ServerConnection(self, self._account, hello, self._reactor)
        return self._link.channel

    def _not_connected(self, failure: Failure) -> None:
        if self.local_port and is_taken(failure):
            self._dial_from(0)  # as after a conversation, with a port that the user chose
            return
        error = not_connected(failure)
        self._failed(str(error), error)

    def _failed(self, why: str, error: ChatdError | None, spread: float = 0) -> None:
        self.failure = why
        lasted = self._reactor.seconds() - self._answered_at
        self._answered_at = math.inf
        if lasted >= limits.RECONNECT_MOST_SECONDS:
            self.attempts = 0
        most = min(
            limits.RECONNECT_FIRST_SECONDS * 2 ** max(0, self.attempts - 1),
            limits.RECONNECT_MOST_SECONDS,
        )
        seconds = self._random.uniform(most / 2, max(most, most / 2 + spread))
        self._retry.after(seconds)
        self._user.server_failed(why, error, seconds)


class Unwelcome(ChatdError):
    """The operator of the server does not let us in."""


_OBJECTIONS: dict[Reason | None, str] = {
    "banned": "its operator does not let you in",
    "private": "it is private, and your key is not on its operator's list",
}
_FAREWELLS: dict[Reason, str] = {
    "full": "the server is full",
    "closing": "the server is shutting down",
    "replaced": "the same key logged in somewhere else",
    "too-slow": "the server gave up waiting for us",
}
