"""What went wrong with the file of names, in words: what is true, and what to do."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chatd.files import StorageError, cause, probe, shown

_DAMAGED = "it is damaged", "restore it from a copy"
_KNOWN = {
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_BUSY: ("another program is using it", "let that program end, or stop it"),
    sqlite3.SQLITE_LOCKED: ("another program is using it", "let that program end, or stop it"),
}
_BROKEN = "the disk reports an error", "look into the log of the system: dmesg"
_ERRNO = {sqlite3.SQLITE_FULL: errno.ENOSPC, sqlite3.SQLITE_PERM: errno.EACCES}
"""Where SQLite is as clear as the system."""


@contextmanager
def readable(doing: str, path: Path) -> Iterator[None]:
    """Turn an error of SQLite inside into a `StorageError`."""
    try:
        yield
    except sqlite3.Error as error:
        raise fault(error, doing, path) from error


def fault(error: sqlite3.Error, doing: str, path: Path) -> StorageError:
    """The same error, for people."""
    why, hint = _why(error, path)
    return StorageError(f"cannot {doing} {shown(path)}: {why}", hint=hint)


def damaged(path: Path) -> StorageError:
    """The error for a file that holds what was never written."""
    why, hint = _DAMAGED
    return StorageError(f"cannot read {shown(path)}: {why}", hint=hint)


def _why(error: sqlite3.Error, path: Path) -> tuple[str, str]:
    # The rest of an extended code says which call failed.
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in _KNOWN:
        return _KNOWN[code]
    if code in _ERRNO:
        return cause(OSError(_ERRNO[code], ""), path)
    if code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
        return _asked(path)
    return str(error), ""


def _asked(path: Path) -> tuple[str, str]:
    """SQLite does not say why, so that the file and its folder are asked."""
    try:
        # Not opened: closing it would drop the locks that SQLite has on it.
        os.stat(path)
        probe(path.parent)
    except OSError as error:
        return cause(error, path) if error.errno != errno.EIO else _BROKEN
    return _BROKEN
