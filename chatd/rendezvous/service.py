"""The daemon as a Twisted service: listens, and stops without cutting introductions off."""

import socket
from collections.abc import Sequence
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.interfaces import IListeningPort, IStreamServerEndpoint
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

from chatd import limits
from chatd.noise.keys import encode_identity, fingerprint
from chatd.rendezvous.factory import RendezvousFactory
from chatd.rendezvous.log import logger

DRAIN_POLL_SECONDS = 0.1


class RendezvousService(Service):
    """Listens on every endpoint from start to stop."""

    name = "chatd"
    _log = logger()

    def __init__(
        self,
        reactor: Any,
        endpoints: Sequence[IStreamServerEndpoint],
        factory: RendezvousFactory,
        server_key: bytes,
    ) -> None:
        self._reactor = reactor
        self._endpoints = endpoints
        self._factory = factory
        self._server_key = server_key
        self._ports: list[IListeningPort] = []

    def startService(self) -> None:
        """Log our fingerprint, and listen."""
        super().startService()  # type: ignore[no-untyped-call]
        self._log.info(
            "server key {fingerprint}", fingerprint=fingerprint(encode_identity(self._server_key))
        )
        for endpoint in self._endpoints:
            listening: Deferred[IListeningPort] = endpoint.listen(self._factory)
            listening.addCallbacks(self._listening, self._deaf)

    def stopService(self) -> Deferred[None]:
        """Say so to everyone, let introductions finish, and close every link."""
        super().stopService()  # type: ignore[no-untyped-call]
        self._factory.closing = True
        self._factory.lobby.closing()
        self._log.info("closing; {here} here", here=self._factory.lobby.here)
        closed = gatherResults([_stopped(port) for port in self._ports])
        return closed.addCallback(lambda _: self._drained())

    def _listening(self, port: IListeningPort) -> None:
        self._ports.append(port)
        keep_alive(port)
        host: Any = port.getHost()
        self._log.info("listening on {host} port {port}", host=host.host, port=host.port)

    def _deaf(self, failure: Failure) -> None:
        self._log.error("cannot listen: {reason}", reason=failure.getErrorMessage())
        self._reactor.callWhenRunning(self._reactor.stop)

    def _drained(self) -> Deferred[None]:
        """Wait for accepted introductions, then for the links to go; both have deadlines."""
        started = self._reactor.seconds()
        poll = LoopingCall(lambda: self._drain(poll, started))
        poll.clock = self._reactor
        return poll.start(DRAIN_POLL_SECONDS).addCallback(lambda _: None)

    def _drain(self, poll: LoopingCall, started: float) -> None:
        waited = self._reactor.seconds() - started
        if self._factory.lobby.introductions.idle or waited > limits.OFFER_SECONDS:
            self._factory.lobby.close("closing")
            for session in list(self._factory.links.all):
                session.close("closing")
        if not self._factory.links.all or waited > limits.OFFER_SECONDS + limits.ABORT_SECONDS:
            poll.stop()


def keep_alive(port: Any) -> None:
    """Let the kernel find links whose other end is gone; accepted sockets inherit it.

    Keepalive sleeps while data is unacknowledged: the user timeout covers that case.
    """
    listening: socket.socket | None = getattr(port, "socket", None)
    if listening is None or listening.family not in (socket.AF_INET, socket.AF_INET6):
        return
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (
        (socket.TCP_KEEPIDLE, limits.KEEPALIVE_IDLE),
        (socket.TCP_KEEPINTVL, limits.KEEPALIVE_INTERVAL),
        (socket.TCP_KEEPCNT, limits.KEEPALIVE_PROBES),
        (socket.TCP_USER_TIMEOUT, limits.USER_TIMEOUT * 1000),
    ):
        listening.setsockopt(socket.IPPROTO_TCP, option, value)


def _stopped(port: IListeningPort) -> Deferred[None]:
    stopping = port.stopListening()
    return stopping if isinstance(stopping, Deferred) else _done()


def _done() -> Deferred[None]:
    done: Deferred[None] = Deferred()
    done.callback(None)
    return done
