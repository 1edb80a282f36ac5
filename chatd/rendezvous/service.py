"""The daemon at work: begins with its data folder, and stops without cutting introductions off."""

from collections.abc import Sequence
from pathlib import Path
from secrets import token_bytes
from typing import Any, NamedTuple

from twisted.internet.defer import Deferred, succeed

from chatd import limits
from chatd.dates import Dates
from chatd.log.levels import logger
from chatd.log.pseudonyms import Pseudonyms
from chatd.noise.keys import encode_identity, fingerprint
from chatd.quiet import Quiet
from chatd.relay.relay import Relay
from chatd.rendezvous.admin import Admin, AdminFactory, Desk, listen
from chatd.rendezvous.factory import RendezvousFactory
from chatd.rendezvous.hold_keeping import HoldKeeping
from chatd.rendezvous.listening import Work
from chatd.rendezvous.name_store import QueuedNameStore
from chatd.rendezvous.shown_file import ShownFile
from chatd.rendezvous.timekeeping import Timekeeping
from chatd.seed_keeper import SeedKeeper
from chatd.watch.watch import Watch


class Folder(NamedTuple):
    """What a daemon does with its data folder, and the dates that it gives."""

    path: Path
    store: QueuedNameStore
    timekeeping: Timekeeping
    dates: Dates
    seeds: Sequence[SeedKeeper] = ()
    shown: ShownFile | None = None
    holds: HoldKeeping | None = None

    def begin(self) -> None:
        """Write into it from now on; raises `StorageError`."""
        self.store.start()
        self.timekeeping.start()
        if self.holds is not None:
            self.holds.start()
        for keeper in self.seeds:
            keeper.start()

    def end(self, reactor: Any) -> Deferred[None]:
        """Fires when all is written, or the disk is given up."""
        self.timekeeping.stop()
        if self.holds is not None:
            self.holds.stop()
        for keeper in self.seeds:
            keeper.stop()
        stopped, shown = self.store.stop(), self.shown
        return stopped if shown is None else stopped.addCallback(lambda _: shown.save(reactor))


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
        relay: Relay | None = None,
    ) -> None:
        self._watch = watch or Watch(reactor, Pseudonyms(reactor.seconds, token_bytes))
        super().__init__(factory)
        self._relay = relay
        self._reactor = reactor
        self._reception = factory.reception
        self._lobby = factory.lobby
        self._server_key = server_key
        self._folder = folder
        self._desk = desk or Desk()
        self._admin: Any = None

    @property
    def arriving(self) -> int:
        """How many links are at the door."""
        return len(self._reception.door)

    def start(self) -> None:
        """Log our fingerprint, and take the folder."""
        self.log.info(
            "server key {fingerprint}", fingerprint=fingerprint(encode_identity(self._server_key))
        )
        self._take_folder()

    def let_go(self) -> Deferred[None]:
        """Stand still, and leave the folder."""
        self._lobby.stand_still()
        return self._leave_folder()

    def take_again(self) -> None:
        """Have the folder as before; raises `ChatdError`."""
        self._take_folder()
        self._lobby.go_on()

    def stop(self) -> Deferred[None]:
        """Say so to everyone, let introductions finish, close every link, and leave the folder."""
        self._reception.closing = True
        self._lobby.closing()
        self._lobby.go_on()
        self.log.info("closing; {here} here", here=self._lobby.here)
        ended = self._drained()
        if self._relay is not None:
            relay = self._relay
            ended.addCallback(lambda _: relay.close())
        return ended.addCallback(lambda _: self._leave_folder())

    def _take_folder(self) -> None:
        folder, reactor = self._folder, self._reactor
        if folder is None:
            return
        admin = Admin(
            self._lobby,
            reactor.seconds,
            folder.dates.now,
            self._reception,
            self._watch.families,
            self._desk,
        )
        # First of all, and to the end: whoever listens there has the folder.
        self._admin = listen(reactor, folder.path, AdminFactory(admin, reactor))
        folder.begin()

    def _leave_folder(self) -> Deferred[None]:
        """Leave it, if it has not been left."""
        port, self._admin = self._admin, None
        if self._folder is None or port is None:
            return succeed(None)
        ended = self._folder.end(self._reactor)
        stopped: Deferred[None] = ended.addCallback(lambda _: port.stopListening())
        return stopped

    def _drained(self) -> Deferred[None]:
        """Wait for accepted introductions, then for the links to go; both have deadlines."""

        def is_over() -> bool:
            if self._lobby.introductions.idle or quiet.waited > limits.OFFER_SECONDS:
                self._lobby.close("closing")
                for session in list(self._reception.all):
                    session.close("closing")
            return not self._reception.all

        quiet = Quiet(self._reactor, is_over)
        return quiet.within(limits.OFFER_SECONDS + limits.ABORT_SECONDS)
