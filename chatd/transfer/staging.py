"""The folder in which a transfer lies until it is whole: `NAME.part`, beside where it will land.

Nobody else can enter it.
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
from chatd.transfer.below import Below, open_folder
from chatd.transfer.renaming import rename

Local = tuple[str, ...]
"""A path below the staging folder, by `names.LocalNames`."""

JOURNAL = f"{names.OURS}journal"
KEY = f"{names.OURS}key"
"""The first record of the journal once more, as all else hangs on it."""
_PROBES = (f"{names.OURS}\u00c5", f"{names.OURS.upper()}\u00e5", f"{names.OURS}A\u030a")
"""A name, and two that some disks take for the same."""


class Staging:
    """An open folder for one transfer, `name` below the open folder `target`; raises `OSError`."""

    def __init__(self, target: int, name: str) -> None:
        self.target = target
        self._name = name.encode()
        self._below = Below(open_folder(self._name, target))

    @property
    def folder(self) -> int:
        """Its handle."""
        return self._below.root

    def open(self, path: Local, mode: int = 0o600) -> int:
        """A regular file of ours for reading and writing, made if it is not there."""
        return self._below.open(_encoded(path), os.O_RDWR | os.O_CREAT, mode)

    def open_empty(self, path: Local, mode: int) -> int:
        """The same, with nothing in it."""
        try:
            return self._below.create(_encoded(path), mode)
        except FileExistsError:
            descriptor = self.open(path, mode)
        try:
            os.ftruncate(descriptor, 0)
        except OSError:
            os.close(descriptor)
            raise
        return descriptor

    def open_there(self, path: Local) -> int:
        """A regular file for reading, where there is one."""
        return self._below.open(_encoded(path), os.O_RDONLY)

    def enter(self, path: Local) -> int:
        """The handle of a folder, which is ours until the next call."""
        return self._below.enter(_encoded(path))

    def make(self, path: Local) -> None:
        """A folder, whose own one is there; again is harmless."""
        within, name = self.enter(path[:-1]), path[-1].encode()
        try:
            os.mkdir(name, dir_fd=within)
        except FileExistsError:
            os.close(open_folder(name, within))

    def remove(self, path: Local) -> None:
        """A file that is not there is removed as well."""
        with suppress(FileNotFoundError):
            os.unlink(path[-1].encode(), dir_fd=self.enter(path[:-1]))

    def look(self, name: str) -> tuple[int, bool]:
        """The inode of what is at the top, and whether it is a folder; ENXIO for what is no file
        either."""
        status = os.stat(name.encode(), dir_fd=self.folder, follow_symlinks=False)
        if not (stat.S_ISDIR(status.st_mode) or stat.S_ISREG(status.st_mode)):
            raise OSError(errno.ENXIO, os.strerror(errno.ENXIO))
        return status.st_ino, stat.S_ISDIR(status.st_mode)

    def land(self, top: str, name: str) -> None:
        """Move what is at the top to the target; raises `FileExistsError` if the name is taken."""
        rename(self.folder, top.encode(), self.target, name.encode())

    def folds(self) -> bool:
        """Whether the disk takes some names for the same that are not."""
        name, *others = _PROBES
        os.close(self.open((name,)))
        try:
            return any(self._is_there(other) for other in others)
        finally:
            self.remove((name,))

    def takes(self, size: int) -> bool:
        """Whether a file of this size may be there, as far as the system knows."""
        name, *_ = _PROBES
        probe = self.open((name,))
        try:
            os.lseek(probe, size, os.SEEK_SET)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            return False
        finally:
            os.close(probe)
            self.remove((name,))
        return True

    def discard(self) -> None:
        """Remove all that is in it, and itself, but nothing that has got its name."""
        try:
            for name in os.listdir(self.folder):
                _remove(name, self.folder)
        finally:
            self.close()
        with suppress(FileNotFoundError, NotADirectoryError):
            os.rmdir(self._name, dir_fd=self.target)

    def close(self) -> None:
        """Let go of all handles but that of the target; again is harmless."""
        self._below.close()

    def _is_there(self, name: str) -> bool:
        with suppress(OSError):
            self.look(name)
            return True
        return False


def open_target(path: Path) -> int:
    """The folder in which things land, made if it is not there; the person chose it, so that links
    on the way to it are followed. Raises `OSError`."""
    path.mkdir(parents=True, exist_ok=True)
    return open_folder(os.fsencode(path))


def _remove(name: str, within: int) -> None:
    if stat.S_ISDIR(os.stat(name, dir_fd=within, follow_symlinks=False).st_mode):
        shutil.rmtree(name, dir_fd=within)
    else:
        os.unlink(name, dir_fd=within)


def candidates(name: str) -> Iterator[str]:
    """The names that a staging folder for something of a safe name may have, in their order."""
    yield names.partial(name)
    for number in range(2, limits.SAME_NAMES):
        yield names.partial(names.numbered(name, number))


def _encoded(path: Local) -> tuple[bytes, ...]:
    return tuple(map(str.encode, path))
