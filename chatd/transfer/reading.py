"""One run of a stream at its giver: what is read, and the pieces that come of it (protocol,
"Chunks"). Pure decisions."""

from collections import Counter, deque
from collections.abc import Iterator

from msgspec import Struct

from chatd import limits
from chatd.errors import Unexpected
from chatd.transfer.disks import Block, Lost, Source
from chatd.transfer.outgoing import Outgoing
from chatd.transfer.packed_list import PackedList, grown_by, may_grow, may_have
from chatd.transfer.rereading import Rereading
from chatd.transfer.tree import NOTHING, chained, file_root, list_root
from chatd.wire.chunk import Begin, Changed, FileDone, LeftOut, LeftOutWhy, Same, Whole
from chatd.wire.files import HASH, From

Got = Block | LeftOutWhy
"""What comes of a read, or why nothing does."""


class Read(Struct, frozen=True):
    """Read this block of the file of this entry, and then the first of those of the entries `more`,
    which are thought to have no other; run and turn tell apart what is asked twice."""

    run: int
    turn: int
    index: int
    block: int
    more: tuple[int, ...] = ()

    @property
    def indices(self) -> tuple[int, ...]:
        """All entries of which something is read."""
        return (self.index, *self.more)

    def carry_out(self, source: Source) -> Iterator[Got]:
        """From the disk; raises `NotYet`."""
        for index in self.indices:
            try:
                yield source.read(index, self.block)
            except Lost as lost:
                yield lost.why


