"""Stores what changes about names, off the reactor's thread, many changes in one go."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from twisted.internet.defer import Deferred, succeed
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool

from chatd import limits
from chatd.files import StorageError
from chatd.rendezvous.name_file import Change, NameFile


class NameStore(Protocol):
    """Where names are kept."""

    def store(self, change: Change) -> Deferred[None]:
        """Fires when the change is kept for good; fails with `StorageError` if it is not."""


class Unstored:
    """Names that live as long as the process does."""

    def store(self, change: Change) -> Deferred[None]:
        """Done at once."""
        return succeed(None)


class ThreadedNameStore:
    """Writes to a `NameFile` in one thread; what comes while it writes goes into the next
    transaction, so that a thousand claims at once cost a few."""

    _log = Logger(namespace="chatd.rendezvous")

    def __init__(self, reactor: Any, folder: Path) -> None:
        self._reactor = reactor
        self._folder = folder
        self._file: NameFile | None = None
        self._pool = ThreadPool(0, 1, name="names")
        self._waiting: list[tuple[Change, Deferred[None]]] = []
        self._writing = False
        self._idle: list[Callable[[], None]] = []

    def start(self) -> None:
        """Open the file; raises `StorageError`.

        Only here: SQLite must not be carried through the fork of a daemon.
        """
        self._file = NameFile(self._folder)
        self._pool.start()

    def stop(self) -> Deferred[None]:
        """Fires when everything is written and the file is closed."""
        done: Deferred[None] = Deferred()
        self._idle.append(lambda: done.callback(None))
        if not self._writing:
            self._stopped()
        return done

    def store(self, change: Change) -> Deferred[None]:
        """Fires when the change is on disk; fails with `StorageError` if it cannot be."""
        done: Deferred[None] = Deferred()
        if len(self._waiting) >= limits.NAME_CHANGES:
            done.errback(StorageError("too many changes wait for the disk"))
            return done
        if self._file is None:
            done.errback(StorageError("the file of names is not open"))
            return done
        self._waiting.append((change, done))
        if not self._writing:
            self._write()
        return done

    def _write(self) -> None:
        batch, self._waiting = self._waiting, []
        self._writing = True
        changes = [change for change, _ in batch]
        writing = deferToThreadPool(self._reactor, self._pool, self._apply, changes)
        writing.addErrback(self._failed)
        writing.addCallback(self._written, [done for _, done in batch])

    def _apply(self, changes: list[Change]) -> None:
        if self._file is not None:
            self._file.apply(changes)

    def _failed(self, failure: Failure) -> Failure:
        self._log.error("names: {reason}", reason=failure.getErrorMessage())
        return failure

    def _written(self, failure: Failure | None, waiting: list[Deferred[None]]) -> None:
        self._writing = False
        if self._waiting:
            self._write()
        for done in waiting:
            if failure is None:
                done.callback(None)
            else:
                done.errback(StorageError(failure.getErrorMessage()))
        if self._idle and not self._writing:
            self._stopped()

    def _stopped(self) -> None:
        if self._file is not None:
            self._pool.stop()
            self._file.close()
            self._file = None
        idle, self._idle = self._idle, []
        for each in idle:
            each()
