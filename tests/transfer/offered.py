"""Files that are offered and come, in a test: a giver and the machine between, without either."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from chatd import limits
from chatd.transfer.disks import Position
from chatd.transfer.landing import Landing
from chatd.transfer.manifest import Entry
from chatd.transfer.tree import block_hash

KEY = b"k" * 49
MODIFIED = 1_000_000_000


class Offered:
    """A list of files and folders (None), by their paths in their order."""

    def __init__(self, content: Mapping[str, bytes | None]) -> None:
        self.content = list(content.values())
        self.synced = Position()
        """What the last sync that returned was given."""
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
        """All that is not there yet, with a sync after so many steps; then all has its name."""
        at = landing.position()
        for steps, position in enumerate(self._steps(landing, at), 1):
            if steps % sync_each == 0:
                self._sync(landing, position)
        self._sync(landing, Position(len(self.list)))

    def _sync(self, landing: Landing, position: Position) -> None:
        landing.sync(position)
        self.synced = position

    def _steps(self, landing: Landing, at: Position) -> Iterator[Position]:
        for index, entry in enumerate(self.list):
            data = self.content[index]
            if index >= at.index and data is not None:
                begins = index > at.index or at.modified is None
                yield from self._file(landing, index, entry, data, 0 if begins else at.block)

    def _file(
        self, landing: Landing, index: int, entry: Entry, data: bytes, first: int
    ) -> Iterator[Position]:
        if first == 0:
            landing.begin(index, entry.size, entry.modified)
        for block in range(first, -(-len(data) // limits.BLOCK)):
            part = data[block * limits.BLOCK : (block + 1) * limits.BLOCK]
            assert landing.write(index, block, part, block_hash(part))
            yield Position(index, block + 1, entry.size, entry.modified)
        landing.finish(index, len(data), entry.modified * 10**9, bytes(32))
        yield Position(index + 1)


def tree(folder: Path) -> dict[str, bytes | None]:
    """What lies in a folder, by paths: bytes of files, None for folders."""
    return {
        str(path.relative_to(folder)): None if path.is_dir() else path.read_bytes()
        for path in sorted(folder.rglob("*"))
    }
