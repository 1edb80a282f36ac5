"""Listening on every endpoint of a daemon, from start to stop."""

import socket
from collections.abc import Sequence
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.interfaces import IListeningPort, IStreamServerEndpoint
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure

from chatd.keepalive import keep_alive
from chatd.rendezvous.log import logger


class Listening(Service):
    """Listens from `startService` to `stopService`; a port that cannot be had stops the process."""

    log = logger()

    def __init__(
        self, reactor: Any, endpoints: Sequence[IStreamServerEndpoint], factory: Factory
    ) -> None:
        self.reactor = reactor
        self._endpoints = endpoints
        self._factory_of_links = factory
        self._ports: list[IListeningPort] = []

    def startService(self) -> None:
        """Listen."""
        super().startService()  # type: ignore[no-untyped-call]
        for endpoint in self._endpoints:
            listening: Deferred[IListeningPort] = endpoint.listen(self._factory_of_links)
            listening.addCallbacks(self._listening, self._deaf)

    def stopService(self) -> Deferred[None]:
        """Take no more connections."""
        super().stopService()  # type: ignore[no-untyped-call]
        return gatherResults([_stopped(port) for port in self._ports]).addCallback(lambda _: None)

    def _listening(self, port: IListeningPort) -> None:
        self._ports.append(port)
        _kept_alive(port)
        host: Any = port.getHost()
        self.log.info("listening on {host} port {port}", host=host.host, port=host.port)

    def _deaf(self, failure: Failure) -> None:
        self.stop(f"cannot listen: {failure.getErrorMessage()}")

    def stop(self, reason: str) -> None:
        """End the process, as it is of no use."""
        self.log.error("{reason}", reason=reason)
        self.reactor.callWhenRunning(self.reactor.stop)


def _kept_alive(port: Any) -> None:
    """What is accepted there is kept alive, where that is TCP."""
    listening: socket.socket | None = getattr(port, "socket", None)
    if listening is not None and listening.family in (socket.AF_INET, socket.AF_INET6):
        keep_alive(listening)


def _stopped(port: IListeningPort) -> Deferred[None]:
    stopping = port.stopListening()
    return stopping if isinstance(stopping, Deferred) else _done()


def _done() -> Deferred[None]:
    done: Deferred[None] = Deferred()
    done.callback(None)
    return done
