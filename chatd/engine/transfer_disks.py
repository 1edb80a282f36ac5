"""The disks of one transfer, at work in a thread: one call at a time, in order."""

import errno
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from chatd import limits
from chatd.heap import keep_blocks
from chatd.transfer.disks import Gone, Landing, NotYet, Source
from chatd.transfer.reading import Got, Read
from chatd.transfer.steps import DiskStep, Result, WriteBlock, WriteFiles

InBackground = Callable[[Callable[[], None]], Deferred[None]]
Job = TypeVar("Job")
_LOG = Logger()


class _Queue(Generic[Job]):
    """What waits, and whether the thread is at work."""

    def __init__(self, in_background: InBackground) -> None:
        keep_blocks()
        self._in_background = in_background
        self._waiting: deque[Job] = deque()
        self._is_busy = False
        self._resting: Deferred[None] | None = None

    def rest(self) -> Deferred[None]:
        """Fires as soon as there is nothing to do."""
        resting: Deferred[None] = Deferred()
        self._resting = resting
        self._go_on()
        return resting

    def add(self, *jobs: Job) -> None:
        """Do these after all that waits."""
        self._waiting.extend(jobs)
        self._go_on()

    def _go_on(self) -> None:
        if self._is_busy:
            return
        if not self._waiting:
            self._rests()
            return
        self._is_busy = True
        batch = self._batch()
        working = self._in_background(lambda: self._work(batch))
        working.addErrback(lambda failure: self._broke(batch))
        working.addCallback(lambda _: self._worked(batch))

    def _rests(self) -> None:
        resting, self._resting = self._resting, None
        if resting is not None:
            resting.callback(None)

    def _batch(self) -> list[Job]:
        batch, size = [], 0
        while self._waiting and size < limits.DISK_BATCH:
            size += self._size(self._waiting[0])
            batch.append(self._waiting.popleft())
        return batch

    def _worked(self, batch: list[Job]) -> None:
        try:
            self._tell(batch)  # what that leads to waits, so that it is done together
        finally:
            self._is_busy = False
            self._go_on()

    def _size(self, job: Job) -> int:
        raise NotImplementedError

    def _work(self, batch: list[Job]) -> None:
        raise NotImplementedError

    def _tell(self, batch: list[Job]) -> None:
        raise NotImplementedError

    def _broke(self, batch: list[Job]) -> None:
        """There was no thread."""
        raise NotImplementedError


class Reader(_Queue[Read]):
    """Reads from a source; `tell` is called with what each read has given."""

    def __init__(
        self, in_background: InBackground, source: Source, tell: Callable[[Read, list[Got]], None]
    ) -> None:
        super().__init__(in_background)
        self.source = source
        self._told = tell
        self._results: list[list[Got]] = []

    def add(self, *jobs: Read) -> None:
        """Read these after all that waits; of an earlier run nothing is wanted any more."""
        last = self._waiting[-1] if self._waiting else jobs[0]
        if (last.run, last.turn) != (jobs[0].run, jobs[0].turn):
            self._waiting.clear()
        super().add(*jobs)

    def rest(self) -> Deferred[None]:
        """Fires as soon as nothing is read; what waits is not wanted any more."""
        self._waiting.clear()
        return super().rest()

    def _size(self, job: Read) -> int:
        return limits.DISK_BATCH // limits.READS

    def _work(self, batch: list[Read]) -> None:
        for read in batch:
            try:
                self._results.append(list(read.carry_out(self.source)))
            except NotYet:
                return
            except Exception:
                _LOG.failure("a file could not be read")
                self._results.append(_unreadable(read))

    def _broke(self, batch: list[Read]) -> None:
        self._results = list(map(_unreadable, batch))

    def _tell(self, batch: list[Read]) -> None:
        results, self._results = self._results, []
        self._ask_again(batch[len(results) :])
        for read, found in zip(batch, results, strict=False):
            self._told(read, found)

    def _ask_again(self, rest: list[Read]) -> None:
        """For what has not come yet, unless something else is wanted by now."""
        if self._resting is not None or not rest:
            return
        waiting = self._waiting[0] if self._waiting else rest[0]
        if (waiting.run, waiting.turn) == (rest[0].run, rest[0].turn):
            self._waiting.extendleft(reversed(rest))


def _unreadable(read: Read) -> list[Got]:
    return ["unreadable" for _ in read.indices]


class Writer(_Queue[DiskStep]):
    """Writes to a landing; `done` is called with what came of the steps that were done, `failed`
    where the next could not be."""

    def __init__(
        self,
        in_background: InBackground,
        landing: Landing,
        done: Callable[[list[Result]], None],
        failed: Callable[[OSError], None],
    ) -> None:
        super().__init__(in_background)
        self.landing = landing
        self._done, self._failed = done, failed
        self._results: list[Result] = []
        self._error: OSError | None = None

    def _size(self, job: DiskStep) -> int:
        if isinstance(job, WriteBlock):
            return len(job.data) + limits.PIECE_COST
        if isinstance(job, WriteFiles):
            return sum(len(file.data) + limits.PIECE_COST for file in job.files)
        return limits.PIECE_COST

    def _work(self, batch: list[DiskStep]) -> None:
        for step in batch:
            try:
                self._results.append(step.carry_out(self.landing))
            except OSError as error:
                is_gone = self.landing.is_gone()
                self._error = Gone(error.errno, error.strerror) if is_gone else error
            except Exception:
                _LOG.failure("a file could not be written")
                self._error = OSError(errno.EIO, "something went wrong")
            if self._error is not None or self._results[-1] is False:
                return

    def _broke(self, batch: list[DiskStep]) -> None:
        self._error = OSError(errno.EIO, "there is no thread")

    def _tell(self, batch: list[DiskStep]) -> None:
        results, self._results = self._results, []
        error, self._error = self._error, None
        if error is not None or len(results) < len(batch) or results[-1:] == [False]:
            self._waiting.clear()
        if results:
            self._done(results)
        if error is not None:
            self._failed(error)
