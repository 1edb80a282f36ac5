"""Files and folders below an open one, never through a link: no path leads anywhere else, whoever
may exchange what lies there for something else."""

import errno
import os
import stat

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_NEW_FILE = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC

Path = tuple[bytes, ...]


class Below:
    """What lies below an open folder, `root`, which is closed with it; raises `OSError`."""

    def __init__(self, root: int) -> None:
        self.root = root
        self._path: Path = ()
        """The folder in which something was opened last: what follows is mostly in it, too."""
        self._inner = root

    def open(self, path: Path, flags: int, mode: int = 0o600) -> int:
        """A regular file; anything else is ENXIO."""
        descriptor = os.open(path[-1], flags | _FILE, mode, dir_fd=self.enter(path[:-1]))
        try:
            check_regular(descriptor)
        except OSError:
            os.close(descriptor)
            raise
        return descriptor

    def create(self, path: Path, mode: int) -> int:
        """A new regular file; raises `FileExistsError` where there is anything."""
        return os.open(path[-1], _NEW_FILE, mode, dir_fd=self.enter(path[:-1]))

    def enter(self, path: Path) -> int:
        """The handle of a folder, which is ours until the next call."""
        if path != self._path:
            self._leave()
            for name in path:
                outer = self._inner
                self._inner = open_folder(name, outer)
                if outer != self.root:
                    os.close(outer)
            self._path = path
        return self._inner

    def close(self) -> None:
        """Let go of all handles; again is harmless."""
        self._leave()
        if self.root >= 0:
            os.close(self.root)
            self.root = self._inner = -1

    def _leave(self) -> None:
        if self._inner != self.root:
            os.close(self._inner)
        self._inner, self._path = self.root, ()


def open_folder(name: bytes, within: int | None = None) -> int:
    """A folder in an open one, and none through a link; or one by a path of a person, wherever."""
    return os.open(name, _FOLDER | (0 if within is None else os.O_NOFOLLOW), dir_fd=within)


def write_at(descriptor: int, data: bytes | bytearray | memoryview, at: int) -> None:
    """All of it, from this place on."""
    rest = memoryview(data)
    while rest:
        written = os.pwrite(descriptor, rest, at)
        rest, at = rest[written:], at + written


def check_regular(descriptor: int) -> None:
    """Raise `OSError` (ENXIO) for anything but a regular file."""
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise OSError(errno.ENXIO, os.strerror(errno.ENXIO))
