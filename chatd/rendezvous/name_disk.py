"""The file of names in a thread of its own, which may hang without anybody waiting for it."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

from chatd.rendezvous.name_changes import Change
from chatd.rendezvous.name_file import NameFile


class _Abandonable(ThreadPool):
    """Its thread does not keep a process alive that wants to end."""

    threadFactory = staticmethod(partial(Thread, daemon=True))  # type: ignore[assignment]


class NameDisk:
    """The `NameFile` of a folder."""

    def __init__(self, reactor: Any, folder: Path) -> None:
        self._reactor = reactor
        self._folder = folder
        self._file: NameFile | None = None
        self._pool = _Abandonable(0, 1, name="names")

    def open(self) -> None:
        """Open the file; raises `StorageError`.

        Only here: SQLite must not be carried through the fork of a daemon.
        """
        self._file = NameFile(self._folder, may_be_new=False)
        self._pool.start()

    def write(self, changes: Sequence[Change]) -> Deferred[None]:
        """Fires when all of them are on the disk; fails if none of them is."""
        return deferToThreadPool(self._reactor, self._pool, self._apply, changes)

    def close(self) -> Deferred[None]:
        """Fires when the file is closed."""
        if self._file is None:
            return succeed(None)
        closing = deferToThreadPool(self._reactor, self._pool, self._file.close)
        return closing.addBoth(lambda _: self._pool.stop())

    def _apply(self, changes: Sequence[Change]) -> None:
        if self._file is not None:
            self._file.apply(changes)
