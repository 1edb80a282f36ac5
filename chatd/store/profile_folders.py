"""The folder of all profiles of an account."""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from chatd.files import Lock, StorageError, explained, private_folder, shown, sync_folder
from chatd.store.profile import picking

_NAME = re.compile(r"[0-9a-f]{16}\Z")
_INCOMING = re.compile(r"[0-9a-f]{16}\.incoming\Z")


class ProfileFolders:
    """One folder per profile, with a random name; several processes may use them at once.

    `random` gives as many random bytes as it is asked for.
    """

    def __init__(self, path: Path, random: Callable[[int], bytes]) -> None:
        self._path = path
        self._random = random

    def picking(self) -> Lock:
        """The lock under which all else here is called; raises `StorageError`."""
        private_folder(self._path)
        return picking(self._path)

    def all(self) -> list[Path]:
        """Those that there are; raises `StorageError`."""
        return self._matching(_NAME)

    def free(self) -> Path:
        """A name that no profile has; raises `StorageError`."""
        folder = self._path / self._random(8).hex()
        if os.path.lexists(folder):
            raise StorageError(f"{shown(folder)} is there already", hint="try again")
        return folder

    def install(self, fill: Callable[[Path], None]) -> Path:
        """One more, with what `fill` writes into it: whole, or not at all, whatever happens.

        Raises `StorageError`, and as `fill`.
        """
        folder = self.free()
        incoming = folder.with_name(folder.name + ".incoming")
        with explained("write", folder):
            self._remove_killed()
            try:
                private_folder(incoming)
                fill(incoming)
                os.rename(incoming, folder)
            except BaseException:
                shutil.rmtree(incoming, ignore_errors=True)
                raise
            sync_folder(self._path)
        return folder

    def _remove_killed(self) -> None:
        for folder in self._matching(_INCOMING):
            shutil.rmtree(folder)

    def _matching(self, pattern: re.Pattern[str]) -> list[Path]:
        with explained("read", self._path):
            return [
                self._path / name for name in sorted(filter(pattern.match, os.listdir(self._path)))
            ]
