"""What was written and may not be on the disk yet."""

import ctypes
import os

from chatd import limits
from chatd.transfer.staging import Staging

_libc = ctypes.CDLL(None, use_errno=True)


class Unsynced:
    """Files and folders in a staging folder, until `sync` has them on the disk."""

    def __init__(self, staging: Staging) -> None:
        self._staging = staging
        self._files: list[int] = []
        self._folders: set[tuple[str, ...]] = set()
        self._is_much = False

    def file(self, descriptor: int) -> None:
        """A file that is whole; it is closed when it need not be open any more."""
        if len(self._files) < limits.UNSYNCED_FILES:
            self._files.append(descriptor)
        else:
            os.close(descriptor)
            self._is_much = True

    def folder(self, path: tuple[str, ...]) -> None:
        """There are new names, or a new time, in a folder."""
        self._folders.add(path)
        if len(self._folders) > limits.UNSYNCED_FILES:
            self._folders.clear()
            self._is_much = True

    def sync(self) -> None:
        """Have all on the disk; raises `OSError`, and then nothing is forgotten."""
        if self._is_much:
            # One call for thousands of files, where one for each would take minutes.
            sync_disk(self._staging.folder)
        else:
            for descriptor in self._files:
                os.fsync(descriptor)
            for path in self._folders:
                os.fsync(self._staging.enter(path))
        self.close()

    def close(self) -> None:
        """Forget all, and close what is open."""
        while self._files:
            os.close(self._files.pop())
        self._folders.clear()
        self._is_much = False


def sync_disk(folder: int) -> None:
    """Have all of a file system on the disk, by an open folder of it; raises `OSError`."""
    if _libc.syncfs(folder):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
