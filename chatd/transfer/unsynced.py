"""What was written and may not be on the disk yet."""

import ctypes
import os

from chatd import limits

_libc = ctypes.CDLL(None, use_errno=True)


class Unsynced:
    """Files and folders below one folder, until `sync` has them on the disk."""

    def __init__(self, folder: int) -> None:
        self._folder = folder
        self._files: list[int] = []
        self._is_many = False

    def file(self, descriptor: int) -> None:
        """A file that is whole; it is closed when it need not be open any more."""
        if len(self._files) < limits.UNSYNCED_FILES:
            self._files.append(descriptor)
        else:
            os.close(descriptor)
            self._is_many = True

    def names(self) -> None:
        """There are new names in a folder."""
        self._is_many = True

    def sync(self) -> None:
        """Have all on the disk; raises `OSError`, and then nothing is forgotten."""
        if self._is_many:
            # One call for thousands of files, where one for each would take minutes.
            _sync_all(self._folder)
        else:
            for descriptor in self._files:
                os.fsync(descriptor)
        self.close()
        self._is_many = False

    def close(self) -> None:
        """Close what is open."""
        while self._files:
            os.close(self._files.pop())


def _sync_all(folder: int) -> None:
    """Have everything on the disk that is on the file system of a folder."""
    if _libc.syncfs(folder):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
