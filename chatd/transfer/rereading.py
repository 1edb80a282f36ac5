"""What a giver reads again of a file that it goes on with in its midst: whether all before that is
what the taker has (protocol, "Positions and blocks"). Pure decisions."""

from chatd import limits
from chatd.transfer.disks import Block
from chatd.transfer.tree import NOTHING, chained
from chatd.wire.chunk import LeftOutWhy


class Rereading:
    """The blocks of one file before a block, whose chain is to be this."""

    def __init__(self, index: int, blocks: int, chain: bytes) -> None:
        self.index = index
        self._next = 0
        self._blocks = blocks
        self._wanted = chain
        self._chain = NOTHING
        self._credit = 0
        self.is_asked = False
        """Whether the next block was asked for."""
        self.is_wrong = False
        """Whether what is there is not what the taker has."""

    @property
    def left(self) -> int:
        """Bytes that are to be read again yet."""
        return 0 if self.is_wrong else (self._blocks - self._next) * limits.BLOCK

    def has(self, index: int, block: int) -> bool:
        """Whether it is this block that was asked for."""
        return self.is_asked and (index, block) == (self.index, self._next)

    def allow(self) -> None:
        """A block behind these was read: so many of these may be."""
        self._credit = limits.READ_AGAIN

    def wanted(self, *, at_once: bool) -> int | None:
        """The block to be read now; as fast as it goes, or as others are read."""
        if self.is_asked or not self.left or not (at_once or self._credit):
            return None
        self._credit = max(0, self._credit - 1)
        self.is_asked = True
        return self._next

    def was_read(self, got: Block | LeftOutWhy) -> None:
        """What is there."""
        self.is_asked = False
        if not isinstance(got, Block) or not got.data:
            self.is_wrong = True
            return
        self._chain = chained(self._chain, got.digest)
        self._next += 1
        self.is_wrong = self._next == self._blocks and self._chain != self._wanted
