"""One run of a stream at its taker: pieces become what is done on the disk (protocol, "Chunks").
Pure decisions."""

from msgspec import Struct
from msgspec.structs import replace

from chatd import limits
from chatd.errors import ChatdError, Unexpected
from chatd.transfer.disks import NewFile, Position
from chatd.transfer.packed_list import PackedList, grown_by, may_have
from chatd.transfer.steps import (
    BeginFile,
    DiskStep,
    FinishFile,
    KeepBlock,
    OmitFile,
    WriteBlock,
    WriteFiles,
)
from chatd.transfer.tree import NOTHING, chained, file_root, list_root
from chatd.wire.chunk import (
    Begin,
    BlockDone,
    Changed,
    Data,
    FileDone,
    LeftOut,
    LeftOutWhy,
    Piece,
    Same,
    Whole,
)
from chatd.wire.files import HASH


class Grown(ChatdError):
    """A file is longer than was offered."""

    text = "a file has grown too much"


class BadRoot(ChatdError):
    """Every block was right, and the whole is not."""

    text = "a file is not the one that was sent"


class Planned(Struct, frozen=True):
    """What is to be done on the disk, how much of the window it has taken, how many bytes of files
    it has, and where the taker is when it is done."""

    step: DiskStep
    cost: int
    size: int
    after: Position


