"""Where a transfer lands: in a staging folder first, and under its names when it is whole.

At each `sync` what came is brought to the disk, and after that it is written down how far it is.
Whatever is cut short, the next `Landing` of the same transfer goes on there.
"""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from itertools import islice
from pathlib import Path

from msgspec.structs import replace

from chatd import limits
from chatd.errors import LocalProtocolError
from chatd.transfer.below import open_folder, write_at
from chatd.transfer.checking import Checking
from chatd.transfer.disks import Buffer, Gone, Looked, NewFile, Position
from chatd.transfer.half_done import find, make, staging_name
from chatd.transfer.kept_roots import KeptRoots
from chatd.transfer.landed import Landed
from chatd.transfer.manifest import Entry
from chatd.transfer.names import LocalNames
from chatd.transfer.partial import Partial, room
from chatd.transfer.staging import open_target
from chatd.transfer.tree import NOTHING, block_hash, small_root
from chatd.transfer.unsynced import Unsynced
from chatd.wire.chunk import LeftOutWhy
from chatd.wire.files import HASH

Entries = Callable[[], Iterator[Entry]]
"""The list of a transfer from its beginning, each time that it is called."""


class Landing:
    """The files of a transfer that come into a folder; `key` says which transfer and whose it is.

    What is there of it already is found; where an earlier run has begun it, `place` was the inode
    of the folder (0: not known), and nothing is begun in another one or in the place of one that is
    not there. Blocking, one call at a time. Raises `OSError`, also from the constructor; nothing is
    lost then, and the call may be made again.
    """

    def __init__(
        self, folder: Path, key: bytes, entries: Entries, place: int | None = None
    ) -> None:
        self._entries = entries
        self._folder = folder
        self._file: Partial | None = None
        self._entry: Entry | None = None
        self._local: tuple[str, ...] = ()
        self._tops: dict[str, int] = {}
        self._folders: dict[tuple[str, ...], int] = {}
        self._made: dict[str, int] = {}
        """The inodes of those at the top."""
        with ExitStack() as opened:
            self._target = open_target(folder) if place is None else _open_again(folder)
            opened.callback(os.close, self._target)
            name = staging_name(next(entries()))
            found = find(self._target, name, key)
            if found is None and place and place != self.place:
                raise _gone()
            self._staging, self._journal = found or make(self._target, name, key)
            opened.callback(self._staging.close)
            opened.callback(self._journal.close)
            self._landed = Landed(folder, self._staging, self._journal)
            self._unsynced = Unsynced(self._staging)
            self._roots = KeptRoots(self._staging)
            opened.callback(self._roots.close)
            self._unsynced.folder(())
            self._folds = self._staging.folds()
            at = self._landed.position
            self._seek(at.index)
            files = partial(self._files, at.index)
            self._checking: Checking | None = None
            if (at.index, at.block) > (0, 0):
                self._checking = Checking(self._staging, at, self._local, self._roots, files)
            self._opened = opened.pop_all()

    @property
    def places(self) -> list[Path]:
        """Where things have landed, as far as `limits.LANDED_SHOWN`."""
        return self._landed.places

    @property
    def place(self) -> int:
        """The inode of the folder."""
        return os.fstat(self._target).st_ino

    def takes(self, size: int) -> bool:
        """Whether the disk has files of this size, as far as the system knows."""
        return self._staging.takes(size)

    def is_gone(self) -> bool:
        """Whether the folder is not there any more, or another one is in its place."""
        try:
            return not os.path.samestat(os.stat(self._folder), os.fstat(self._target))
        except OSError:
            return True

    def room(self) -> int:
        """Bytes for which there is room."""
        return room(self._target, has_end=self._entry is None or self._entry.size is not None)

    def position(self) -> Position:
        """Where to go on: what the last `sync` was given, and what is known beyond it."""
        at = replace(self._landed.position, is_unchecked=self._checking is not None)
        if at.modified is None:
            return at
        file = self._open(at.index, at.size)
        if not file.has(at.block, at.size):
            # Somebody has cut it: what is left is looked at before it counts.
            at = replace(at, block=0, roots=at.roots[:HASH] + NOTHING)
        return replace(at, known=max(0, file.blocks - at.block))

    def begin(self, index: int, size: int | None, modified: int) -> None:
        """A file begins, or begins anew with what it has as known blocks."""
        if self._checking is not None:
            self._checking.comes_anew(index)
        self._open(index, size).reserve(size or 0)

    def write(self, index: int, block: int, data: Buffer, digest: bytes) -> bool:
        """Write the next block; nothing, and False, where its hash is another."""
        if block_hash(data) != digest:
            return False
        self._check_room()
        self._open(index).write(block, data, digest)
        return True

    def write_files(self, files: list[NewFile]) -> bool:
        """Write these, which are whole then; none, and False, where the root of one is another."""
        if any(small_root(file.data) != file.root for file in files):
            return False
        self._check_room()
        self._close_file()
        for file in files:
            self._write_file(file, self._go_to(file.index))
        return True

    def keep(self, index: int, block: int, digest: bytes) -> bool:
        """Whether the next block is there already, with this hash; it is read."""
        return self._open(index).keep(block, digest)

    def known(self, index: int, first: int, count: int) -> list[bytes]:
        """The hashes of so many known blocks, from this one on."""
        return self._open(index).hashes(first, count)

    def check(self) -> Looked:
        """Look again at some of what an earlier run has left."""
        looked = self._checking.look() if self._checking is not None else Looked(0)
        if not looked.left:
            self._checking = None
        return looked

    def finish(self, index: int, size: int, modified: int, root: bytes) -> None:
        """A file is whole; its root is right."""
        file = self._open(index, size)
        file.finish(size, modified)
        if self._checking is None or not self._checking.wants(index):
            file.forget()
        file.close_hashes()
        self._file = None
        self._is_whole(file.file, root)

    def omit(self, index: int, why: LeftOutWhy) -> None:
        """A file does not come."""
        if self._checking is not None:
            self._checking.comes_anew(index)
        self._roots.set(index)
        self._open(index).forget()
        self._close_file()
        self._staging.remove(self._local)
        self._next()

    def sync(self, position: Position) -> None:
        """Make everything so far durable and, after that, that it is this far; behind the last
        entry everything has its name when this returns, if nothing is left to be looked at."""
        if self.is_gone():
            raise _gone()
        self._make_folders()
        if self._index < position.index:
            self._seek(position.index)
        if self._entry is None:
            self._end_folders()
        self._unsynced.sync()
        if self._file is not None:
            os.fsync(self._file.file)
        self._roots.sync()
        whole = [top for top, index in self._tops.items() if index < position.index]
        self._landed.reach(position, whole)
        self._tops.clear()
        if self._checking is None:
            self._landed.give_names()

    def drop(self) -> None:
        """Remove what is there in part, and all that was written down; for when the end of the
        transfer is stored elsewhere, as else it would come again."""
        try:
            # Some disks keep what is open, under another name, and no folder goes before that.
            self._checking = None
            self._close_file()
            self._unsynced.close()
            self._roots.close()
            self._journal.close()
            self._staging.discard()
        finally:
            self.close()

    def close(self) -> None:
        """Let go of everything, and leave it as it is; again is harmless."""
        self._close_file()
        self._unsynced.close()
        self._opened.close()

    def _open(self, index: int, size: int | None = None) -> Partial:
        """The file of an entry; the files after it come later, or come anew."""
        if self._file is not None and self._file.index == index and not self._file.grows(size):
            return self._file
        self._close_file()
        mode = self._go_to(index)
        self._file = Partial(self._staging, self._local, mode, index, size)
        self._unsynced.folder(self._local[:-1])
        return self._file

    def _go_to(self, index: int) -> int:
        """Be at the file of an entry, which is to have this mode."""
        self._make_folders()
        if index != self._index:
            self._seek(index)
        if self._entry is None or index != self._index:
            raise LocalProtocolError(f"file {index} in the place of {self._index}")
        return 0o777 if self._entry.is_executable else 0o666

    def _write_file(self, file: NewFile, mode: int) -> None:
        """All of the file at which we are."""
        if self._checking is not None:
            self._checking.comes_anew(file.index)
        descriptor = self._staging.open_empty(self._local, mode)
        try:
            write_at(descriptor, file.data, 0)
            os.utime(descriptor, ns=(file.modified, file.modified))
        except OSError:
            os.close(descriptor)
            raise
        self._unsynced.folder(self._local[:-1])
        self._is_whole(descriptor, file.root)

    def _is_whole(self, descriptor: int, root: bytes) -> None:
        """The file at which we are has come; the next one follows."""
        self._roots.set(self._index, root)
        self._unsynced.file(descriptor)
        if len(self._local) == 1:
            self._tops[self._local[0]] = self._index
        self._next()

    def _check_room(self) -> None:
        if self.room() < limits.BLOCK:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _files(self, end: int) -> Iterator[tuple[int, tuple[str, ...], int | None]]:
        """See `checking.Files`."""
        names = LocalNames(folds=self._folds)
        for index, entry in enumerate(islice(self._entries(), end)):
            local = names.of(entry)
            if entry.kind == "file":
                yield index, local, (entry.size or 0) if self._landed.is_here(local) else None

    def _seek(self, index: int) -> None:
        """Go to an entry, from the beginning: what comes twice gets the same names again."""
        names = LocalNames(folds=self._folds)
        self._ahead = ((entry, names.of(entry)) for entry in self._entries())
        self._index = -1
        self._next()
        while self._index < index:
            self._make_folders()
            if self._index < index:
                self._next()

    def _next(self) -> None:
        self._index += 1
        self._entry, self._local = next(self._ahead, (None, ()))

    def _make_folders(self) -> None:
        """Make the folders that come before the next file."""
        while self._entry is not None and self._entry.kind == "folder":
            self._folders[self._local] = self._entry.modified
            if not self._landed.has_left(self._local[0]):
                self._staging.make(self._local)
                self._unsynced.folder(self._local[:-1])
                if len(self._local) == 1:
                    self._made.setdefault(self._local[0], self._staging.look(self._local[0])[0])
            self._next()

    def _end_folders(self) -> None:
        """Nothing more comes into any folder: each gets its time, and those at the top a name."""
        for path, modified in self._folders.items():
            if not self._landed.has_left(path[0]):
                if len(path) == 1 and self._staging.look(path[0]) != (self._made[path[0]], True):
                    raise OSError(errno.EIO, "another folder is in its place")
                os.utime(self._staging.enter(path), (modified, modified))
                self._unsynced.folder(path)
                self._tops[path[0]] = -1

    def _close_file(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _open_again(folder: Path) -> int:
    try:
        return open_folder(os.fsencode(folder))
    except OSError:
        raise _gone() from None


def _gone() -> Gone:
    return Gone(errno.ENOENT, os.strerror(errno.ENOENT))


def discard(folder: Path, key: bytes, first: Entry) -> None:
    """Remove what there is of a transfer in a folder, by the first entry of its list; raises
    `OSError`."""
    if not folder.exists():
        return
    target = open_target(folder)
    try:
        found = find(target, staging_name(first), key)
        if found is not None:
            staging, journal = found
            journal.close()
            staging.discard()
    finally:
        os.close(target)
