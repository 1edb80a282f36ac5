"""Chunks of files: what is in records of kind 1 (protocol, "Chunks")."""

import struct
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from chatd import limits
from chatd.errors import Malformed
from chatd.wire.codec import Body
from chatd.wire.files import HASH, LAST_MOMENT

_HEAD = struct.Struct(">II")
_DATA = struct.Struct(">BI")
_FILE = struct.Struct(">BQQ")
_WHOLE = struct.Struct(f">BIQ{HASH}s")
_UNKNOWN = 2**64 - 1

HEAD = _HEAD.size
"""Bytes before the pieces of a chunk."""
DATA_HEAD = _DATA.size
"""Bytes before the bytes of a file in a piece."""
WHOLE_HEAD = _WHOLE.size
"""The same of a file that goes over in one piece."""

LeftOutWhy = Literal["gone", "unreadable", "changing", "grown"]
_WHYS: tuple[LeftOutWhy, ...] = ("gone", "unreadable", "changing", "grown")


class Data(Struct, frozen=True):
    """The next bytes of a block."""

    data: memoryview


class Begin(Struct, frozen=True):
    """A file begins, of this size (None: not known) and time."""

    size: int | None
    modified: int


class BlockDone(Struct, frozen=True):
    """That was a block with this hash."""

    digest: bytes


class Same(Struct, frozen=True):
    """The block is as the taker has it, with this hash."""

    digest: bytes


class FileDone(Struct, frozen=True):
    """The file is whole, with this root."""

    root: bytes


class Changed(Struct, frozen=True):
    """The file has another size or time than it had."""

    size: int | None
    modified: int


class LeftOut(Struct, frozen=True):
    """The file does not come."""

    why: LeftOutWhy


class Whole(Struct, frozen=True):
    """A file goes over in this piece: all that is in it, its time, and its root."""

    data: memoryview
    modified: int
    root: bytes


Piece = Data | Begin | BlockDone | Same | FileDone | Changed | LeftOut | Whole
_HASHED: dict[int, type[BlockDone] | type[Same] | type[FileDone]] = {
    2: BlockDone,
    3: Same,
    4: FileDone,
}
_ABOUT_FILE: dict[int, type[Begin] | type[Changed]] = {1: Begin, 5: Changed}


def head(stream: int, run: int) -> bytes:
    """What every chunk begins with."""
    return _HEAD.pack(stream, run)


def data_head(count: int) -> bytes:
    """What stands before so many bytes of a file."""
    return _DATA.pack(0, count)


def whole_head(count: int, modified: int, root: bytes) -> bytes:
    """What stands before all the bytes of a file."""
    return _WHOLE.pack(7, count, modified, root)


def written(piece: Piece) -> bytes:
    """A piece as it goes over."""
    match piece:
        case Data(data):
            return data_head(len(data)) + data
        case Begin(size, modified):
            return _FILE.pack(1, _UNKNOWN if size is None else size, modified)
        case BlockDone(digest):
            return b"\2" + digest
        case Same(digest):
            return b"\3" + digest
        case FileDone(root):
            return b"\4" + root
        case Changed(size, modified):
            return _FILE.pack(5, _UNKNOWN if size is None else size, modified)
        case LeftOut(why):
            return b"\6" + bytes([_WHYS.index(why)])
        case Whole(data, modified, root):
            return whole_head(len(data), modified, root) + data


def read_head(body: Body) -> tuple[int, int]:
    """The stream and the run of a chunk; raises `Malformed`."""
    if len(body) < HEAD:
        raise Malformed
    stream, run = _HEAD.unpack_from(body)
    return stream, run


def read_pieces(body: Body) -> Iterator[tuple[Piece, int]]:
    """The pieces of a chunk, and the bytes of each; raises `Malformed` at the first that is
    none."""
    view, at, end = memoryview(body), HEAD, len(body)
    while at < end:
        piece, size = _piece(view, at)
        at += size
        if at > end:
            raise Malformed
        yield piece, size


def _piece(view: memoryview, at: int) -> tuple[Piece, int]:
    kind = view[at]
    try:
        if kind == 7:
            return _whole(view, at)
        if kind == 0:
            return _data(view, at)
        if kind in _HASHED:
            return _HASHED[kind](bytes(view[at + 1 : at + 1 + HASH])), 1 + HASH
        if kind in _ABOUT_FILE:
            return _about_file(view, at)
        if kind == 6:
            return LeftOut(_WHYS[view[at + 1]]), 2
    except (struct.error, IndexError):
        raise Malformed from None
    raise Malformed


def _data(view: memoryview, at: int) -> tuple[Data, int]:
    _, count = _DATA.unpack_from(view, at)
    begin = at + DATA_HEAD
    if not count:
        raise Malformed
    return Data(view[begin : begin + count]), DATA_HEAD + count


def _whole(view: memoryview, at: int) -> tuple[Whole, int]:
    _, count, modified, root = _WHOLE.unpack_from(view, at)
    if count > limits.SMALL_FILE or modified > LAST_MOMENT:
        raise Malformed
    begin = at + WHOLE_HEAD
    return Whole(view[begin : begin + count], modified, root), WHOLE_HEAD + count


def _about_file(view: memoryview, at: int) -> tuple[Begin | Changed, int]:
    kind, size, modified = _FILE.unpack_from(view, at)
    if modified > LAST_MOMENT or limits.OFFERED_SIZE < size < _UNKNOWN:
        raise Malformed
    return _ABOUT_FILE[kind](None if size == _UNKNOWN else size, modified), _FILE.size
