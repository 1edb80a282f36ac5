"""One file that arrives, block by block, with the hashes of its blocks beside it."""

import errno
import os

from chatd import limits
from chatd.transfer.below import write_at
from chatd.transfer.disks import Buffer
from chatd.transfer.names import OURS
from chatd.transfer.staging import Staging
from chatd.transfer.tree import block_hash
from chatd.wire.files import HASH

_PARTS = 16
"""Of a disk, one of which a file whose end is not known leaves to others."""


class Partial:
    """A file of an entry, open below its staging folder; raises `OSError`.

    The hashes are hints that need not be on the disk: what is kept because of one is read again.
    A file of one block has none.
    """

    def __init__(
        self, staging: Staging, path: tuple[str, ...], mode: int, index: int, size: int | None
    ) -> None:
        self.index = index
        self._staging = staging
        self._beside = (f"{OURS}hashes-{index}",)
        self._hashes: int | None = None
        self.file = staging.open(path, mode)
        if size is None or size > limits.BLOCK:
            try:
                self._hashes = staging.open(self._beside)
            except OSError:
                os.close(self.file)
                raise

    @property
    def blocks(self) -> int:
        """How many blocks are there with a hash, the last one perhaps in part."""
        if self._hashes is None:
            return 0
        size = -(-os.fstat(self.file).st_size // limits.BLOCK)
        return min(size, os.fstat(self._hashes).st_size // HASH)

    def has(self, blocks: int, size: int | None) -> bool:
        """Whether it is as long as so many blocks, or as its size."""
        there = blocks * limits.BLOCK
        return os.fstat(self.file).st_size >= (there if size is None else min(there, size))

    def grows(self, size: int | None) -> bool:
        """Whether a file that was thought to have one block has more."""
        return self._hashes is None and size is not None and size > limits.BLOCK

    def reserve(self, size: int) -> None:
        """Raise `OSError` (ENOSPC) where there is no room for all of a file of this size."""
        there = 512 * os.fstat(self.file).st_blocks
        if size > there and size - there > room(self.file):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def write(self, block: int, data: Buffer, digest: bytes) -> None:
        """Write a block and its hash; EIO where somebody has cut what was before it."""
        if not self.has(block, None):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        write_at(self.file, data, block * limits.BLOCK)
        if self._hashes is not None:
            write_at(self._hashes, digest, block * HASH)

    def keep(self, block: int, digest: bytes) -> bool:
        """Whether a block is there, with this hash: it is read."""
        data = os.pread(self.file, limits.BLOCK, block * limits.BLOCK)
        return block_hash(data) == digest

    def hashes(self, first: int, count: int) -> list[bytes]:
        """The hashes of as many blocks from one on as have any, at most `count`."""
        count = min(count, self.blocks - first)
        if self._hashes is None or count <= 0:
            return []
        data = os.pread(self._hashes, count * HASH, first * HASH)
        return [data[at : at + HASH] for at in range(0, len(data), HASH)]

    def finish(self, size: int, modified: int) -> None:
        """The file is whole, and of this time in nanoseconds since 1970; EIO where somebody has cut
        it meanwhile."""
        there = os.fstat(self.file).st_size
        if there < size:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        if there > size:
            os.ftruncate(self.file, size)
        os.utime(self.file, ns=(modified, modified))

    def forget(self) -> None:
        """Remove the hashes, which nobody asks for any more."""
        if self._hashes is not None:
            self._staging.remove(self._beside)
            self.close_hashes()

    def close(self) -> None:
        """Let go of both."""
        self.close_hashes()
        os.close(self.file)

    def close_hashes(self) -> None:
        """Let go of the hashes, and leave them as they are."""
        if self._hashes is not None:
            os.close(self._hashes)
            self._hashes = None


def room(descriptor: int, *, has_end: bool = True) -> int:
    """Bytes that may be written to the disk of an open file or folder; less of a file whose end is
    not known."""
    status = os.fstatvfs(descriptor)
    if not status.f_blocks:  # A disk without a size, such as one in memory.
        return limits.OFFERED_SIZE
    left = limits.FREE_LEFT
    if not has_end:
        whole = status.f_blocks * status.f_frsize
        left = max(left, min(limits.INPUT_FREE_LEFT, whole // _PARTS))
    return max(0, status.f_bavail * status.f_frsize - left)
