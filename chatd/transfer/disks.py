"""What the machines of transfers want of the disks: called in a thread, one call after the other
for each transfer. All of them may raise `OSError`."""

from typing import Protocol

from msgspec import Struct

from chatd.transfer.tree import NO_ROOTS
from chatd.wire.chunk import LeftOutWhy

Buffer = bytes | bytearray | memoryview


class Position(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """How far a taker is: everything before this block of this entry is done with.

    `size` and `modified` are those of the file that was begun, None for none (or an unknown size);
    `known` blocks from here on are there, and count for nothing yet; `roots` (64 bytes) are the
    root of the list before this file and the chain of this file before this block. `grown` bytes
    are in the files before it beyond what the list says. Where it `is_unchecked`, something before
    it is of an earlier run, and was not looked at since.
    """

    index: int = 0
    block: int = 0
    size: int | None = None
    modified: int | None = None
    known: int = 0
    roots: bytes = NO_ROOTS
    grown: int = 0
    is_unchecked: bool = False


class Looked(Struct, frozen=True):
    """So many bytes of an earlier run are to be looked at yet, 0 for none. Where something is
    `wrong`, the file there has to come again from that block on; with the root of the list `after`
    it, what is behind that file counts as before."""

    left: int
    wrong: Position | None = None
    after: bytes = b""


class Block(Struct, frozen=True):
    """At most `limits.BLOCK` bytes of a file with their hash, and the size (None: not known) and
    the time (in nanoseconds) of the file after they were read; without bytes behind its end."""

    data: Buffer
    digest: bytes
    size: int | None
    modified: int


class NewFile(Struct, frozen=True):
    """A small file as it came in one piece: all that is in it, its time in nanoseconds, and its
    root."""

    index: int
    data: Buffer
    modified: int
    root: bytes


class Lost(Exception):
    """A file cannot be given any more."""

    def __init__(self, why: LeftOutWhy) -> None:
        super().__init__(why)
        self.why: LeftOutWhy = why


class Gone(OSError):
    """The folder in which things land, or its disk, is not where it was."""


class NotYet(Exception):
    """What is to be read has not come: ask again."""


class Source(Protocol):
    """The files of a transfer at its giver."""

    def read(self, index: int, block: int) -> Block:
        """A block of the file of this entry; raises `Lost` or `NotYet`."""

    def close(self) -> None:
        """Nothing more is read for now."""


class Landing(Protocol):
    """The files of a transfer at its taker. What is written is whole blocks, in order; `known`
    ones of a file that has changed stay where they are until they are written anew."""

    def is_gone(self) -> bool:
        """Whether the folder is not there any more, or another one is in its place."""

    def position(self) -> Position:
        """Where to go on: what the last `sync` was given, and what is known beyond it."""

    def begin(self, index: int, size: int | None, modified: int) -> None:
        """A file begins, or begins anew with what it has as known blocks."""

    def write(self, index: int, block: int, data: Buffer, digest: bytes) -> bool:
        """Write the next block; nothing, and False, where its hash is another."""

    def write_files(self, files: list[NewFile]) -> bool:
        """Write these, which are whole then; none, and False, where the root of one is another."""

    def keep(self, index: int, block: int, digest: bytes) -> bool:
        """Whether the next block is there already, with this hash."""

    def known(self, index: int, first: int, count: int) -> list[bytes]:
        """The hashes of so many known blocks, from this one on."""

    def check(self) -> Looked:
        """Look again at some of what an earlier run has left."""

    def finish(self, index: int, size: int, modified: int, root: bytes) -> None:
        """A file is whole; its root is right."""

    def omit(self, index: int, why: LeftOutWhy) -> None:
        """A file does not come."""

    def sync(self, position: Position) -> None:
        """Make everything so far durable and, after that, that it is this far; behind the last
        entry everything has its name when this returns, if nothing is left to be looked at."""

    def drop(self) -> None:
        """Remove what is there in part."""
