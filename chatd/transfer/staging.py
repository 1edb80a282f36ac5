"""The folder in which a transfer lies until it is whole: `NAME.part`, beside where it will land.

Everything is opened below handles of folders and never through a link, and nobody else can enter
the folder: no path leads anywhere else, whoever else may write where it lies.
"""

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from chatd import limits
from chatd.transfer import names
from chatd.transfer.renaming import rename

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FILE = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
JOURNAL = f"{names.OURS}journal"
_PROBES = (f"{names.OURS}\u00c5", f"{names.OURS.upper()}\u00e5", f"{names.OURS}A\u030a")
"""A name, and two that some disks take for the same."""


class Staging:
    """An open folder for one transfer, `folder` (a handle) below the open folder `target`.

    Paths are those of `names.LocalNames`. Raises `OSError`.
    """

    def __init__(self, target: int, folder: int, name: str) -> None:
        self.target = target
        self.folder = folder
        self._name = name
        self._within: tuple[str, ...] = ()
        """The folder in which something was opened last: what follows is mostly in it, too."""
        self._inner = folder

    def open(self, path: tuple[str, ...], mode: int = 0o600) -> int:
        """A regular file of ours for reading and writing, made if it is not there."""
        descriptor = os.open(path[-1].encode(), _FILE, mode, dir_fd=self.enter(path[:-1]))
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise OSError(errno.ENXIO, os.strerror(errno.ENXIO))
        return descriptor

    def make(self, path: tuple[str, ...]) -> None:
        """A folder, whose own one is there; again is harmless."""
        within = self.enter(path[:-1])
        try:
            os.mkdir(path[-1].encode(), dir_fd=within)
        except FileExistsError:
            os.close(open_folder(path[-1], within))

    def remove(self, path: tuple[str, ...]) -> None:
        """A file that is not there is removed as well."""
        with suppress(FileNotFoundError):
            os.unlink(path[-1].encode(), dir_fd=self.enter(path[:-1]))

    def look(self, name: str) -> tuple[int, bool]:
        """The inode of what is at the top, and whether it is a folder."""
        status = os.stat(name.encode(), dir_fd=self.folder, follow_symlinks=False)
        return status.st_ino, stat.S_ISDIR(status.st_mode)

    def land(self, top: str, name: str) -> None:
        """Move what is at the top to the target; raises `FileExistsError` if the name is taken."""
        rename(self.folder, top.encode(), self.target, name.encode())

    def enter(self, path: tuple[str, ...]) -> int:
        """The handle of a folder, which is ours until the next call."""
        if path != self._within:
            self._leave()
            for name in path:
                outer = self._inner
                self._inner = open_folder(name, outer)
                if outer != self.folder:
                    os.close(outer)
            self._within = path
        return self._inner

    def folds(self) -> bool:
        """Whether the disk takes some names for the same that are not."""
        name, *others = _PROBES
        os.close(self.open((name,)))
        try:
            return any(_is_there(other, self.folder) for other in others)
        finally:
            self.remove((name,))

    def discard(self) -> None:
        """Remove all that is in it, and itself."""
        self.close()
        shutil.rmtree(self._name, dir_fd=self.target)

    def close(self) -> None:
        """Let go of all handles but that of the target; again is harmless."""
        self._leave()
        if self.folder >= 0:
            os.close(self.folder)
            self.folder = self._inner = -1

    def _leave(self) -> None:
        if self._inner != self.folder:
            os.close(self._inner)
        self._inner, self._within = self.folder, ()


def open_target(path: Path) -> int:
    """The folder in which things land, made if it is not there; the person chose it, so that links
    on the way to it are followed. Raises `OSError`."""
    path.mkdir(parents=True, exist_ok=True)
    return os.open(path, _FOLDER)


def candidates(name: str) -> Iterator[str]:
    """The names that a staging folder for something of a safe name may have, in their order."""
    yield names.partial(name)
    for number in range(2, limits.SAME_NAMES):
        yield names.partial(names.numbered(name, number))


def open_folder(name: str, within: int) -> int:
    """A folder that is none through a link."""
    return os.open(name.encode(), _FOLDER | os.O_NOFOLLOW, dir_fd=within)


def _is_there(name: str, folder: int) -> bool:
    try:
        os.stat(name.encode(), dir_fd=folder, follow_symlinks=False)
    except OSError:
        return False
    return True
