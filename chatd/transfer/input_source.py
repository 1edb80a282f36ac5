"""What can be read once, such as a pipe: blocks in their order, of which the last are kept."""

import errno
import os
import select
import stat
import time
from collections import deque

from chatd import limits
from chatd.transfer.disks import Block, Lost, NotYet
from chatd.transfer.tree import block_hash

_KEPT = -(-limits.INPUT_KEPT // limits.BLOCK)
_STANDARD = "/dev/stdin"


class InputSource:
    """The one file of a list, from an open descriptor; blocking for `limits.INPUT_POLL_SECONDS` at
    most, one call at a time. `modified` is in nanoseconds since 1970.

    A taker may ask again for what its disk has not got, which its windows bound: so much is kept.
    """

    def __init__(self, descriptor: int, modified: int) -> None:
        self._descriptor: int | None = descriptor
        self._modified = modified
        self._kept: deque[Block] = deque(maxlen=_KEPT)
        self._next = 0
        """The block behind those that are kept."""
        self._begun = bytearray()
        """Of that block."""
        self._is_over = False

    def read(self, index: int, block: int) -> Block:
        """A block; empty behind the end. Raises `NotYet`, and `Lost` for what is not kept."""
        while block >= self._next and not self._is_over:
            self._read_block()
        at = block - self._next + len(self._kept)
        if at < 0:
            raise Lost("gone")
        return self._kept[at] if at < len(self._kept) else self._made(b"")

    def close(self) -> None:
        """Nothing more is read: whoever writes into it is told so by the system."""
        descriptor, self._descriptor = self._descriptor, None
        self._kept.clear()
        if descriptor is not None:
            os.close(descriptor)

    def _read_block(self) -> None:
        while len(self._begun) < limits.BLOCK and not self._is_over:
            self._begun += self._some(limits.BLOCK - len(self._begun))
        if self._begun:
            self._kept.append(self._made(bytes(self._begun)))
            self._next += 1
            self._begun.clear()

    def _some(self, most: int) -> bytes:
        if self._descriptor is None:
            raise Lost("gone")
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        try:
            if not poll.poll(limits.INPUT_POLL_SECONDS * 1000):
                raise NotYet
            data = os.read(self._descriptor, most)
        except BlockingIOError:  # somebody else reads it as well
            raise NotYet from None
        except OSError as error:
            raise Lost("unreadable") from error
        if not data:
            # Where one interrupt ends us and who writes, it shall not look like the end of it.
            time.sleep(limits.INPUT_END_SECONDS)
            self._is_over = True
        return data

    def _made(self, data: bytes) -> Block:
        return Block(data, block_hash(data), None, self._modified)


def open_input(path: str) -> int:
    """A descriptor for what is to be read once. Raises `OSError`."""
    if path == _STANDARD:
        return os.dup(0)  # whoever opened it may have had rights that we have not
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    if stat.S_ISDIR(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    return descriptor