class Reading:
    """From the position that a taker has named to the end of the list; what is read is given in
    the order in which it was asked for."""

    def __init__(self, entries: PackedList, start: From, changes: Counter[int]) -> None:
        self._entries = entries
        self._changes = changes
        self._run, self._turn = start.run, 0
        self.index = entries.next_file(start.index)
        """The entry whose pieces are made."""
        self._block = start.block
        self._is_begun = start.block > 0
        self._size, self._modified = start.size, start.modified or 0
        self._list_root, self._chain = start.roots[:HASH], start.roots[HASH:]
        self._known_from, self._known_to = start.block, start.block + start.known
        self._known: deque[bytes] = deque()
        self._is_stopped = False
        self._ahead = (self.index, self._block)
        """What is read next."""
        self._asked: deque[tuple[Read, int]] = deque()
        """With the bytes that are expected."""
        self._coming = 0
        self._read: deque[tuple[int, int, Got]] = deque()
        """What has come of that, by entry and block; the first may wait for the hash that the taker
        has."""
        self.outgoing = Outgoing()
        """What has been made of it."""
        self._grown = start.grown
        self._again: Rereading | None = None
        self._end: int | None = None
        """How long the file is that has come to its end, until all before was read again."""

    def read_again(self) -> None:
        """The file that was begun in an earlier run is read again before it is said to be whole."""
        if self._block and self._size is not None:
            self._again = Rereading(self.index, self._block, self._chain)

    @property
    def has_read_again(self) -> bool:
        """Whether nothing is read again any more."""
        return self._again is None

    @property
    def unchecked(self) -> int:
        """Bytes that are read again, where nothing else is done."""
        return self._again.left if self._again is not None and self._end is not None else 0

    @property
    def root(self) -> bytes | None:
        """The root of the list, once all is read."""
        return self._list_root if self.index == len(self._entries) else None

    def wanted(self) -> list[Read]:
        """What is to be read now."""
        reads = self._wanted_again()
        here = self.outgoing.held + sum(_bytes(got) for *_, got in self._read) + self._coming
        while not self._is_stopped and self._ahead[0] < len(self._entries):
            if here >= limits.READ_AHEAD or len(self._asked) >= limits.READS:
                break
            read, size = self._read_ahead()
            reads.append(read)
            self._asked.append((read, size))
            self._coming += size
            here += size
        return reads

    def _read_ahead(self) -> tuple[Read, int]:
        """What is asked for next, and the bytes that are expected."""
        index, block = self._ahead
        small, size = ([], 0) if block else self._entries.small_files(index)
        if len(small) > 1:
            self._ahead = self._entries.next_file(small[-1] + 1), 0
            return Read(self._run, self._turn, index, 0, tuple(small[1:])), size
        self._ahead = self._after(index, block)
        return Read(self._run, self._turn, index, block), self._expected(index, block)

    def _wanted_again(self) -> list[Read]:
        if self._again is None or self._is_stopped:
            return []
        block = self._again.wanted(at_once=self._end is not None)
        return [] if block is None else [Read(self._run, self._turn, self._again.index, block)]

    def was_read(self, read: Read, found: list[Got]) -> None:
        """What was asked for, or why it cannot be read."""
        again = self._again
        if again is not None and read.turn == self._turn and again.has(read.index, read.block):
            again.was_read(found[0])
            self._has_read_again(again, found[0])
        elif self._asked and self._asked[0][0] == read:
            self._coming -= self._asked.popleft()[1]
            for index, got in zip(read.indices, found, strict=True):
                self._read.append((index, read.block, got))
            self._go_on()

    def blocks(self, first: int, hashes: list[bytes]) -> None:
        """What the taker has; raises `Unexpected` for what is not due."""
        told = self._known_from + len(self._known)
        if first != told or told + len(hashes) > self._known_to:
            raise Unexpected
        if len(self._known) + len(hashes) > limits.BLOCKS_AHEAD:
            raise Unexpected
        self._known.extend(hashes)
        self._go_on()

    # -- inside

    def _has_read_again(self, again: Rereading, got: Got) -> None:
        if again.is_wrong and not self._is_stopped and self.index == again.index:
            self._again = self._end = None
            self._change(got) if isinstance(got, Block) else self._leave_out(got)
            self._go_on()
        elif not again.left:
            self._again, end = None, self._end
            if end is not None:
                self._end = None
                self._finish(end)
                self._go_on()

    def _go_on(self) -> None:
        """Make pieces of what was read, as far as it can be compared."""
        while self._read and not self._is_stopped and self._end is None:
            index, block, got = self._read[0]
            if (index, block) != (self.index, self._block):
                self._read_again()
            elif not isinstance(got, Block):
                self._read.popleft()
                self._leave_out(got)
            elif not self._can_compare():
                return
            else:
                self._read.popleft()
                self._take_block(got)
        if self._end is not None:
            return
        following = self._ahead
        if self._asked:
            read, _ = self._asked[0]
            following = read.index, read.block
        if following != (self.index, self._block):
            self._read_again()

    def _read_again(self) -> None:
        """From what is due, as that is not what was expected."""
        self._read.clear()
        self._asked.clear()
        self._coming = 0
        self._ahead = (self.index, self._block)
        self._turn += 1
        if self._again is not None:
            self._again.is_asked = False

    def _can_compare(self) -> bool:
        return self._block >= self._known_to or bool(self._known)

    def _take_block(self, got: Block) -> None:
        if self._block == 0 and not self._is_begun:
            if self._has_grown(got.size):
                self._leave_out("grown")
                return
            if got.size == len(got.data) <= limits.SMALL_FILE and self._known_to <= 0:
                self._add_whole(got)
                return
            self._is_begun, self._size, self._modified = True, got.size, got.modified
            self.outgoing.add(Begin(got.size, got.modified))
        elif (got.size, got.modified) != (self._size, self._modified):
            self._change(got)
            return
        if self._size is not None and len(got.data) != self._expected(self.index, self._block):
            self._change(got)
            return
        before = self._block
        if got.data:
            self._add_block(got)
        if self._is_end(before, len(got.data)):
            end = before * limits.BLOCK + len(got.data)
            end = end if self._size is None else self._size
            if self._again is None:
                self._finish(end)
            else:
                self._end = end

    def _has_grown(self, size: int | None) -> bool:
        """Whether a file of this size is too much, by itself or with those before."""
        listed = self._entries[self.index].size
        if size is None or listed is None or (size <= listed and not self._grown):
            return False
        grown = self._grown + grown_by(listed, size)
        return size > may_have(listed) or grown > may_grow(self._entries.size)

    def _add_block(self, got: Block) -> None:
        is_known = self._block < self._known_to and self._known.popleft() == got.digest
        if is_known and self._size is not None:
            self.outgoing.add(Same(got.digest))
        else:
            self.outgoing.add_block(got)
        self._chain = chained(self._chain, got.digest)
        self._block += 1
        if self._again is not None:
            self._again.allow()
        self._known_from = max(self._known_from, self._block)

    def _add_whole(self, got: Block) -> None:
        size = len(got.data)
        root = file_root(size, chained(NOTHING, got.digest) if size else NOTHING)
        self.outgoing.add_whole(Whole(memoryview(got.data), got.modified, root))
        self._grown += grown_by(self._entries[self.index].size, size)
        self._next(root)

    def _is_end(self, block: int, count: int) -> bool:
        if self._size is None:
            return count < limits.BLOCK
        return block * limits.BLOCK + count >= self._size

    def _finish(self, size: int) -> None:
        root = file_root(size, self._chain)
        self._grown += grown_by(self._entries[self.index].size, size)
        self.outgoing.add(FileDone(root))
        self._next(root)

    def _leave_out(self, why: LeftOutWhy) -> None:
        self.outgoing.add(LeftOut(why))
        self._next(NOTHING)

    def _next(self, root: bytes) -> None:
        self._list_root, self._chain = list_root(self._list_root, root), NOTHING
        self.index, self._block = self._entries.next_file(self.index + 1), 0
        self._is_begun, self._size = False, None
        self._again = self._end = None
        self._known_from = self._known_to = 0
        self._known.clear()

    def _change(self, got: Block) -> None:
        self._changes[self.index] += 1
        if self._changes[self.index] > limits.FILE_CHANGES:
            self._leave_out("changing")
        elif self._has_grown(got.size):
            self._leave_out("grown")
        else:
            self.outgoing.add(Changed(got.size, got.modified))
            self._is_stopped = True

    def _expected(self, index: int, block: int) -> int:
        """How many bytes this block has, as far as we know."""
        size = self._length(index)
        rest = limits.BLOCK if size is None else size - block * limits.BLOCK
        return max(0, min(limits.BLOCK, rest))

    def _length(self, index: int) -> int | None:
        if index == self.index and self._is_begun:
            return self._size
        return self._entries[index].size

    def _after(self, index: int, block: int) -> tuple[int, int]:
        size = self._length(index)
        if size is None or (block + 1) * limits.BLOCK < size:
            return index, block + 1
        return self._entries.next_file(index + 1), 0


def _bytes(got: Got) -> int:
    return len(got.data) if isinstance(got, Block) else 0
