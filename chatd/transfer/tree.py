"""The hashes of files and of their blocks (protocol, "Positions and blocks")."""

from blake3 import blake3

from chatd.wire.files import HASH

NOTHING = bytes(HASH)
"""The chain before the first block, the root of a list before its first file, and of a file that
was left out."""
NO_ROOTS = NOTHING + NOTHING

_BLOCKS = blake3(derive_key_context="chatd/2 blocks")
_FILE = blake3(derive_key_context="chatd/2 file")
_FILES = blake3(derive_key_context="chatd/2 files")


def block_hash(block: bytes | bytearray | memoryview) -> bytes:
    """The hash of a block, 32 bytes."""
    return blake3(block).digest()


def chained(chain: bytes, digest: bytes) -> bytes:
    """The chain of a file after one more block, whose hash this is."""
    return _BLOCKS.copy().update(chain + digest).digest()


def file_root(size: int, chain: bytes) -> bytes:
    """The root of a file of so many bytes, with the chain behind its last block."""
    return _FILE.copy().update(size.to_bytes(8, "big") + chain).digest()


def small_root(data: bytes | bytearray | memoryview) -> bytes:
    """The root of a file of at most one block."""
    return file_root(len(data), chained(NOTHING, block_hash(data)) if data else NOTHING)


def list_root(before: bytes, root: bytes) -> bytes:
    """The root of a list after one more file, whose root this is."""
    return _FILES.copy().update(before + root).digest()
