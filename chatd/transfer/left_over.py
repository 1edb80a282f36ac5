"""What is left in a folder of transfers that nobody goes on with."""

import fcntl
import os
from contextlib import closing, suppress
from pathlib import Path

from chatd import limits
from chatd.transfer.half_done import is_ours, lock, owner_of
from chatd.transfer.names import PART
from chatd.transfer.staging import JOURNAL, KEY, Staging, open_target


def sweep(folder: Path, keep: set[bytes], now: float) -> list[str]:
    """Remove what no run has touched for `limits.TRANSFER_KEPT_SECONDS`, or twice as long where it
    says whose it is, but for the transfers with these keys; returns the names of what was removed.
    `now` is in seconds since 1970. What cannot be looked at, or is not ours, stays."""
    removed: list[str] = []
    try:
        if not folder.is_dir():
            return removed
        target = open_target(folder)
    except OSError:
        return removed
    try:
        for name in os.listdir(target):
            if name.endswith(PART):
                with suppress(OSError, UnicodeEncodeError):
                    if _swept(target, name, keep, now):
                        removed.append(name)
    finally:
        os.close(target)
    return removed


def _swept(target: int, name: str, keep: set[bytes], now: float) -> bool:
    staging = Staging(target, name)
    with closing(staging):
        owner = owner_of(staging)
        if not is_ours(staging) or owner in keep:
            return False
        # Another profile may know of it, and forgets it a while later.
        most = limits.TRANSFER_KEPT_SECONDS * (1 if owner is None else 2)
        there = os.listdir(staging.folder)
        journal = staging.open_there((JOURNAL if JOURNAL in there else KEY,))
        try:
            touched = max(os.fstat(each).st_mtime for each in (journal, staging.folder))
            if now - touched <= most or not lock(journal, fcntl.LOCK_EX):
                return False
        finally:
            os.close(journal)
        staging.discard()
    return True
