"""What a transfer left in a folder, found by its key; or the beginning of it."""

import errno
import fcntl
import os
from contextlib import ExitStack, suppress

from chatd.transfer.journal import Journal
from chatd.transfer.landed import Begun, Record
from chatd.transfer.manifest import Entry
from chatd.transfer.names import safe
from chatd.transfer.staging import JOURNAL, Staging, candidates

Found = tuple[Staging, Journal[Record]]

_NOT_OURS = (errno.ELOOP, errno.ENOTDIR, errno.EACCES, errno.ENXIO, errno.EISDIR)
"""Of what is in the place of a folder, or of a journal."""


def staging_name(first: Entry) -> str:
    """What the folder of a transfer is named after: the first of its entries."""
    return safe(first.path[0], folds=True)


def find(target: int, name: str, key: bytes) -> Found | None:
    """The folder of a transfer below an open one, and its journal; one that was made and got no
    further is taken as well. Raises `OSError`."""
    for candidate in candidates(name):
        try:
            found = _looked_at(target, candidate, key)
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno not in _NOT_OURS:
                raise
            continue
        if found is not None:
            return found
    return None


def make(target: int, name: str, key: bytes) -> Found:
    """A new one; raises `OSError`."""
    for candidate in candidates(name):
        try:
            os.mkdir(candidate.encode(), 0o700, dir_fd=target)
        except FileExistsError:
            continue
        if (found := _looked_at(target, candidate, key)) is not None:
            return found
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))


def _looked_at(target: int, candidate: str, key: bytes) -> Found | None:
    """The folder and its journal if they are those of this transfer, or the folder is empty."""
    with ExitStack() as opened:
        staging = Staging(target, candidate)
        opened.callback(staging.close)
        status = os.fstat(staging.folder)
        if status.st_uid != os.geteuid() or status.st_mode & 0o077:
            return None
        there = os.listdir(staging.folder)
        if there and JOURNAL not in there:
            return None
        descriptor = staging.open((JOURNAL,))
        # Two processes may find the same folder empty: one of them reads what the other wrote.
        _lock(descriptor, fcntl.LOCK_EX)
        journal: Journal[Record] = Journal(descriptor, Record)
        opened.callback(journal.close)
        first = next(iter(journal), None)
        if first is None and there in ([], [JOURNAL]):
            journal.add([Begun(key)])
            os.fsync(staging.folder)
            os.fsync(target)
        elif first != Begun(key):
            return None
        _lock(descriptor, fcntl.LOCK_UN)
        opened.pop_all()
        return staging, journal


def _lock(descriptor: int, how: int) -> None:
    with suppress(OSError):  # Some disks have no locks.
        fcntl.flock(descriptor, how)
