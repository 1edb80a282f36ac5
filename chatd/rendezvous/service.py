"""The daemon at work: begins with its data folder, and stops without cutting introductions off."""

from collections.abc import Sequence
from pathlib import Path
from secrets import token_bytes
from typing import Any, NamedTuple

from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall

from chatd import limits
from chatd.dates import Dates
from chatd.log.pseudonyms import Pseudonyms
from chatd.noise.keys import encode_identity, fingerprint
from chatd.rendezvous.admin import Admin, AdminFactory, Desk, listen
from chatd.rendezvous.factory import RendezvousFactory
from chatd.rendezvous.hold_keeping import HoldKeeping
from chatd.rendezvous.listening import Work
from chatd.rendezvous.log import logger
from chatd.rendezvous.name_store import QueuedNameStore
from chatd.rendezvous.shown_file import ShownFile
from chatd.rendezvous.timekeeping import Timekeeping
from chatd.seed_keeper import SeedKeeper
from chatd.watch.watch import Watch

DRAIN_POLL_SECONDS = 0.1


class Folder(NamedTuple):
    """What a daemon does with its data folder, and the dates that it gives."""

    path: Path
    store: QueuedNameStore
    timekeeping: Timekeeping
    dates: Dates
    seeds: Sequence[SeedKeeper] = ()
    shown: ShownFile | None = None
    holds: HoldKeeping | None = None


class Rendezvous(Work):
    """Introduces people from `start` to `stop`; without a folder, nothing is kept."""

    log = logger()

    def __init__(
        self,
        reactor: Any,
        factory: RendezvousFactory,
        server_key: bytes,
        folder: Folder | None = None,
        watch: Watch | None = None,
        desk: Desk | None = None,
    ) -> None:
        self._watch = watch or Watch(reactor, Pseudonyms(reactor.seconds, token_bytes))
        super().__init__(factory)
        self._reactor = reactor
        self._reception = factory.reception
        self._lobby = factory.lobby
        self._server_key = server_key
        self._folder = folder
        self._desk = desk or Desk()
        self._admin: Any = None

    def start(self) -> None:
        """Log our fingerprint, and take the folder."""
        self.log.info(
            "server key {fingerprint}", fingerprint=fingerprint(encode_identity(self._server_key))
        )
        if self._folder is not None:
            self._take(self._folder)

    def stop(self) -> Deferred[None]:
        """Say so to everyone, let introductions finish, and close every link."""
        self._reception.closing = True
        self._lobby.closing()
        self.log.info("closing; {here} here", here=self._lobby.here)
        if self._admin is not None:
            self._admin.stopListening()
        return self._drained().addCallback(lambda _: self._leave())

    def _take(self, folder: Folder) -> None:
        admin = Admin(
            self._lobby,
            self._reactor.seconds,
            folder.dates.now,
            self._reception,
            self._watch.families,
            self._desk,
        )
        # First of all: whoever listens there has the folder.
        self._admin = listen(self._reactor, folder.path, AdminFactory(admin, self._reactor))
        folder.store.start()
        folder.timekeeping.start()
        if folder.holds is not None:
            folder.holds.start()
        for keeper in folder.seeds:
            keeper.start()

    def _leave(self) -> Deferred[None] | None:
        if self._folder is None:
            return None
        self._folder.timekeeping.stop()
        if self._folder.holds is not None:
            self._folder.holds.stop()
        for keeper in self._folder.seeds:
            keeper.stop()
        shown, reactor = self._folder.shown, self._reactor
        stopped = self._folder.store.stop()
        return stopped if shown is None else stopped.addCallback(lambda _: shown.save(reactor))

    def _drained(self) -> Deferred[None]:
        """Wait for accepted introductions, then for the links to go; both have deadlines."""
        started = self._reactor.seconds()
        poll = LoopingCall(lambda: self._drain(poll, started))
        poll.clock = self._reactor
        return poll.start(DRAIN_POLL_SECONDS).addCallback(lambda _: None)

    def _drain(self, poll: LoopingCall, started: float) -> None:
        waited = self._reactor.seconds() - started
        if self._lobby.introductions.idle or waited > limits.OFFER_SECONDS:
            self._lobby.close("closing")
            for session in list(self._reception.all):
                session.close("closing")
        if not self._reception.all or waited > limits.OFFER_SECONDS + limits.ABORT_SECONDS:
            poll.stop()
