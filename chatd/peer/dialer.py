"""Dialling one candidate, again where that can help, and saying in words why it failed."""

import errno
from collections.abc import Callable
from random import Random
from typing import Any

from twisted.internet import error
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint
from twisted.internet.interfaces import IProtocolFactory, IStreamClientEndpoint
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from zope.interface import implementer

from chatd import limits
from chatd.addresses import Candidate
from chatd.errors import ChatdError
from chatd.peer.connecting import Connecting, made_by
from chatd.peer.local_port import is_taken, shared
from chatd.timer import Timer

FIRST_PAUSE = 0.04
GROWTH = 1.2
"""How the pauses between tries begin (in seconds) and grow: 20 tries take about 8 s. Where routers
reset what is not asked for, both sides must dial within the time that a packet takes, so most of
the chances to meet come early, at random moments on either side."""

_WORDS = (
    (error.ConnectionRefusedError, "refused: nobody listens there"),
    (error.TimeoutError, "no answer"),
    (error.TCPTimedOutError, "no answer"),
    (error.NoRouteError, "no route"),
    (error.DNSLookupError, "its name leads nowhere"),
    (CancelledError, "given up"),
)
_ERRORS = {
    errno.EHOSTUNREACH: "no way to it: whoever should pass it on says so",
    errno.ENETUNREACH: "no route",
    errno.EACCES: "it is forbidden here to connect to it",
    errno.EPERM: "it is forbidden here to connect to it",
    errno.EMFILE: "this process may not open more files",
    errno.ENFILE: "this machine cannot open more files",
}


def in_words(failure: Failure) -> str:
    """Why a connection could not be made, in our own words."""
    if failure.check(ChatdError):
        return str(failure.value)
    for kind, words in _WORDS:
        if failure.check(kind):
            return words
    number = getattr(failure.value, "osError", None) or getattr(failure.value, "errno", None)
    if number in _ERRORS:
        return _ERRORS[number]
    if is_taken(failure):
        return "a connection with it is there already, or was a moment ago"
    return "could not connect"


def direct(
    reactor: Any, candidate: Candidate, local_port: int, seconds: float = limits.RACE_SECONDS
) -> IStreamClientEndpoint:
    """The endpoint of a candidate, dialled from this local port, for so many seconds."""
    host, port = candidate
    endpoint = TCP6ClientEndpoint if ":" in host else TCP4ClientEndpoint
    made: IStreamClientEndpoint = endpoint(reactor, host, port, seconds, shared(local_port))
    return made


@implementer(IStreamClientEndpoint)
class Elsewhere:
    """Dials the first way, and the second where a connection is in the way of the first: one to the
    same place from the same port, as that of a link which is dead, and not closed."""

    def __init__(self, first: IStreamClientEndpoint, second: IStreamClientEndpoint) -> None:
        self._first = first
        self._second = second

    def connect(self, factory: IProtocolFactory) -> Deferred[Any]:
        """As of an endpoint."""
        connecting: Deferred[Any] = self._first.connect(factory)
        return connecting.addErrback(self._in_the_way, factory)

    def _in_the_way(self, failure: Failure, factory: IProtocolFactory) -> Any:
        return self._second.connect(factory) if is_taken(failure) else failure


class Dialer:
    """Dials one candidate up to `tries` times until `stop`.

    `build` makes the protocol for a connection, `failed` is told the reason after the last try.
    """

    def __init__(
        self,
        reactor: Any,
        endpoint: IStreamClientEndpoint,
        build: Callable[[], Protocol],
        failed: Callable[[str], None],
        *,
        tries: float,
        random: Random,
    ) -> None:
        self._endpoint = endpoint
        self._build = build
        self._failed = failed
        self._tries = tries
        self._pause = FIRST_PAUSE
        self._random = random
        self._connecting = Connecting(self._lost)
        self._retry = Timer(reactor, lambda _: self.start())

    def start(self) -> None:
        """Dial now."""
        self._tries -= 1
        self._connecting.begin(self._endpoint.connect(made_by(self._build)))

    def again(self) -> None:
        """The connection came to nothing: dial once more, if there is a try left."""
        if self._tries > 0 and not self._connecting.is_on and self._retry.due is None:
            self._wait()

    def stop(self) -> None:
        """Give up, unless it has connected; nothing more is said."""
        self._tries = 0
        self._retry.stop()
        self._connecting.stop()

    def _lost(self, failure: Failure) -> None:
        if self._tries <= 0:
            self._failed(in_words(failure))
        else:
            self._wait()

    def _wait(self) -> None:
        pause = self._pause
        self._pause = min(pause * GROWTH, limits.DIAL_MOST_PAUSE_SECONDS)
        self._retry.after(pause * self._random.uniform(0.5, 1.5))
