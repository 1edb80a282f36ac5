"""What every part of a daemon stands on."""

import time
from functools import partial
from secrets import token_bytes
from typing import Any

from chatd.dates import Dates
from chatd.disk_thread import in_disk_thread
from chatd.rendezvous.live import Live
from chatd.rendezvous.timekeeping import log_jump
from chatd.seed_file import SeedFile
from chatd.seed_keeper import SeedKeeper
from chatd.settings.current import Current
from chatd.steady import seconds
from chatd.watch.watch import Watch
from chatd.wire.seeds import Seeds


class Ground:
    """The settings, the reactor, the watch, the dates, and the seeds in the data folder; `keepers`
    move on those that were asked for."""

    def __init__(self, current: Current, reactor: Any, watch: Watch) -> None:
        self.current = current
        self.settings = current.settings
        self.reactor = reactor
        self.watch = watch
        self.dates = Dates(seconds, time.time, log_jump)
        self.keepers: list[SeedKeeper] = []

    def seeds(self, name: str) -> Seeds:
        """The seeds of one file; raises `StorageError`."""
        file = SeedFile(self.settings.data_dir, name)
        seeds = file.load(token_bytes, self.dates.now())
        in_thread = partial(in_disk_thread, self.reactor)
        self.keepers.append(SeedKeeper(self.reactor, file, seeds, self.dates.now, in_thread))
        return seeds

    def obey(self, live: Live) -> None:
        """Let the settings hold, now and whenever they change; raises `StartupError`."""
        self.current.apply = live.apply
        live.apply(self.settings)
