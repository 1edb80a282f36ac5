"""What a transfer left in a folder, found by its key; or the beginning of it."""

import errno
import fcntl
import os
from contextlib import ExitStack, suppress

from chatd.transfer.below import write_at
from chatd.transfer.journal import Journal, framed
from chatd.transfer.landed import Begun, Record
from chatd.transfer.manifest import Entry
from chatd.transfer.names import OURS, safe
from chatd.transfer.staging import JOURNAL, KEY, Staging, candidates

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
        if not is_ours(staging):
            return None
        owner = owner_of(staging)
        if owner != key and (owner is not None or not is_new or not _is_empty(staging)):
            return None
        descriptor = staging.open((JOURNAL,))
        opened.callback(os.close, descriptor)
        # Two processes may find the same folder empty: one of them has it.
        if owner is None and not _claim(staging, descriptor, key):
            return None
        _mend_head(descriptor, key)
        os.utime(descriptor)
        lock(descriptor, fcntl.LOCK_SH)
        journal: Journal[Record] = Journal(os.dup(descriptor), Record)
        if owner is None:
            os.fsync(staging.folder)
            os.fsync(target)
        opened.pop_all()
        os.close(descriptor)
        return staging, journal


def owner_of(staging: Staging) -> bytes | None:
    """The key of the transfer to which a folder belongs; None where nothing says it. Raises
    `OSError`."""
    for name in (KEY, JOURNAL):
        with suppress(FileNotFoundError):
            journal: Journal[Record] = Journal(staging.open_there((name,)), Record)
            first = next(iter(journal), None)
            journal.close()
            if isinstance(first, Begun):
                return first.key
    return None


def lock(descriptor: int, how: int) -> bool:
    """Whether nobody else holds a lock on this that forbids it."""
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # Some disks have no locks.
        return True
    return True


def _is_empty(staging: Staging) -> bool:
    return {*os.listdir(staging.folder)} <= {KEY, JOURNAL}


def _claim(staging: Staging, descriptor: int, key: bytes) -> bool:
    if not lock(descriptor, fcntl.LOCK_EX) or owner_of(staging) is not None:
        return False
    kept: Journal[Record] = Journal(staging.open((KEY,)), Record)
    try:
        kept.add([Begun(key)])
    finally:
        kept.close()
    return True


def _mend_head(descriptor: int, key: bytes) -> None:
    """Have the first record of a journal as it was: what follows counts again with it."""
    head = framed(Begun(key))
    if os.pread(descriptor, len(head), 0) != head:
        write_at(descriptor, head, 0)
        os.fsync(descriptor)


def is_ours(staging: Staging) -> bool:
    """Whether nobody else can enter it, as far as its disk knows that."""
    return _is_private(os.fstat(staging.folder)) or not _has_modes(staging.target)


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
