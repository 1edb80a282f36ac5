"""Files that are offered and come, in a test: a giver and the machine between, without either."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from chatd import limits
from chatd.transfer.disks import NewFile, Position
from chatd.transfer.landing import Landing
from chatd.transfer.manifest import Entry
from chatd.transfer.tree import NOTHING, block_hash, chained, file_root, list_root

KEY = b"k" * 49
MODIFIED = 1_000_000_000


class Offered:
    """A list of files and folders (None), by their paths in their order."""

    def __init__(self, content: Mapping[str, bytes | None]) -> None:
        self.content = list(content.values())
        self.synced = Position()
        """What the last sync that returned was given."""
        self.came_again: list[tuple[int, int]] = []
        """From which block of which file on something was wrong."""
        self.blocks_again = 0
        self.list = [
            Entry(
                tuple(path.split("/")),
                "folder" if data is None else "file",
                len(data or b""),
                MODIFIED + index,
                path.endswith(".sh"),
            )
            for index, (path, data) in enumerate(content.items())
        ]

    def entries(self) -> Iterator[Entry]:
        """The list from its beginning."""
        return iter(self.list)

    def landing(self, folder: Path) -> Landing:
        """Where they come to."""
        return Landing(folder, KEY, self.entries)

    def come(self, landing: Landing, sync_each: int = 1) -> None:
        """All that is not there yet, with a sync after so many steps; then what was there before is
        looked at, what is wrong of it comes again, and all has its name."""
        at = landing.position()
        for steps, position in enumerate(self.steps(landing, at), 1):
            if steps % sync_each == 0:
                self._sync(landing, position)
        end = Position(len(self.list), roots=self.root(len(self.list)) + NOTHING)
        self._sync(landing, end)
        while (looked := landing.check()).left:
            if (wrong := looked.wrong) is not None:
                assert wrong.roots == self.root(wrong.index) + self.chain(wrong.index, wrong.block)
                self.came_again.append((wrong.index, wrong.block))
                self._again(landing, wrong)
                if looked.after != self.root(wrong.index + 1):  # what is behind does not count
                    for _ in self.steps(landing, Position(wrong.index + 1)):
                        pass
        self._sync(landing, end)

    def _sync(self, landing: Landing, position: Position) -> None:
        landing.sync(position)
        self.synced = position

    def steps(self, landing: Landing, at: Position) -> Iterator[Position]:
        """What comes from a position on, block by block, and files of one block together; where it
        is after each."""
        small: list[NewFile] = []
        for index, entry in enumerate(self.list):
            data = self.content[index]
            if index < at.index or data is None:
                continue
            begins = index > at.index or at.modified is None
            if begins and len(data) <= limits.BLOCK:
                small.append(NewFile(index, data, entry.modified * 10**9, self._root_of(index)))
                continue
            yield from self._files(landing, small)
            yield from self._file(landing, index, entry, data, 0 if begins else at.block)
        yield from self._files(landing, small)

    def _files(self, landing: Landing, small: list[NewFile]) -> Iterator[Position]:
        if small:
            assert landing.write_files(small)
            index = small[-1].index + 1
            small.clear()
            yield Position(index, roots=self.root(index) + NOTHING)

    def _file(
        self, landing: Landing, index: int, entry: Entry, data: bytes, first: int
    ) -> Iterator[Position]:
        if first == 0:
            landing.begin(index, entry.size, entry.modified)
        before = self.root(index)
        for block, part in enumerate(_blocks(data)):
            if block >= first:
                assert landing.write(index, block, part, block_hash(part))
                roots = before + self.chain(index, block + 1)
                yield Position(index, block + 1, entry.size, entry.modified, roots=roots)
        landing.finish(index, len(data), entry.modified * 10**9, self._root_of(index))
        yield Position(index + 1, roots=self.root(index + 1) + NOTHING)

    def _again(self, landing: Landing, wrong: Position) -> None:
        """What is as it was is kept, and the rest written."""
        index, data = wrong.index, self.content[wrong.index] or b""
        if wrong.block == 0:
            landing.begin(index, len(data), 0)
        known = landing.known(index, wrong.block, wrong.known) if wrong.known else []
        for block, part in enumerate(_blocks(data)):
            digest = block_hash(part)
            if known[block - wrong.block : block - wrong.block + 1] == [digest]:
                assert landing.keep(index, block, digest)
            elif block >= wrong.block:
                assert landing.write(index, block, part, digest)
                self.blocks_again += 1
        modified = self.list[index].modified * 10**9
        landing.finish(index, len(data), modified, self._root_of(index))

    def root(self, index: int) -> bytes:
        """That of the list before an entry."""
        root = NOTHING
        for each in range(index):
            if self.content[each] is not None:
                root = list_root(root, self._root_of(each))
        return root

    def _root_of(self, index: int) -> bytes:
        data = self.content[index] or b""
        return file_root(len(data), self.chain(index, len(data)))

    def chain(self, index: int, block: int) -> bytes:
        """That of a file before a block."""
        chain = NOTHING
        for part in _blocks(self.content[index] or b"")[:block]:
            chain = chained(chain, block_hash(part))
        return chain


def _blocks(data: bytes) -> list[bytes]:
    return [data[at : at + limits.BLOCK] for at in range(0, len(data), limits.BLOCK)]


def tree(folder: Path) -> dict[str, bytes | None]:
    """What lies in a folder, by paths: bytes of files, None for folders."""
    return {
        str(path.relative_to(folder)): None if path.is_dir() else path.read_bytes()
        for path in sorted(folder.rglob("*"))
    }
