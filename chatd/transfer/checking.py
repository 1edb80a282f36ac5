"""What an earlier run has left of a transfer, looked at again piece by piece, so that nothing that
has changed on the disk since is taken for whole (protocol, "Positions and blocks")."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress

from chatd import limits
from chatd.transfer.disks import Looked, Position
from chatd.transfer.kept_roots import KeptRoots
from chatd.transfer.names import OURS
from chatd.transfer.staging import Local, Staging
from chatd.transfer.tree import NOTHING, block_hash, chained, file_root, list_root
from chatd.wire.files import HASH

Files = Callable[[], Iterator[tuple[int, Local, int | None]]]
"""All files before a position: their index in the list, their path, and about how many bytes they
have; None for those that have landed."""


class Checking:
    """Looks at the files before a position that lie in the staging folder, and at the blocks of
    the one that was begun there.

    Of what is wrong the hashes are kept as they are, so that only what differs comes again.
    """

    def __init__(
        self, staging: Staging, position: Position, begun: Local, roots: KeptRoots, files: Files
    ) -> None:
        self._staging = staging
        self._position = position
        self._begun = begun
        self._roots = roots
        self._files = files
        self._at = 0
        """Files before this index were looked at."""
        self._until = position.index + 1
        """Those from this one on come anew."""
        self._left = 0
        self._looks = self._look_at_all()

    def look(self) -> Looked:
        """The next `limits.CHECK_BYTES`, or less."""
        looked = 0
        for found in self._looks:
            if isinstance(found, Position):
                return Looked(max(1, self._left), found, self._after(found))
            self._left -= found
            looked += found + limits.PIECE_COST
            if looked >= limits.CHECK_BYTES:
                return Looked(max(1, self._left))
        return Looked(0)

    def comes_anew(self, index: int) -> None:
        """A file begins again, or does not come; those behind it follow."""
        if index >= self._at:
            self._until = min(self._until, index)

    def wants(self, index: int) -> bool:
        """Whether a file is yet to be looked at."""
        return self._at <= index < self._until

    def _after(self, wrong: Position) -> bytes:
        """The root of the list after the file that is wrong, if what is behind it still counts."""
        if wrong.index >= self._until:
            return b""
        return list_root(wrong.roots[:HASH], self._roots.of(wrong.index))

    # -- inside: how many bytes were looked at, or where something is wrong

    def _look_at_all(self) -> Iterator[int | Position]:
        sizes = (size or 0 for _, _, size in self._files())
        self._left = sum(sizes) + self._position.block * limits.BLOCK
        at, before = self._position, NOTHING
        is_wrong, first = False, (at.index, NOTHING)
        for index, local, size in self._files():
            root = self._roots.of(index)
            if size is not None and index < self._until:
                first = min(first, (index, before))
                for found in self._whole(index, local, before, root):
                    is_wrong = is_wrong or isinstance(found, Position)
                    yield found
            before = list_root(before, root)
        is_judged = not is_wrong and first[0] < at.index <= self._until
        if is_judged and before != at.roots[:HASH]:
            # A root is at fault, and nobody knows which: all files that lie here come again.
            self._until = first[0]
            yield Position(first[0], 0, None, None, 0, first[1] + NOTHING)
        elif at.block and self.wants(at.index):
            yield from self._begun_one()

    def _whole(
        self, index: int, local: Local, before: bytes, root: bytes
    ) -> Iterator[int | Position]:
        if root == NOTHING:
            return
        chain, size = NOTHING, 0
        hashes = _Hashes(self._staging, index)
        try:
            for block, data in enumerate(self._blocks(local)):
                digest = block_hash(data)
                hashes.set(block, digest)
                chain, size = chained(chain, digest), size + len(data)
                yield len(data)
        except OSError:
            chain = NOTHING
        finally:
            hashes.close()
        self._at = index + 1
        if file_root(size, chain) != root:
            known = -(-size // limits.BLOCK) if size > limits.BLOCK else 0
            yield Position(index, 0, None, None, known, before + NOTHING)
        else:
            hashes.remove()

    def _begun_one(self) -> Iterator[int | Position]:
        at, wrong = self._position, None
        right = kept = NOTHING
        """The chains of what is there, and of what was kept of it."""
        block = 0
        hashes = _Hashes(self._staging, at.index)
        try:
            for block, data in enumerate(self._blocks(self._begun, at.block)):
                if not self.wants(at.index):
                    return
                digest, hint = block_hash(data), hashes.of(block)
                if digest != hint:
                    wrong = wrong or (block, right)
                    hashes.set(block, digest)
                right, kept = chained(right, digest), chained(kept, hint)
                yield len(data)
        except OSError:
            wrong, right = wrong or (block, right), NOTHING
        finally:
            known = hashes.count
            hashes.close()
        self._at = at.index + 1
        if right == at.roots[HASH:]:
            return
        # Where even what was kept is at fault, nobody knows which block is.
        first, chain = wrong if wrong and kept == at.roots[HASH:] else (0, NOTHING)
        begun = (at.size, at.modified) if first else (None, None)
        known = min(known, self._blocks_of(self._begun))
        yield Position(at.index, first, *begun, max(0, known - first), at.roots[:HASH] + chain)

    def _blocks_of(self, local: Local) -> int:
        try:
            file = self._staging.open_there(local)
        except OSError:
            return 0
        try:
            return -(-os.fstat(file).st_size // limits.BLOCK)
        finally:
            os.close(file)

    def _blocks(self, local: Local, most: int = -1) -> Iterator[memoryview]:
        file = self._staging.open_there(local)
        block = memoryview(bytearray(limits.BLOCK))
        try:
            number = 0
            while number != most:
                length = os.preadv(file, [block], number * limits.BLOCK)
                if not length:
                    return
                yield block[:length]
                number += 1
        finally:
            os.close(file)


class _Hashes:
    """Those of the blocks of a file; what cannot be read or written is not known."""

    def __init__(self, staging: Staging, index: int) -> None:
        self._staging = staging
        self._name = (f"{OURS}hashes-{index}",)
        self._file = -1
        with suppress(OSError):
            self._file = staging.open(self._name)

    @property
    def count(self) -> int:
        """How many there are, the first without a gap."""
        return os.fstat(self._file).st_size // HASH if self._file >= 0 else 0

    def of(self, block: int) -> bytes:
        with suppress(OSError):
            return os.pread(self._file, HASH, block * HASH)
        return b""

    def set(self, block: int, digest: bytes) -> None:
        with suppress(OSError):
            os.pwrite(self._file, digest, block * HASH)

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)

    def remove(self) -> None:
        with suppress(OSError):
            self._staging.remove(self._name)
