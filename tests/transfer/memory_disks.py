"""Disks of transfers in memory: what is durable and what a crash takes back are told apart."""

import errno
from collections.abc import Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from chatd import limits
from chatd.transfer.disks import Block, Buffer, Looked, Lost, NewFile, Position
from chatd.transfer.manifest import Entry
from chatd.transfer.tree import NOTHING, block_hash, chained, file_root, list_root, small_root
from chatd.wire.chunk import LeftOutWhy
from chatd.wire.files import HASH


@dataclass
class File:
    """What a giver has under one name."""

    data: bytes
    modified: int = 1
    is_stream: bool = False


class MemorySource:
    """The giver's files; a file that is None is gone."""

    def __init__(self, files: Sequence[File | None], folders: Sequence[int] = ()) -> None:
        self.files = list(files)
        self.folders = set(folders)
        self.reads: list[tuple[int, int]] = []
        self.history: dict[int, list[bytes]] = {index: [] for index in range(len(files))}
        """What was in each file before it changed."""

    def entries(self) -> list[Entry]:
        """The list of them."""
        found: list[Entry] = []
        for index, file in enumerate(self.files):
            if index in self.folders:
                found.append(Entry((f"folder {index}",), "folder", 0, 1, False))
            else:
                size = None if file is None or file.is_stream else len(file.data)
                modified = file.modified if file else 1
                found.append(Entry((f"file {index}",), "file", size, modified, False))
        return found

    def read(self, index: int, block: int) -> Block:
        self.reads.append((index, block))
        file = self.files[index]
        if file is None:
            raise Lost("gone")
        data = file.data[block * limits.BLOCK : (block + 1) * limits.BLOCK]
        size = None if file.is_stream else len(file.data)
        return Block(data, block_hash(data), size, file.modified)

    def close(self) -> None:
        """Nothing to close."""


@dataclass
class Kept:
    """One file at the taker: its blocks, and what it is once it is whole."""

    blocks: list[bytes] = field(default_factory=list)
    whole: bytes | None = None
    omitted: LeftOutWhy | None = None
    root: bytes = NOTHING
    hints: list[bytes] = field(default_factory=list)
    """The hashes of its blocks as they came."""

    def copy(self) -> "Kept":
        return Kept(list(self.blocks), self.whole, self.omitted, self.root, list(self.hints))


