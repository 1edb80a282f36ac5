"""What is offered: one entry for each file and folder, in the order in which they are sent."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from chatd import limits
from chatd.errors import TooLarge, Unexpected

NAME_PATTERN = r"^(?!\.{1,2}\Z)[^/\x00]+\Z"

FileName = Annotated[str, Meta(min_length=1, max_length=limits.OFFERED_NAME, pattern=NAME_PATTERN)]
"""One part of a path, as its sender's disk has it; `chatd.transfer.names` makes it safe."""
Path = Annotated[tuple[FileName, ...], Meta(min_length=1, max_length=limits.OFFERED_DEPTH)]
Size = Annotated[int, Meta(ge=0, le=limits.OFFERED_SIZE)]
Modified = Annotated[int, Meta(ge=0, le=limits.LAST_SECOND)]


class Entry(Struct, array_like=True, forbid_unknown_fields=True, frozen=True):
    """One file or folder: its names from the top of what is sent, its size in bytes (a folder: 0;
    None for a file whose end is not known, such as a stream), when it was changed (seconds since
    1970), and whether it may be executed (a folder: no)."""

    path: Path
    kind: Literal["file", "folder"]
    size: Size | None
    modified: Modified
    is_executable: bool

    def __post_init__(self) -> None:
        """Raises `ValueError` for what no disk has."""
        longest = max(map(len, self.path))
        # A character has at most four bytes.
        if 4 * longest > limits.OFFERED_NAME < max(map(_length, self.path)):
            raise ValueError("a name is too long")
        if self.kind == "folder" and (self.size != 0 or self.is_executable):
            raise ValueError("a folder is neither long nor executable")


class Listing:
    """The rules for the entries of one offer, looked at one after the other; it keeps the folders
    and forgets the files, however many there are."""

    def __init__(self) -> None:
        self.files = 0
        self.size: int | None = 0
        """Bytes of all files so far; None where one of them is not known."""
        self.known = 0
        """The same, as far as they are."""
        self._folders: dict[tuple[str, ...], tuple[str, ...]] = {(): ()}
        self._names = 0

    @property
    def folders(self) -> int:
        """How many of them there were."""
        return len(self._folders) - 1

    def add(self, entry: Entry) -> None:
        """The next one. Raises `TooLarge` for one more than there may be, `Unexpected` for what is
        in no folder that was there before, and for a folder that was."""
        *_, name = entry.path
        parent = self._folders.get(entry.path[:-1])
        if parent is None:
            raise Unexpected("a file in a folder that was not offered")
        if entry.kind == "folder":
            self._add_folder((*parent, name))
        else:
            self.files += 1
        self.known += entry.size or 0
        self.size = None if self.size is None or entry.size is None else self.known
        self._names += _length(name)
        if (
            self.files + self.folders > limits.OFFERED_ENTRIES
            or self._names > limits.OFFERED_NAMES
            or self.known > limits.OFFERED_SIZE
        ):
            raise TooLarge("more than can be sent at once")

    def _add_folder(self, path: tuple[str, ...]) -> None:
        # The strings in `path` are those of its parent: a deep one takes little more than its name.
        if path in self._folders:
            raise Unexpected("the same folder twice")
        if self.folders == limits.OFFERED_FOLDERS:
            raise TooLarge("more folders than can be sent at once")
        self._folders[path] = path


def _length(name: str) -> int:
    return len(name.encode())
