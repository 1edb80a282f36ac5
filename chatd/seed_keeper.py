"""Moves the seeds of a running daemon on, an epoch at a time (protocol.md, "Seeds of an epoch")."""

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatd import limits
from chatd.errors import ChatdError
from chatd.seed_file import SeedFile
from chatd.wire.seeds import Seeds, epoch_of


class Doubt:
    """Believes that an epoch is over once the date has said so for long enough.

    What is forgotten with an epoch never comes back, and a machine's clock may be years ahead when
    it starts. `date` is in seconds since 1970, `seconds` those of a clock that never jumps.
    """

    def __init__(self, date: Callable[[], float], seconds: Callable[[], float]) -> None:
        self._date = date
        self._seconds = seconds
        self._since: tuple[int, float] | None = None

    def over(self, present: int) -> int | None:
        """The epoch that has followed on `present`; None while that goes on, or may do so."""
        epoch, now = epoch_of(self._date()), self._seconds()
        if epoch <= present:
            self._since = None
        elif self._since is None or epoch < self._since[0]:
            self._since = epoch, now
        elif now - self._since[1] >= limits.EPOCH_DOUBT_SECONDS:
            return self._since[0]
        return None


class SeedKeeper:
    """Looks at the date from `start` to `stop`; `date` is in seconds since 1970."""

    _log = Logger(namespace="chatd.seeds")

    def __init__(
        self,
        reactor: Any,
        file: SeedFile,
        seeds: Seeds,
        date: Callable[[], float],
        in_thread: Callable[..., Deferred[None]],
    ) -> None:
        self._file = file
        self._seeds = seeds
        self._in_thread = in_thread
        self._doubt = Doubt(date, reactor.seconds)
        self._looking = LoopingCall(self.look)
        self._looking.clock = reactor

    def start(self) -> None:
        """Begin to look."""
        self._looking.start(limits.EPOCH_LOOK_SECONDS)

    def stop(self) -> None:
        """Look no more; harmless before a start."""
        if self._looking.running:
            self._looking.stop()

    def look(self) -> Deferred[None]:
        """Move on if it is time, and store that."""
        epoch = self._doubt.over(self._seeds.first + 1)
        if epoch is None or not self._seeds.move_on(epoch):
            return succeed(None)
        moved = Seeds(self._seeds.first, self._seeds.seed)
        return self._in_thread(self._file.keep, moved).addErrback(self._not_stored)

    def _not_stored(self, failure: Failure) -> None:
        """The next start catches up."""
        failure.trap(ChatdError)
        self._log.error("a seed was not stored: {reason}", reason=failure.getErrorMessage())
