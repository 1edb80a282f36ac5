"""Names on disk: one SQLite file, written in transactions (docs/operating.md, "The data folder").

Used in one thread at a time. After a crash at any moment, also of the machine, everything that a
finished `apply` wrote is there, and each binding is there whole or not at all.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from chatd.files import StorageError, TooNew, explained, private_folder, shown
from chatd.rendezvous import name_schema
from chatd.rendezvous.directory import Binding
from chatd.rendezvous.seen_time import Kept

FILE = "names.sqlite3"


@dataclass(frozen=True, slots=True)
class Bind:
    """A name is bound from now on."""

    binding: Binding


@dataclass(frozen=True, slots=True)
class Unbind:
    """A name is bound no longer."""

    name: str
    key: bytes


@dataclass(frozen=True, slots=True)
class Seen:
    """The owner of a key is here, at a moment of `SeenTime`; nothing if it has no name."""

    key: bytes
    at: float


@dataclass(frozen=True, slots=True)
class Forget:
    """The names of a key ran out."""

    key: bytes


@dataclass(frozen=True, slots=True)
class Ban:
    """A name, or a key by its fingerprint, is kept away from now on, or no longer."""

    what: str
    banned: bool = True


@dataclass(frozen=True, slots=True)
class Passed:
    """How far the time of the daemon is."""

    time: Kept


Change = Bind | Unbind | Seen | Forget | Ban | Passed


class NameFile:
    """The file in a folder, made 0600 if it is not there; raises `StorageError`.

    So do its methods, and then nothing of that call is written.
    """

    def __init__(self, folder: Path) -> None:
        private_folder(folder)
        self._path = folder / FILE
        with explained("open", self._path):
            # Made before SQLite would, which asks the umask who may read it.
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            if os.stat(self._path).st_mode & 0o077:
                raise StorageError(
                    f"others can read {shown(self._path)}", hint=f"chmod 600 {shown(self._path)}"
                )
        with self._readable("open"):
            self._connection = sqlite3.connect(
                self._path, isolation_level=None, check_same_thread=False
            )
        try:
            self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def load(self) -> list[Binding]:
        """Everything that is bound."""
        query = "SELECT name, key, first, seen FROM names JOIN owners USING (key)"
        with self._readable("read"):
            return [Binding(*row) for row in self._connection.execute(query)]

    def load_bans(self) -> list[str]:
        """Everything that is banned."""
        with self._readable("read"):
            return [what for (what,) in self._connection.execute("SELECT what FROM bans")]

    def load_time(self) -> Kept | None:
        """How far the time of the last daemon was; None if there was none."""
        with self._readable("read"):
            row = self._connection.execute("SELECT seen, wall FROM passed").fetchone()
        return None if row is None else Kept(*row)

    def apply(self, changes: Sequence[Change]) -> None:
        """Write changes in their order: all of them, on disk when this returns, or none."""
        with self._readable("write"), self._transaction():
            for change in changes:
                self._write(change)

    def close(self) -> None:
        """Let go of the file; harmless when it was done before."""
        with suppress(sqlite3.Error):
            self._connection.close()

    def _write(self, change: Change) -> None:
        execute = self._connection.execute
        match change:
            case Bind(Binding(name, key, first, seen)):
                execute(
                    "INSERT INTO owners VALUES (?, ?, ?)"
                    " ON CONFLICT (key) DO UPDATE SET first = excluded.first, seen = excluded.seen",
                    (key, first, seen),
                )
                execute("INSERT OR REPLACE INTO names VALUES (?, ?)", (name, key))
            case Unbind(name, key):
                execute("DELETE FROM names WHERE name = ? AND key = ?", (name, key))
                execute(
                    "DELETE FROM owners WHERE key = ?1"
                    " AND NOT EXISTS (SELECT 1 FROM names WHERE key = ?1)",
                    (key,),
                )
            case Seen(key, at):
                execute("UPDATE owners SET seen = ? WHERE key = ?", (at, key))
            case Passed(Kept(seen, wall)):
                execute("INSERT OR REPLACE INTO passed VALUES (1, ?, ?)", (seen, wall))
            case Ban(what, True):
                execute("INSERT OR IGNORE INTO bans VALUES (?)", (what,))
            case Ban(what):
                execute("DELETE FROM bans WHERE what = ?", (what,))
            case Forget(key):
                execute("DELETE FROM names WHERE key = ?", (key,))
                execute("DELETE FROM owners WHERE key = ?", (key,))

    def _prepare(self) -> None:
        with self._readable("open"):
            self._connection.execute("PRAGMA journal_mode = WAL").fetchone()
            # In WAL mode only FULL syncs at each commit.
            self._connection.execute("PRAGMA synchronous = FULL")
            form = name_schema.form_of(self._connection)
            if form > name_schema.FORM:
                raise TooNew(f"a newer chatd wrote {shown(self._path)}")
            if form < name_schema.FORM:
                with self._transaction():
                    name_schema.upgrade(self._connection)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            raise

    @contextmanager
    def _readable(self, doing: str) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            hint = "stop the other chatd" if "locked" in str(error) else "restore it from a copy"
            if "full" in str(error):
                hint = "make room on the disk"
            raise StorageError(f"cannot {doing} {shown(self._path)}: {error}", hint=hint) from error


def read(folder: Path) -> list[Binding]:
    """What the file in a folder holds, without keeping it open."""
    with closing(NameFile(folder)) as file:
        return file.load()


def read_bans(folder: Path) -> list[str]:
    """What is banned, without keeping the file open."""
    with closing(NameFile(folder)) as file:
        return file.load_bans()


def read_time(folder: Path) -> Kept | None:
    """How far the time of the last daemon was, without keeping the file open."""
    with closing(NameFile(folder)) as file:
        return file.load_time()