class MemoryLanding:
    """The taker's files, before and after `sync`; `room` is how many bytes it takes (None: all),
    and
    `error` what it raises."""

    def __init__(self) -> None:
        self.room: int | None = None
        self.error: int | None = None
        self.files: dict[int, Kept] = {}
        self.durable: dict[int, Kept] = {}
        self.at = self.durable_at = Position()
        self.is_dropped = False
        self.hashes: list[bytes] = []
        """Those that are remembered of a file, whatever is there by now."""
        self.writes = 0
        self.unchecked: list[int] = []
        self.was_wrong = 0

    def is_gone(self) -> bool:
        return False

    def crash(self) -> None:
        """Everything since the last `sync` is lost."""
        self.files = {index: kept.copy() for index, kept in self.durable.items()}
        at = self.durable_at
        end = at.index + 1 if at.block else at.index
        self.unchecked = [index for index in sorted(self.files) if index < end]

    def rot(self, index: int, block: int) -> None:
        """A byte of what is on the disk for good flips; the program does not run."""
        kept = self.durable[index]
        data = bytearray(kept.blocks[block])
        data[len(data) // 2] ^= 1
        kept.blocks[block] = bytes(data)
        if kept.whole is not None:
            kept.whole = b"".join(kept.blocks)[: len(kept.whole)]
        self.files[index] = kept.copy()

    def check(self) -> Looked:
        self._check(0)
        if not self.unchecked:
            return Looked(0)
        wrong = self._look_at(index := self.unchecked.pop(0))
        left = len(self.unchecked)
        if wrong is None:
            return Looked(left)
        self.was_wrong += 1
        after = list_root(wrong.roots[:HASH], self.files[index].root)
        return Looked(left, wrong, after)

    def _look_at(self, index: int) -> Position | None:
        kept, at = self.files[index], self.durable_at
        hashes = [block_hash(block) for block in kept.blocks]
        before = NOTHING
        for each in range(index):
            before = list_root(before, self.files.get(each, Kept()).root)
        if index < at.index:
            chain = NOTHING
            for digest in hashes:
                chain = chained(chain, digest)
            if kept.omitted or file_root(len(b"".join(kept.blocks)), chain) == kept.root:
                return None
            return Position(index, 0, None, None, len(hashes), before + NOTHING)
        chain, wrong = NOTHING, None
        for block in range(at.block):
            if hashes[block] != kept.hints[block] and wrong is None:
                known = len(hashes) - block
                begun = (at.size, at.modified) if block else (None, None)
                wrong = Position(index, block, *begun, known, before + chain)
            kept.hints[block] = hashes[block]
            chain = chained(chain, hashes[block])
        return wrong

    def _comes_anew(self, index: int) -> None:
        if self.unchecked and index >= self.unchecked[0]:
            self.unchecked = [each for each in self.unchecked if each < index]

    def position(self) -> Position:
        at = self.durable_at
        there = len(self.files.get(at.index, Kept()).blocks)
        if at.modified is None:
            return replace(at, is_unchecked=bool(self.unchecked))
        return replace(at, known=max(0, there - at.block), is_unchecked=bool(self.unchecked))

    def begin(self, index: int, size: int | None, modified: int) -> None:
        self._check(0)
        self._comes_anew(index)
        self.files.setdefault(index, Kept())

    def write(self, index: int, block: int, data: Buffer, digest: bytes) -> bool:
        self._check(len(data))
        if block_hash(data) != digest:
            return False
        self.writes += 1
        blocks = self.files[index].blocks
        assert block <= len(blocks), "blocks come in order"
        blocks[block : block + 1] = [data]
        self.files[index].hints[block : block + 1] = [digest]
        return True

    def write_files(self, files: list[NewFile]) -> bool:
        self._check(sum(len(file.data) for file in files))
        if any(small_root(file.data) != file.root for file in files):
            return False
        for file in files:
            self.writes += 1
            self._comes_anew(file.index)
            data = bytes(file.data)
            blocks = [data] if data else []
            hints = list(map(block_hash, blocks))
            self.files[file.index] = Kept(blocks, data, None, file.root, hints)
        return True

    def keep(self, index: int, block: int, digest: bytes) -> bool:
        self._check(0)
        blocks = self.files[index].blocks
        return block < len(blocks) and block_hash(blocks[block]) == digest

    def known(self, index: int, first: int, count: int) -> list[bytes]:
        if self.hashes:
            return self.hashes[first : first + count]
        return [block_hash(block) for block in self.files[index].blocks[first : first + count]]

    def finish(self, index: int, size: int, modified: int, root: bytes) -> None:
        self._check(0)
        kept = self.files[index]
        kept.whole = b"".join(kept.blocks)[:size]
        assert len(kept.whole) == size
        kept.root, kept.blocks = root, kept.blocks[: -(-size // limits.BLOCK)]

    def omit(self, index: int, why: LeftOutWhy) -> None:
        self._comes_anew(index)
        self.files[index] = Kept(omitted=why)

    def sync(self, position: Position) -> None:
        self._check(0)
        self.durable = {index: kept.copy() for index, kept in self.files.items()}
        self.durable_at = position

    def drop(self) -> None:
        self.is_dropped = True

    def _check(self, size: int) -> None:
        if self.error is not None:
            raise OSError(self.error, "no")
        if self.room is not None:
            if size > self.room:
                raise OSError(errno.ENOSPC, "no")
            self.room -= size