class Writing:
    """From a position to the end of the list, or to an entry, piece by piece."""

    def __init__(self, entries: PackedList, start: Position, until: int | None = None) -> None:
        self._entries = entries
        self._until = len(entries) if until is None else until
        self._index = entries.next_file(start.index)
        self._block = start.block
        self._size = start.size
        self._modified = start.modified
        self._is_begun = start.block > 0
        self._is_short = False
        """Whether the last block was shorter than others, so that none follows."""
        self._total = start.block * limits.BLOCK
        if start.size is not None:
            self._total = min(self._total, start.size)
        self._grown = start.grown
        self._list_root, self._chain = start.roots[:HASH], start.roots[HASH:]
        self._known_to = start.block + start.known
        self._data: bytearray | memoryview = bytearray()
        """The block that comes, of which so much is there:"""
        self._length = 0
        self._cost = 0
        self._files: list[NewFile] = []
        """Small ones, to be written together, and how many of these have another size than was
        offered."""
        self._resized = 0
        self.changed: Position | None = None
        """Where the next run begins, as the file is another one."""

    @property
    def position(self) -> Position:
        """Everything before it has been planned."""
        known = max(0, self._known_to - self._block)
        roots = self._list_root + self._chain
        if not self._is_begun and not self._block and self._modified is None:
            return Position(self._index, 0, None, None, known, roots, self._grown)
        begun = self._size, self._modified
        return Position(self._index, self._block, *begun, known, roots, self._grown)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is to come any more."""
        return self._index >= self._until

    def take(self, piece: Piece, cost: int) -> list[Planned]:
        """The next piece; raises `Unexpected`, `Grown` or `BadRoot`. Of small files nothing is
        planned before anything else comes, or `rest` is asked for."""
        if self.is_whole or self.changed is not None:
            raise Unexpected
        if type(piece) is Whole:
            self._cost += cost
            self._add_whole(piece)
            return self.rest() if self.is_whole else []
        before = self.rest()
        self._cost += cost
        planned = self._take(piece)
        return before if planned is None else [*before, planned]

    def rest(self) -> list[Planned]:
        """What has come and is not planned."""
        files, self._files = self._files, []
        if not files:
            return []
        resized, self._resized = self._resized, 0
        size = sum(len(file.data) for file in files)
        return [self._plan(WriteFiles(files, resized), size)]

    # -- inside

    def _take(self, piece: Piece) -> Planned | None:
        match piece:
            case Data(data):
                self._add(data)
            case Begin(size, modified):
                return self._begin(size, modified)
            case BlockDone(digest):
                return self._block_done(digest)
            case Same(digest):
                return self._same(digest)
            case FileDone(root):
                return self._file_done(root)
            case LeftOut(why):
                return self._left_out(why)
            case Changed(size, modified):
                self._changed(size, modified)
        return None

    def _add_whole(self, whole: Whole) -> None:
        size, listed = len(whole.data), self._entries[self._index].size
        if self._is_begun:
            raise Unexpected
        if size != listed:
            self._check_growth(size)
            self._grown += grown_by(listed, size)
            self._resized += listed is not None
        self._files.append(NewFile(self._index, whole.data, whole.modified, whole.root))
        self._go_behind(whole.root)

    def _add(self, data: memoryview) -> None:
        before, self._length = self._length, self._length + len(data)
        if not self._is_begun or self._length > self._most:
            raise Unexpected
        if self._length - before == self._most:
            self._data = data  # a whole one stays where it came
            return
        if not before:
            # In one piece, all of it at once: nothing is copied again as it grows.
            self._data = bytearray(self._most)
        self._data[before : self._length] = data

    @property
    def _most(self) -> int:
        """The bytes of the block that comes."""
        if self._is_short:
            return 0
        if self._size is None:
            return limits.BLOCK
        return max(0, min(limits.BLOCK, self._size - self._block * limits.BLOCK))

    def _begin(self, size: int | None, modified: int) -> Planned:
        if self._is_begun:
            raise Unexpected
        self._check_growth(size)
        self._is_begun, self._size, self._modified = True, size, modified
        return self._plan(BeginFile(self._index, size, modified), 0)

    def _check_growth(self, size: int | None) -> None:
        listed = self._entries[self._index].size
        if (size is None and listed is not None) or (size or 0) > may_have(listed):
            raise Grown

    def _block_done(self, digest: bytes) -> Planned:
        length, data = self._length, self._data
        if not length or (self._size is not None and length != self._most):
            raise Unexpected
        step = WriteBlock(self._index, self._block, memoryview(data)[:length], digest)
        self._data, self._length = bytearray(), 0
        return self._next_block(step, digest, length)

    def _same(self, digest: bytes) -> Planned:
        if not self._is_begun or self._length or self._block >= self._known_to:
            raise Unexpected
        if self._size is None or not self._most:
            raise Unexpected
        step = KeepBlock(self._index, self._block, digest)
        return self._next_block(step, digest, self._most)

    def _next_block(self, step: WriteBlock | KeepBlock, digest: bytes, length: int) -> Planned:
        before = self.position
        self._chain = chained(self._chain, digest)
        self._block += 1
        self._total += length
        self._is_short = length < limits.BLOCK
        if self._total > limits.OFFERED_SIZE:
            raise Grown
        planned = self._plan(step, length)
        # Of a file whose size is not known nothing else would say where it ends.
        return replace(planned, after=before) if self._is_short and self._size is None else planned

    def _file_done(self, root: bytes) -> Planned:
        if not self._is_begun or self._length or (self._size is not None and self._most):
            raise Unexpected
        if file_root(self._total, self._chain) != root:
            raise BadRoot
        self._grown += grown_by(self._entries[self._index].size, self._total)
        step = FinishFile(self._index, self._total, self._modified or 0, root)
        return self._next_file(step, root)

    def _left_out(self, why: LeftOutWhy) -> Planned:
        self._data, self._length = bytearray(), 0
        return self._next_file(OmitFile(self._index, why), NOTHING)

    def _next_file(self, step: FinishFile | OmitFile, root: bytes) -> Planned:
        self._go_behind(root)
        return self._plan(step, 0)

    def _go_behind(self, root: bytes) -> None:
        """The next file; that of this one has this root."""
        self._list_root, self._chain = list_root(self._list_root, root), NOTHING
        self._index, self._block = self._entries.next_file(self._index + 1), 0
        self._is_begun = self._is_short = False
        self._size = self._modified = None
        self._total = self._known_to = 0

    def _changed(self, size: int | None, modified: int) -> None:
        if not self._is_begun:
            raise Unexpected
        self._check_growth(size)
        there = max(self._block, self._known_to)
        known = there if size is None else min(there, -(-size // limits.BLOCK))
        self.changed = replace(
            self.position,
            block=0,
            size=size,
            modified=modified,
            known=known,
            roots=self._list_root + NOTHING,
        )

    def _plan(self, step: DiskStep, size: int) -> Planned:
        cost, self._cost = self._cost, 0
        return Planned(step, cost, size, self.position)
