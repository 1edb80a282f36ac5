"""What is left in a folder of transfers that nobody goes on with."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

from msgspec import Struct

from chatd import limits
from chatd.transfer.half_done import is_ours, lock, owner_of
from chatd.transfer.names import PART
from chatd.transfer.staging import JOURNAL, KEY, Staging, open_target


def left_over(folder: Path, keep: set[bytes]) -> list[tuple[str, int, int]]:
    """Each folder `NAME.part` there in which nobody is at work, and no transfer with one of these
    keys goes on: where it lies, the bytes of what is in it, and when it was touched last, in
    seconds since 1970. What cannot be looked at, or is not ours, is none."""
    found = []
    for part in _parts(folder):
        if part.owner not in keep:
            with suppress(OSError):
                place = str(folder / part.name)
                found.append((place, _size(part.staging), int(part.touched)))
    return found


def remove(place: Path, keep: set[bytes]) -> bool:
    """Whether this was left over, as above, and is gone; raises `OSError` where some of it could
    not be removed."""
    for part in _parts(place.parent):
        if part.name == place.name and part.owner not in keep:
            part.staging.discard()
            return True
    return False


def sweep(folder: Path, keep: set[bytes], now: float) -> list[str]:
    """Remove what no run has touched for `limits.TRANSFER_KEPT_SECONDS`, or twice as long where it
    says whose it is, but for the transfers with these keys; returns the names of what was removed.
    `now` is in seconds since 1970. What cannot be looked at, or is not ours, stays."""
    removed: list[str] = []
    for part in _parts(folder):
        # Another profile may know of it, and forgets it a while later.
        most = limits.TRANSFER_KEPT_SECONDS * (1 if part.owner is None else 2)
        if part.owner not in keep and now - part.touched > most:
            with suppress(OSError):
                part.staging.discard()
                removed.append(part.name)
    return removed


class _Part(Struct):
    """An open folder in which nobody is at work; `owner` is the key of its transfer, if it says
    so."""

    name: str
    staging: Staging
    owner: bytes | None
    touched: float


def _parts(folder: Path) -> Iterator[_Part]:
    """All of ours below a folder, each as long as it is looked at."""
    try:
        if not folder.is_dir():
            return
        target = open_target(folder)
    except OSError:
        return
    try:
        for name in sorted(os.listdir(target)):
            with ExitStack() as opened:
                part = None
                if name.endswith(PART):
                    with suppress(OSError, UnicodeEncodeError):
                        part = _part(opened.enter_context(closing(Staging(target, name))), name)
                if part is not None:
                    yield part
    finally:
        os.close(target)


def _part(staging: Staging, name: str) -> _Part | None:
    if not is_ours(staging):
        return None
    owner = owner_of(staging)
    there = os.listdir(staging.folder)
    journal = staging.open_there((JOURNAL if JOURNAL in there else KEY,))
    try:
        touched = max(os.fstat(each).st_mtime for each in (journal, staging.folder))
        is_at_work = not lock(journal, fcntl.LOCK_EX)
    finally:
        os.close(journal)
    return None if is_at_work else _Part(name, staging, owner, touched)


def _size(staging: Staging) -> int:
    """Bytes of the files in it."""
    return sum(
        os.stat(name, dir_fd=inner, follow_symlinks=False).st_size
        for _, _, names, inner in os.fwalk(".", dir_fd=staging.folder)
        for name in names
    )
