"""The daemon as a Twisted service: listens, and stops without cutting introductions off."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IStreamServerEndpoint
from twisted.internet.task import LoopingCall

from chatd import limits
from chatd.errors import ChatdError
from chatd.noise.keys import encode_identity, fingerprint
from chatd.rendezvous.admin import Admin, AdminFactory, listen
from chatd.rendezvous.factory import RendezvousFactory
from chatd.rendezvous.listening import Listening
from chatd.rendezvous.name_store import ThreadedNameStore

DRAIN_POLL_SECONDS = 0.1


class RendezvousService(Listening):
    """Listens on every endpoint from start to stop."""

    name = "chatd"

    def __init__(
        self,
        reactor: Any,
        endpoints: Sequence[IStreamServerEndpoint],
        factory: RendezvousFactory,
        server_key: bytes,
        store: ThreadedNameStore | None = None,
        data_dir: Path | None = None,
    ) -> None:
        super().__init__(reactor, endpoints, factory)
        self._factory = factory
        self._server_key = server_key
        self._store = store
        self._data_dir = data_dir
        self._admin: Any = None

    def startService(self) -> None:
        """Log our fingerprint, and listen."""
        self.log.info(
            "server key {fingerprint}", fingerprint=fingerprint(encode_identity(self._server_key))
        )
        try:
            if self._store is not None:
                self._store.start()
            if self._data_dir is not None:
                admin = Admin(self._factory.lobby, self.reactor.seconds)
                self._admin = listen(
                    self.reactor, self._data_dir, AdminFactory(admin, self.reactor)
                )
        except ChatdError as error:
            self.stop(str(error))
            return
        super().startService()

    def stopService(self) -> Deferred[None]:
        """Say so to everyone, let introductions finish, and close every link."""
        self._factory.closing = True
        self._factory.lobby.closing()
        self.log.info("closing; {here} here", here=self._factory.lobby.here)
        if self._admin is not None:
            self._admin.stopListening()
        stopped = super().stopService().addCallback(lambda _: self._drained())
        return stopped.addCallback(lambda _: self._store.stop() if self._store else None)

    def _drained(self) -> Deferred[None]:
        """Wait for accepted introductions, then for the links to go; both have deadlines."""
        started = self.reactor.seconds()
        poll = LoopingCall(lambda: self._drain(poll, started))
        poll.clock = self.reactor
        return poll.start(DRAIN_POLL_SECONDS).addCallback(lambda _: None)

    def _drain(self, poll: LoopingCall, started: float) -> None:
        waited = self.reactor.seconds() - started
        if self._factory.lobby.introductions.idle or waited > limits.OFFER_SECONDS:
            self._factory.lobby.close("closing")
            for session in list(self._factory.links.all):
                session.close("closing")
        if not self._factory.links.all or waited > limits.OFFER_SECONDS + limits.ABORT_SECONDS:
            poll.stop()
