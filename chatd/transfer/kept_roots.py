"""The roots of the files of a transfer that are whole, kept beside them."""

import os
from collections.abc import Iterator

from chatd.transfer.below import write_at
from chatd.transfer.names import OURS
from chatd.transfer.staging import Staging
from chatd.transfer.tree import NOTHING
from chatd.wire.files import HASH


class KeptRoots:
    """By the indices of the files in their list; on the disk with `sync`. Raises `OSError`."""

    def __init__(self, staging: Staging) -> None:
        self._file = staging.open((f"{OURS}roots",))
        self._new: dict[int, bytes] = {}

    def of(self, index: int) -> bytes:
        """That of one file; 32 bytes 00 for one that was left out, or is not known."""
        new = self._new.get(index)
        return new or os.pread(self._file, HASH, index * HASH).ljust(HASH, b"\0")

    def set(self, index: int, root: bytes = NOTHING) -> None:
        """A file is whole, or left out."""
        self._new[index] = root

    def sync(self) -> None:
        """Have all on the disk; nothing is forgotten where that cannot be."""
        if self._new:
            for first, roots in self._runs():
                write_at(self._file, roots, first * HASH)
            os.fsync(self._file)
            self._new.clear()

    def close(self) -> None:
        """Let go of the file; again is harmless."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _runs(self) -> Iterator[tuple[int, bytearray]]:
        """What is new, with as few writes as may be."""
        first, roots = 0, bytearray()
        for index, root in sorted(self._new.items()):
            if index != first + len(roots) // HASH:
                if roots:
                    yield first, roots
                first, roots = index, bytearray()
            roots += root
        yield first, roots
