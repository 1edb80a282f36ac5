"""A daemon that is watched from its start to its end, and says over HTTP how it does."""

from typing import Any

from twisted.application.service import MultiService
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import IListeningPort, IProtocolFactory, IStreamServerEndpoint
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatd.errors import StartupError
from chatd.watch.watch import Watch


class Watched(MultiService):
    """The services of a daemon, after all of which the watch ends: how it ends is seen as well."""

    _log = Logger()

    def __init__(
        self, watch: Watch, endpoint: IStreamServerEndpoint | None, site: IProtocolFactory | None
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._watch = watch
        self._endpoint = endpoint
        self._site = site
        self._port: IListeningPort | None = None
        self._failed: StartupError | None = None

    def privilegedStartService(self) -> None:
        """Listen first; raises `StartupError`."""
        if self._endpoint is not None and self._site is not None:
            listening: Deferred[Any] = self._endpoint.listen(self._site)
            listening.addCallbacks(self._listening, self._deaf)
        if self._failed is not None:
            raise self._failed
        super().privilegedStartService()  # type: ignore[no-untyped-call]

    def startService(self) -> None:
        """Watch from now on."""
        self._watch.start()
        if self._port is not None:
            host: Any = self._port.getHost()
            self._log.info("metrics at {host} port {port}", host=host.host, port=host.port)
        super().startService()  # type: ignore[no-untyped-call]

    def stopService(self) -> Deferred[Any]:
        """End everything else first."""
        self._watch.health.needs("closing", lambda: True)
        stopping: Deferred[Any] = super().stopService()  # type: ignore[no-untyped-call]
        return stopping.addBoth(self._end)

    def _listening(self, port: IListeningPort) -> None:
        self._port = port

    def _deaf(self, failure: Failure) -> None:
        self._failed = StartupError(f"cannot listen for metrics: {failure.getErrorMessage()}")

    def _end(self, result: object) -> Deferred[Any] | None:
        self._watch.stop()
        return maybeDeferred(self._port.stopListening) if self._port is not None else None
