"""Names on disk: one SQLite file, written in transactions (docs/operating.md, "What it keeps").

Used in one thread at a time. After a crash at any moment, also of the machine, everything that a
finished `apply` wrote is there, and each binding is there whole or not at all.
"""

import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

from chatd import limits
from chatd.files import (
    StorageError,
    TooNew,
    explained,
    private_folder,
    shown,
    sync_file,
    sync_folder,
    touch_private,
)
from chatd.rendezvous import name_changes, name_schema
from chatd.rendezvous.name_changes import Change, Stored
from chatd.rendezvous.name_faults import damaged, fault, readable
from chatd.wire.fields import is_name

FILE = "names.sqlite3"
_BESIDE = ("-wal", "-shm")
"""What SQLite puts beside a file that is in use."""
_KEY = 33
_SAME_TIME = 3_000_000_000
"""Nanoseconds within which two changes of a folder may leave the same time on it: a few thousandths
of a second, and two seconds on the coarsest file systems."""


class NoNames(StorageError):
    """The file is not there, or nothing is in it, where there should be one."""


class _TakenAway(StorageError):
    """What was written went to files that the next start will not read."""


class NameFile:
    """The file in a folder, made 0600 if it is not there and `may_be_new`; raises `StorageError`.

    So do its methods, and then nothing of that call is written.
    """

    def __init__(self, folder: Path, *, may_be_new: bool = True) -> None:
        private_folder(folder)
        self._path = folder / FILE
        self._paths = [f"{self._path}{end}" for end in ("", *_BESIDE)]
        self._may_be_new = may_be_new
        if not may_be_new and not os.path.lexists(self._path):
            raise NoNames(f"{shown(self._path)} is missing")
        touch_private(self._path)
        self._is_open = False
        self._unchanged: tuple[int, int, int] | None = None
        with readable("open", self._path):
            self._open()

    def load(self) -> Stored:
        """Everything that is in it."""
        with readable("read", self._path):
            found = name_changes.load(self._connection)
        if not all(is_name(each.name) and len(each.key) == _KEY for each in found.bindings):
            raise damaged(self._path)
        return found

    def check(self) -> None:
        """Look at every page of the file; takes a second for a million names."""
        with readable("read", self._path):
            (found,) = self._connection.execute("PRAGMA integrity_check(1)").fetchone()
        if found != "ok":
            raise damaged(self._path)

    def apply(self, changes: Sequence[Change]) -> None:
        """Write changes in their order: all of them, on disk when this returns, or none."""
        try:
            try:
                self._write(changes)
            except _TakenAway:
                self._keep_in_place()
                self._write(changes)
        except sqlite3.Error as error:
            raise fault(error, "write", self._path) from error

    def close(self) -> None:
        """Let go of the file; harmless when it was done before. Raises nothing."""
        with suppress(sqlite3.Error, StorageError):
            if self._is_open:
                self._keep_in_place()
        with suppress(sqlite3.Error):
            self._connection.close()
        self._is_open = False

    def _open(self) -> None:
        self._connection = sqlite3.connect(
            self._path,
            timeout=limits.NAME_LOCKED_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            self._prepare()
            self._places, self._unchanged = self._now_there(), None
        except BaseException:
            self._connection.close()
            raise
        self._is_open = True

    def _write(self, changes: Sequence[Change]) -> None:
        """Write them where the next start will read them, or raise `_TakenAway`."""
        if not self._is_open:
            self._open()
        with self._transaction() as cursor:
            for change in changes:
                name_changes.write(cursor, change)
            if not self._is_in_place():
                raise _TakenAway(f"{shown(self._path)} was taken away")

    def _prepare(self) -> None:
        form = name_schema.form_of(self._connection)
        if form > name_schema.FORM:
            raise TooNew(f"a newer chatd wrote {shown(self._path)}")
        if form == 0 and not self._may_be_new:
            raise NoNames(f"{shown(self._path)} is empty")
        self._connection.execute("PRAGMA journal_mode = WAL").fetchone()
        # In WAL mode only FULL syncs at each commit.
        self._connection.execute("PRAGMA synchronous = FULL")
        # Whoever writes over what is there does not make the file longer, which would have to be
        # written down as well.
        self._connection.execute(f"PRAGMA wal_autocheckpoint = {limits.NAME_LOG_PAGES}").fetchone()
        # What is deleted is no longer in the file, however SQLite was built.
        self._connection.execute("PRAGMA secure_delete = ON").fetchone()
        if form < name_schema.FORM:
            with self._transaction():
                name_schema.upgrade(self._connection)
        # So that SQLite makes the files beside it now, and they can be missed later.
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute("COMMIT")

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Cursor]:
        cursor = self._connection.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        try:
            yield cursor
            cursor.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                cursor.execute("ROLLBACK")
            raise

    # -- files that somebody takes away

    def _is_in_place(self) -> bool:
        """Whether the files have their names still: their folder is as it was when that was looked
        at last, or it is looked at again."""
        with explained("look at", self._path):
            now = _changed(self._path.parent)
        if now == self._unchanged:
            return True
        is_in_place = self._now_there() == self._places
        # What changes so soon after a change may leave the same time on the folder.
        is_old = time.time_ns() - now[-1] > _SAME_TIME
        self._unchanged = now if is_in_place and is_old else None
        return is_in_place

    def _now_there(self) -> list[tuple[int, int] | None]:
        """Which files have the names of ours."""
        with explained("look at", self._path):
            return [_identity(path) for path in self._paths]

    def _keep_in_place(self) -> None:
        """Have what is written in the files that the next start will read.

        SQLite would go on with files that were removed, and then everything is gone at the end.
        """
        if not self._is_open:
            self._open()
        there = self._now_there()
        if there == self._places:
            return
        if there[0] is None:
            self._put_back()
        elif there[0] == self._places[0]:
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            self._give_way(there)
        self._is_open = False
        self._connection.close()
        self._open()

    def _give_way(self, there: list[tuple[int, int] | None]) -> NoReturn:
        """Leave nothing beside a file that is not ours: SQLite would play it into that."""
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with explained("remove", self._path):
            for end, now, ours in zip(_BESIDE, there[1:], self._places[1:], strict=True):
                if now == ours:
                    self._path.with_name(FILE + end).unlink(missing_ok=True)
        raise StorageError(
            f"{shown(self._path)} was replaced while chatd was running",
            hint="stop chatd, put the right file in its place, and start it again",
        )

    def _put_back(self) -> None:
        """Write all that is in a removed file into a new one."""
        new = self._path.with_name(f".{FILE}.new")
        with explained("write", self._path):
            new.unlink(missing_ok=True)
            touch_private(new)
            self._connection.execute("VACUUM INTO ?", (str(new),))
            sync_file(new)
            for end in _BESIDE:
                self._path.with_name(FILE + end).unlink(missing_ok=True)
            os.rename(new, self._path)
            sync_folder(self._path.parent)


def _changed(folder: Path) -> tuple[int, int, int]:
    """Which folder it is, and when something in it was made, renamed or removed last."""
    status = os.stat(folder)
    return status.st_dev, status.st_ino, status.st_mtime_ns


def _identity(path: str) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino
