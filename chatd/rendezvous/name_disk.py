"""The file of names, written in a thread, which may hang without anybody waiting for it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, succeed

from chatd.disk_thread import DiskThread
from chatd.rendezvous.name_changes import Change
from chatd.rendezvous.name_file import NameFile


class NameDisk:
    """The `NameFile` of a folder."""

    def __init__(self, reactor: Any, folder: Path) -> None:
        self._thread = DiskThread(reactor)
        self._folder = folder
        self._file: NameFile | None = None

    def open(self) -> None:
        """Open the file; raises `StorageError`.

        Only here: SQLite must not be carried through the fork of a daemon.
        """
        self._file = NameFile(self._folder, may_be_new=False)

    def write(self, changes: Sequence[Change]) -> Deferred[None]:
        """Fires when all of them are on the disk; fails if none of them is."""
        return self._thread.do(self._apply, changes)

    def close(self) -> Deferred[None]:
        """Fires when the file is closed."""
        if self._file is None:
            return succeed(None)
        closed = self._thread.do(self._file.close)
        self._thread.end()
        return closed

    def _apply(self, changes: Sequence[Change]) -> None:
        if self._file is not None:
            self._file.apply(changes)
