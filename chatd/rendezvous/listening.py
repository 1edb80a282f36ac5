"""Listening on every endpoint of a daemon, from start to stop."""

import socket
from collections.abc import Callable, Sequence
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, gatherResults, maybeDeferred, succeed
from twisted.internet.interfaces import (
    IAddress,
    IListeningPort,
    ILoggingContext,
    IStreamServerEndpoint,
)
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure
from zope.interface import implementer

from chatd import limits
from chatd.errors import StartupError
from chatd.keepalive import keep_alive
from chatd.log.levels import logger
from chatd.quiet import Quiet
from chatd.rendezvous.signals import stop_with_failure


class Work:
    """What a daemon does with its connections, and beside them."""

    def __init__(self, factory: Factory) -> None:
        self.factory = factory

    def start(self) -> None:
        """Begin; raises `ChatdError`."""

    @property
    def arriving(self) -> int:
        """How many links are between their first byte and their login."""
        return 0

    def let_go(self) -> Deferred[None]:
        """Stand still, and fire when all that is to be kept is written: the folder of this work is
        another process's then. What follows is `take_again` or `stop`."""
        return succeed(None)

    def take_again(self) -> None:
        """Go on; raises `ChatdError`."""

    def stop(self) -> Deferred[None]:
        """Let nobody new in, and fire when everything has come to its end."""
        return succeed(None)


class Listening(Service):
    """Binds its ports while it still may, and listens from `startService` to `stopService`.

    `work` is called between the two, when the process has the account that it will keep, so that
    whatever it writes belongs to that. What goes wrong until then is raised as `ChatdError`; a
    port that is lost later ends the process.
    """

    log = logger()

    def __init__(
        self, reactor: Any, endpoints: Sequence[IStreamServerEndpoint], work: Callable[[], Work]
    ) -> None:
        self._reactor = reactor
        self._endpoints = endpoints
        self._begin = work
        self._work: Work | None = None
        self._door = _Door()
        self._ports: list[IListeningPort] = []
        self._failed: StartupError | None = None

    def privilegedStartService(self) -> None:
        """Bind the ports, also those that only root may have."""
        super().privilegedStartService()  # type: ignore[no-untyped-call]
        for endpoint in self._endpoints:
            listening: Deferred[IListeningPort] = endpoint.listen(self._door)
            listening.addCallbacks(self._listening, self._deaf)
        if self._failed is not None:
            raise self._failed

    def startService(self) -> None:
        """Begin the work; whoever has connected meanwhile has waited in the kernel."""
        work = self._begin()
        work.start()
        self._work = work
        self._door.inside = work.factory
        super().startService()  # type: ignore[no-untyped-call]
        for port in self._ports:
            self._say(port)

    def stopService(self) -> Deferred[None]:
        """Take no more connections, and end the work."""
        super().stopService()  # type: ignore[no-untyped-call]
        ends: list[Deferred[Any]] = [maybeDeferred(port.stopListening) for port in self._ports]
        if self._work is not None:
            ends.append(self._work.stop())
        return gatherResults(ends).addCallback(lambda _: None)

    def let_go(self) -> Deferred[None]:
        """See handshakes end that are under way, and let the work go; what connects meanwhile is
        not to be accepted."""
        quiet = Quiet(self._reactor, lambda: self._at_work.arriving == 0)
        return quiet.within(limits.SUCCESSION_QUIET_SECONDS).addCallback(
            lambda _: self._at_work.let_go()
        )

    def take_again(self) -> None:
        """Go on as before; raises `ChatdError`."""
        self._at_work.take_again()

    @property
    def _at_work(self) -> Work:
        assert self._work is not None
        return self._work

    def _listening(self, port: IListeningPort) -> None:
        self._ports.append(port)
        _ready(port)
        if self.running:
            self._say(port)

    def _say(self, port: IListeningPort) -> None:
        host: Any = port.getHost()
        self.log.info("listening on {host} port {port}", host=host.host, port=host.port)

    def _deaf(self, failure: Failure) -> None:
        self._failed = StartupError(f"cannot listen: {failure.getErrorMessage()}")
        if self.running:
            self.log.error("{reason}", reason=str(self._failed))
            stop_with_failure(self._reactor)


@implementer(ILoggingContext)
class _Door(Factory):
    """What is bound before there is anything behind it."""

    noisy = False
    inside: Any = None

    def logPrefix(self) -> str:
        """Its name in the log."""
        return "listener"

    def buildProtocol(self, addr: IAddress | None) -> Protocol | None:
        """Whatever is inside says."""
        made: Protocol | None = None if self.inside is None else self.inside.buildProtocol(addr)
        return made


def _ready(port: Any) -> None:
    """Where it is TCP: what is accepted there is kept alive, and many may wait to be accepted, of
    whom a few at a time are."""
    listening: socket.socket | None = getattr(port, "socket", None)
    if listening is not None and listening.family in (socket.AF_INET, socket.AF_INET6):
        keep_alive(listening)
        # Once more, with a longer queue than endpoints give it, also those from outside.
        listening.listen(limits.LISTEN_QUEUE)
        _few_at_a_time(port)


def _few_at_a_time(port: Any) -> None:
    """Accept no more in a turn of the reactor than others can wait for; left to itself, a port
    takes more with each turn in which it did not come to the end of its queue."""
    accept: Callable[[], None] = port.doRead

    def accept_a_few() -> None:
        port.numberAccepts = limits.ACCEPTS
        accept()

    port.doRead = accept_a_few
