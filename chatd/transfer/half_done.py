"""What a transfer left in a folder, found by its key; or the beginning of it."""

import errno
import fcntl
import os
from contextlib import ExitStack, suppress

from chatd.transfer.journal import Journal
from chatd.transfer.landed import Begun, Record
from chatd.transfer.manifest import Entry
from chatd.transfer.names import OURS, safe
from chatd.transfer.staging import JOURNAL, Staging, candidates

Found = tuple[Staging, Journal[Record]]

_PROBE = f"{OURS}modes".encode()
_NOT_OURS = (
    errno.ENOENT,
    errno.ELOOP,
    errno.ENOTDIR,
    errno.EACCES,
    errno.ENXIO,
    errno.EISDIR,
)
"""Of what is in the place of a folder, or of a journal."""


def staging_name(first: Entry) -> str:
    """What the folder of a transfer is named after: the first of its entries."""
    return safe(first.path[0], folds=True)


def find(target: int, name: str, key: bytes) -> Found | None:
    """The folder of a transfer below an open one, and its journal, whatever was there before it and
    is gone by now. Raises `OSError`."""
    there = set(os.listdir(target))
    for candidate in candidates(name):
        if candidate in there and (found := _entered(target, candidate, key)) is not None:
            return found
    return None


def make(target: int, name: str, key: bytes) -> Found:
    """A new one, or one that was made and got no further; raises `OSError`."""
    for candidate in candidates(name):
        with suppress(FileExistsError):
            os.mkdir(candidate.encode(), 0o700, dir_fd=target)
        if (found := _entered(target, candidate, key, is_new=True)) is not None:
            return found
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))


def _entered(target: int, candidate: str, key: bytes, *, is_new: bool = False) -> Found | None:
    """What has this name, if it is the folder of this transfer, or is one to be."""
    try:
        return _looked_at(target, candidate, key, is_new=is_new)
    except OSError as error:
        if error.errno not in _NOT_OURS:
            raise
        return None


def _looked_at(target: int, candidate: str, key: bytes, *, is_new: bool) -> Found | None:
    """The folder and its journal if they are those of this transfer; or are made so, if there is
    nothing in them."""
    with ExitStack() as opened:
        staging = Staging(target, candidate)
        opened.callback(staging.close)
        if not _is_private(os.fstat(staging.folder)) and _has_modes(target):
            return None
        there = os.listdir(staging.folder)
        if JOURNAL not in there if there else not is_new:
            return None
        descriptor = staging.open((JOURNAL,))
        # Two processes may find the same folder empty: one of them reads what the other wrote.
        _lock(descriptor, fcntl.LOCK_EX)
        journal: Journal[Record] = Journal(descriptor, Record)
        opened.callback(journal.close)
        first = next(iter(journal), None)
        if first is None and is_new and there in ([], [JOURNAL]):
            journal.add([Begun(key)])
            os.fsync(staging.folder)
            os.fsync(target)
        elif first != Begun(key):
            return None
        _lock(descriptor, fcntl.LOCK_UN)
        opened.pop_all()
        return staging, journal


def _is_private(status: os.stat_result) -> bool:
    return status.st_uid == os.geteuid() and not status.st_mode & 0o077


def _has_modes(target: int) -> bool:
    """Whether what is made on this disk is for its owner alone, as it is told; there are disks on
    which all belongs to everybody, such as those of cameras."""
    try:
        os.mkdir(_PROBE, 0o700, dir_fd=target)
    except FileExistsError:
        return True
    try:
        return _is_private(os.stat(_PROBE, dir_fd=target, follow_symlinks=False))
    finally:
        os.rmdir(_PROBE, dir_fd=target)


def _lock(descriptor: int, how: int) -> None:
    with suppress(OSError):  # Some disks have no locks.
        fcntl.flock(descriptor, how)
