"""What has landed of a transfer: how far it is, and which names were given to what is whole.

A name is never taken from anything else, and what is to be done is written down before it is done.
"""

import os
from collections.abc import Iterable, Iterator
from itertools import chain, count
from pathlib import Path

from msgspec import Struct

from chatd import limits
from chatd.transfer.disks import Position
from chatd.transfer.journal import Journal
from chatd.transfer.names import numbered
from chatd.transfer.staging import Staging


class Begun(Struct, tag="begun", frozen=True):
    """Which transfer it is."""

    key: bytes


class Named(Struct, tag="named", frozen=True):
    """With the next `Reached`: this at the top of the staging folder gets a name, or has it; the
    inode is that of the file or folder."""

    top: str
    name: str
    inode: int
    is_folder: bool


class Reached(Struct, tag="reached", frozen=True):
    """Everything before this is on the disk, and what was named may be renamed."""

    position: Position


Record = Begun | Named | Reached


class Landed:
    """The state of a staging folder, by its journal; raises `OSError`."""

    def __init__(self, folder: Path, staging: Staging, journal: Journal[Record]) -> None:
        self.position = Position()
        self._folder = folder
        self._staging = staging
        self._journal = journal
        self._names: dict[str, str] = {}
        self._folders: set[str] = set()
        self._pending: dict[str, Named] = {}
        self._unwritten: dict[str, Named] = {}
        """Of these, those that the journal does not have."""
        self._recall()

    @property
    def places(self) -> list[Path]:
        """Where things have landed, as far as `limits.LANDED_SHOWN`."""
        return [self._folder / name for name in self._names.values()]

    def has_left(self, top: str) -> bool:
        """Whether a folder at the top has landed, so that nothing more belongs into it."""
        return top in self._folders

    def is_here(self, local: tuple[str, ...]) -> bool:
        """Whether a file that is whole has not got its name yet, or what it lies in."""
        return local[0] in self._pending if len(local) == 1 else local[0] not in self._folders

    def reach(self, position: Position, tops: Iterable[str]) -> None:
        """Have it on the disk that everything before is there, and that these are whole; may be
        called again after an error."""
        for top in tops:
            if top not in self._pending:
                self._pending[top] = self._unwritten[top] = self._named(top, top)
        self._journal.add([*self._unwritten.values(), Reached(position)])
        self._unwritten.clear()
        self.position = position

    def give_names(self) -> None:
        """Give what is whole, and whatever was cut short, its name; may be called again."""
        if self._pending:
            for named in list(self._pending.values()):
                self._rename(named)
            os.fsync(self._staging.target)
            os.fsync(self._staging.folder)

    def _rename(self, named: Named) -> None:
        for name in _names(named):
            if name != named.name:
                named = self._named(named.top, name)
                self._pending[named.top] = named
                self._journal.add([named, Reached(self.position)])
            try:
                self._staging.land(named.top, name)
            except FileExistsError:
                continue
            self._done(named)
            return

    def _named(self, top: str, name: str) -> Named:
        inode, is_folder = self._staging.look(top)
        return Named(top, name, inode, is_folder)

    def _done(self, named: Named) -> None:
        self._pending.pop(named.top, None)
        if named.is_folder:
            self._folders.add(named.top)
        if named.top in self._names or len(self._names) < limits.LANDED_SHOWN:
            self._names[named.top] = named.name

    def _recall(self) -> None:
        """Read the journal; what was named and still lies there was not renamed."""
        said: dict[str, Named] = {}
        for record in self._journal:
            if isinstance(record, Named):
                said[record.top] = record
            elif isinstance(record, Reached):
                self.position = record.position
                for named in said.values():
                    self._recall_name(named)
                said.clear()

    def _recall_name(self, named: Named) -> None:
        try:
            is_there = self._staging.look(named.top)[0] == named.inode
        except FileNotFoundError:
            is_there = False
        if is_there:
            self._pending[named.top] = named
        else:
            self._done(named)


def _names(named: Named) -> Iterator[str]:
    """The name that was written down, then others."""
    others = (numbered(named.top, number) for number in count(2))
    return chain([named.name], (name for name in others if name != named.name))
