"""Moves the seeds of a running daemon on, an epoch at a time (protocol, "Seeds of an epoch")."""

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatd import limits
from chatd.errors import ChatdError
from chatd.seed_file import Doubted, SeedFile
from chatd.wire.seeds import Seeds, epoch_of


class Doubt:
    """Believes that an epoch is over once the date has said so for long enough.

    What is forgotten with an epoch never comes back, and a machine's clock may be years ahead when
    it starts. `date` is in seconds since 1970, `seconds` those of a clock that never jumps. `kept`
    is what an earlier run was in doubt about: between the two, the date has to do.
    """

    def __init__(
        self,
        date: Callable[[], float],
        seconds: Callable[[], float],
        kept: Doubted | None = None,
    ) -> None:
        self._date = date
        self._seconds = seconds
        self.doubted = kept
        """The epoch that may have followed, if there is one."""
        self._since = seconds() - (max(0.0, date() - kept.date) if kept else 0.0)

    def over(self, present: int) -> int | None:
        """The epoch that has followed on `present`; None while that goes on, or may do so."""
        date, now = self._date(), self._seconds()
        epoch, doubted = epoch_of(date), self.doubted
        if epoch <= present:
            self.doubted = None
        elif doubted is None or not present < doubted.epoch <= epoch:
            self.doubted, self._since = Doubted(epoch, date), now
        elif now - self._since >= limits.EPOCH_DOUBT_SECONDS:
            return doubted.epoch
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
        self._doubt = Doubt(date, reactor.seconds, file.doubted())
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
        """Move on if it is time, and store that, or what is in doubt."""
        before = self._doubt.doubted
        epoch = self._doubt.over(self._seeds.first + 1)
        if epoch is not None and self._seeds.move_on(epoch):
            moved = Seeds(self._seeds.first, self._seeds.seed)
            storing = self._in_thread(self._file.keep, moved)
        elif self._doubt.doubted != before:
            storing = self._in_thread(self._file.doubt, self._doubt.doubted)
        else:
            return succeed(None)
        return storing.addErrback(self._not_stored)

    def _not_stored(self, failure: Failure) -> None:
        """The next start catches up."""
        failure.trap(ChatdError)
        self._log.error("a seed was not stored: {reason}", reason=failure.getErrorMessage())
