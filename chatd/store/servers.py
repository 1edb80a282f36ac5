"""The servers that an account knows, in a file that all its processes share."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from chatd import limits
from chatd.files import Lock, lock_within, private_folder
from chatd.store.documents import DocumentFile, check_server
from chatd.store.known_servers import (
    Entries,
    KnownServer,
    KnownServers,
    Met,
    ServerKeyChanged,
    UnknownServer,
)

__all__ = ["Met", "ServerKeyChanged", "Servers", "UnknownServer"]


class Servers:
    """`clock` gives seconds since 1970, for people to see since when a key is known."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._file = DocumentFile(path, KnownServers, "server keys")

    def entries(self, address: str) -> Entries:
        """Under what profiles keep things of the server at this address; raises `StorageError`."""
        return self._read().entries(address)

    def expected(self, address: str) -> bytes | None:
        """The key (33 bytes) that has to be shown there, None for any; raises `StorageError`."""
        return self._read().expected(address)

    def meet(self, address: str, key: bytes) -> Met:
        """Compare an identity with the kept one, and keep one that is seen for the first time.

        Raises `ServerKeyChanged`, also if another process was faster and saw another key,
        `StorageError`, and `Usage` for what is no address.
        """
        known = self._read()
        after, met = known.meet(check_server(address), key, self._clock())
        if after == known:
            return met
        with self._writing():
            after, met = self._read().meet(address, key, self._clock())
            self._file.write(after)
        return met

    def forget(self, address: str) -> None:
        """Let the server at this address have another key; raises `UnknownServer`."""
        with self._writing():
            self._file.write(self._read().forget(address))

    def of_entries(self, entries: Sequence[str]) -> list[KnownServer]:
        """The servers that one of these entries belongs to; raises `StorageError`."""
        return self._read().of_entries(entries)

    def learn(self, servers: Sequence[KnownServer]) -> dict[str, str]:
        """Keep servers that were known on another machine; those known here stay as they are.

        Gives the names that their entries have here.
        """
        with self._writing():
            known, renamed = self._read().learn(servers)
            self._file.write(known)
        return renamed

    def _writing(self) -> Lock:
        private_folder(self._path.parent)
        return lock_within(self._path.with_suffix(".lock"), limits.FILE_LOCK_SECONDS)

    def _read(self) -> KnownServers:
        return self._file.read() or KnownServers([])
