"""The vectors of files: lists, hashes and roots, and chunks."""

from typing import Any

import msgspec

from chatd import limits
from chatd.transfer.manifest import Entry
from chatd.transfer.packed_list import packed
from chatd.transfer.tree import NOTHING, block_hash, chained, file_root, list_root, small_root
from chatd.wire import chunk as c

_SIZES = (0, 1, 1024, 1025, 5000, limits.BLOCK, limits.BLOCK + 70_000)
_ENTRIES = [
    Entry(("photos",), "folder", 0, 1_700_000_000, False),
    Entry(("photos", "größe.jpg"), "file", 70_000, 1_700_000_001, False),
    Entry(("run.sh",), "file", 0, 0, True),
    Entry(("from a pipe",), "file", None, limits.LAST_SECOND, False),
]


def _content(size: int) -> bytes:
    """Byte i of a file is i mod 251."""
    return (bytes(range(251)) * (size // 251 + 1))[:size]


def _file(size: int) -> dict[str, Any]:
    content, chain, hashes = _content(size), NOTHING, []
    for at in range(0, size, limits.BLOCK):
        hashes.append(block_hash(content[at : at + limits.BLOCK]))
        chain = chained(chain, hashes[-1])
    root = file_root(size, chain)
    return {
        "size": size,
        "hashes": [each.hex() for each in hashes],
        "chain": chain.hex(),
        "root": root.hex(),
    }


def _chunk() -> dict[str, Any]:
    """One of each piece."""
    digest = block_hash(b"hi")
    pieces: list[c.Piece] = [
        c.Begin(2, 1_700_000_000_123_456_789),
        c.Data(memoryview(b"hi")),
        c.BlockDone(digest),
        c.FileDone(file_root(2, chained(NOTHING, digest))),
        c.Begin(None, 0),
        c.Same(digest),
        c.Changed(3, 5),
        c.LeftOut("gone"),
        c.Whole(memoryview(b"hi"), 1_700_000_000_123_456_789, small_root(b"hi")),
    ]
    return {
        "stream": 3,
        "run": 2,
        "pieces": [c.written(piece).hex() for piece in pieces],
        "body": (c.head(3, 2) + b"".join(map(c.written, pieces))).hex(),
    }


def files() -> dict[str, Any]:
    """A list, files of several sizes with the root of all of them, and a chunk."""
    listed, made = packed(_ENTRIES), [_file(size) for size in _SIZES]
    root = NOTHING
    for each in made:
        root = list_root(root, bytes.fromhex(each["root"]))
    (piece,) = listed.pieces
    return {
        "list": {
            "entries": msgspec.to_builtins(_ENTRIES),
            "piece": piece.hex(),
            "digest": listed.digest.hex(),
        },
        "files": made,
        "root": root.hex(),
        "left_out": list_root(root, NOTHING).hex(),
        "chunk": _chunk(),
    }
