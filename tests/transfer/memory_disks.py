"""Disks of transfers in memory: what is durable and what a crash takes back are told apart."""

import errno
from collections.abc import Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from chatd import limits
from chatd.transfer.disks import Block, Buffer, Lost, Position
from chatd.transfer.manifest import Entry
from chatd.transfer.tree import block_hash
from chatd.wire.chunk import LeftOutWhy


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

    def copy(self) -> "Kept":
        return Kept(list(self.blocks), self.whole, self.omitted)


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

    def crash(self) -> None:
        """Everything since the last `sync` is lost."""
        self.files = {index: kept.copy() for index, kept in self.durable.items()}

    def position(self) -> Position:
        at = self.durable_at
        there = len(self.files.get(at.index, Kept()).blocks)
        if at.modified is None:
            return at
        return replace(at, known=max(0, there - at.block))

    def begin(self, index: int, size: int | None, modified: int) -> None:
        self._check(0)
        self.files.setdefault(index, Kept())

    def write(self, index: int, block: int, data: Buffer, digest: bytes) -> bool:
        self._check(len(data))
        if block_hash(data) != digest:
            return False
        self.writes += 1
        blocks = self.files[index].blocks
        assert block <= len(blocks), "blocks come in order"
        blocks[block : block + 1] = [data]
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

    def omit(self, index: int, why: LeftOutWhy) -> None:
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
