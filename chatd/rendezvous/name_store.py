"""Has changes about names written, many in one go, and answers whatever the disk does.

Somebody who waits for a change is answered within `limits.DISK_SECONDS`: it is on the disk
then, or it is refused, and what the disk makes of it later is taken back.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from twisted.internet.defer import Deferred, fail, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatd import limits
from chatd.errors import ChatdError
from chatd.files import StorageError
from chatd.rendezvous.name_changes import Change
from chatd.rendezvous.name_queue import Awaited, NameQueue
from chatd.timer import Timer
from chatd.watch.times import Times

Truth = Callable[[], Change]
_NOTHING = 1e-6
"""Seconds that are not worth another look."""


class NameStore(Protocol):
    """Where names are kept."""

    def store(self, change: Change, truth: Truth | None = None) -> Deferred[None]:
        """Fires when the change is kept for good; fails with `StorageError` if it is not.

        Where it is kept after that all the same, `truth` says what is to be there instead.
        """

    def owe(self, change: Change) -> None:
        """Keep a change as soon as that can be done."""


class Unstored:
    """Names that live as long as the process does."""

    def store(self, change: Change, truth: Truth | None = None) -> Deferred[None]:
        """Done at once."""
        return succeed(None)

    def owe(self, change: Change) -> None:
        """Nothing is left to do."""


class Disk(Protocol):
    """What is written to; `open` raises `StorageError`, and so the two others fail."""

    def open(self) -> None:
        """To be called first."""

    def write(self, changes: Sequence[Change]) -> Deferred[None]:
        """Fires when all of them are on the disk; fails if none of them is. One at a time."""

    def close(self) -> Deferred[None]:
        """To be called last."""


class QueuedNameStore:
    """Writes to a disk; what comes while it writes goes into the next transaction, so that a
    thousand claims at once cost a few."""

    _log = Logger(namespace="chatd.rendezvous")

    def __init__(self, clock: Any, disk: Disk) -> None:
        self._clock = clock
        self._disk = disk
        self._queue = NameQueue()
        self._is_open = False
        self._writing = False
        self.works = True
        """Whether the last attempt to store something was a success."""
        self.delays = Times()
        """How long those waited who were answered."""
        self._again = Timer(clock, lambda _: self._write())
        # Whoever waits, who came first first, and when the first of them is to be answered.
        self._waiting: dict[Awaited, None] = {}
        self._patience = Timer(clock, lambda _: self._look())
        self._stopped: Deferred[None] | None = None
        self._refused: set[Awaited] = set()

    def start(self) -> None:
        """Open the disk; raises `StorageError`."""
        self._disk.open()
        self._is_open = True
        self._stopped = None

    def stop(self) -> Deferred[None]:
        """Fires when everything is written and the disk is closed, or given up."""
        if not self._is_open:
            return succeed(None)
        stopped: Deferred[None] = Deferred()
        self._stopped = stopped
        self._is_open = False
        cut = Timer(self._clock, lambda _: self._end())
        cut.after(limits.DISK_SECONDS)
        stopped.addCallback(lambda _: cut.stop())
        if not self._writing:
            self._write()
        return stopped

    def store(self, change: Change, truth: Truth | None = None) -> Deferred[None]:
        """Fires when the change is on disk; fails with `StorageError` if it cannot be, or not
        within `limits.DISK_SECONDS`."""
        if not self._is_open:
            return fail(StorageError("the file of names is not open"))
        if self._queue.awaited >= limits.NAME_CHANGES:
            return fail(StorageError("too many changes wait for the disk"))
        awaited = Awaited(change, truth, self._clock.seconds(), Deferred())
        self._queue.wait(awaited)
        self._waiting[awaited] = None
        if self._patience.due is None:
            self._patience.after(limits.DISK_SECONDS)
        if not self._writing:
            self._write()
        return awaited.done

    def owe(self, change: Change) -> None:
        """Write a change as soon as the disk can."""
        if not self._is_open:
            return
        self._queue.owe(change)
        if not self._writing:
            self._write() if self.works else self._write_later()

    # -- writing

    def _write(self) -> None:
        self._again.stop()
        batch = self._queue.take()
        if not batch:
            self._rest()
            return
        self._writing = True
        changes = [each.change if isinstance(each, Awaited) else each for each in batch]
        writing = self._disk.write(changes)
        writing.addCallbacks(self._written, self._failed, (batch,), errbackArgs=(batch,))

    def _written(self, _: None, batch: list[Change | Awaited]) -> None:
        self._writing = False
        if not self.works:
            self.works = True
            self._log.info("names are stored again")
        awaited = [each for each in batch if isinstance(each, Awaited)]
        if self._refused:
            late = [each.truth for each in awaited if each in self._refused]
            self._queue.owe_first(truth() for truth in late if truth is not None)
        self._go_on(awaited, None)

    def _failed(self, failure: Failure, batch: list[Change | Awaited]) -> None:
        self._writing = False
        self._cannot(failure)
        awaited = [each for each in batch if isinstance(each, Awaited)]
        self._queue.owe_first(each for each in batch if not isinstance(each, Awaited))
        self._go_on(awaited, StorageError(failure.getErrorMessage()))

    def _go_on(self, answered: list[Awaited], error: StorageError | None) -> None:
        """Write what came meanwhile, and tell those who waited."""
        if self._queue and (error is None or self._queue.awaited):
            self._write()
        elif not self._is_open or not self._queue:
            self._rest()
        else:
            self._write_later()
        for each in answered:
            if each in self._refused:
                self._refused.remove(each)
            else:
                self._answer(each, error)

    def _answer(self, awaited: Awaited, error: StorageError | None) -> None:
        del self._waiting[awaited]
        self.delays.add(self._clock.seconds() - awaited.since)
        if error is None:
            awaited.done.callback(None)
        else:
            awaited.done.errback(error)

    def _write_later(self) -> None:
        if self._again.due is None:
            self._again.after(limits.NAME_RETRY_SECONDS)

    def _rest(self) -> None:
        """Nothing can be written now, and if this is the end, never will be."""
        if not self._is_open:
            self._disk.close().addErrback(self._cannot).addBoth(lambda _: self._end())

    def _end(self) -> None:
        if self._stopped is None or self._stopped.called:
            return
        if self._queue or self._writing:
            self._log.error("the end did not wait longer for the disk of names")
        else:
            self._patience.stop()
        self._stopped.callback(None)

    # -- failing

    def _look(self) -> None:
        """Answer whoever has waited for too long, and look again when the next one will have."""
        while self._waiting and self._patience.due is None:
            first = next(iter(self._waiting))
            left = first.since + limits.DISK_SECONDS - self._clock.seconds()
            if left > _NOTHING:
                self._patience.after(left)
            else:
                self._too_slow(first)

    def _too_slow(self, awaited: Awaited) -> None:
        """Nobody waits for a change any more; it is taken back if it is stored after all."""
        error = StorageError("the disk does not answer")
        if not self._queue.give_up(awaited):
            self._refused.add(awaited)
        self._cannot(Failure(error))
        self._answer(awaited, error)

    def _cannot(self, failure: Failure) -> None:
        """Say once that nothing can be stored: names are tried all the time, and logs grow."""
        if failure.check(ChatdError) is None:
            self._log.failure("names cannot be stored", failure)
        elif self.works:
            hint = getattr(failure.value, "hint", "")
            reason = failure.getErrorMessage() + (f" ({hint})" if hint else "")
            self._log.error("names cannot be stored: {reason}", reason=reason)
        self.works = False
