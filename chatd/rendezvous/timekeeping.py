"""Watches the machine's clock while the daemon runs, and writes down how much time has passed."""

from collections.abc import Callable
from typing import Any

from twisted.internet.task import LoopingCall

from chatd import limits
from chatd.dates import Dates
from chatd.log.levels import logger
from chatd.rendezvous.directory import DAY
from chatd.rendezvous.name_changes import Passed
from chatd.rendezvous.name_store import NameStore
from chatd.rendezvous.seen_time import SeenTime


class Timekeeping:
    """Looks from `start` to `stop`; `wall_clock` is the machine's, in seconds since 1970, and
    `another_day` is told of each day that begins."""

    def __init__(
        self,
        reactor: Any,
        wall_clock: Callable[[], float],
        dates: Dates,
        passed: SeenTime,
        store: NameStore,
        another_day: Callable[[], None] = lambda: None,
    ) -> None:
        self._wall_clock = wall_clock
        self._passed = passed
        self._store = store
        self._another_day = another_day
        self._day = int(passed.now() // DAY)
        self._loops = (
            (LoopingCall(dates.now), limits.CLOCK_LOOK_SECONDS),
            (LoopingCall(self._hour), limits.TIME_KEPT_SECONDS),
        )
        for loop, _ in self._loops:
            loop.clock = reactor

    def start(self) -> None:
        """Look now, and from then on."""
        for loop, seconds in self._loops:
            loop.start(seconds)

    def stop(self) -> None:
        """Look no more, and write down how far the time was; harmless before a start."""
        for loop, _ in self._loops:
            if loop.running:
                loop.stop()
        self._keep()

    def _hour(self) -> None:
        self._keep()
        if (today := int(self._passed.now() // DAY)) != self._day:
            self._day = today
            self._another_day()

    def _keep(self) -> None:
        self._store.owe(Passed(self._passed.kept(self._wall_clock())))


def log_jump(seconds: float) -> None:
    """Say that the machine's clock has jumped."""
    logger().warn(
        "the clock of this machine has jumped by {seconds} s; no deadline follows it and no name"
        " runs out by it, and dates follow it in {doubt} s if it stays so",
        seconds=round(seconds),
        doubt=limits.DATE_DOUBT_SECONDS,
    )
