"""What one profile keeps per server, in memory and in a file that is written as a whole."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

from chatd.store.documents import Document, DocumentFile, check_server

T = TypeVar("T")


class Book(Generic[T]):
    """What is kept at each server, in a document of a `kind` with `servers`; `load` makes it from
    what is there, or from nothing, and `dump` is the other way. Raises `StorageError` if the file
    is there and cannot be read.

    Whoever makes one holds the profile's lock.
    """

    def __init__(
        self,
        path: Path,
        what: str,
        kind: type[Document],
        load: Callable[..., T],
        dump: Callable[[T], Any],
    ) -> None:
        self._file: DocumentFile[Any] = DocumentFile(path, kind, what)
        stored = self._file.read()
        kept = {} if stored is None else stored.servers
        self._servers = {server: load(each) for server, each in kept.items()}
        self._kind: Callable[[dict[str, Any]], Document] = kind
        self._load = load
        self._dump = dump
        self._saving = threading.Lock()

    def at(self, server: str) -> T:
        """What is kept for a server's entry, to read and to change; raises `Usage`."""
        if server not in self._servers:
            self._servers[check_server(server)] = self._load()
        return self._servers[server]

    def change(self, server: str, does: Callable[[T], object]) -> None:
        """Change what is kept for a server's entry, and write it; raises as `does`, `Usage`,
        `StorageError`."""
        does(self.at(server))
        self.save()

    def has(self, server: str) -> bool:
        """Whether anything was ever kept for a server's entry."""
        return server in self._servers

    def save(self) -> None:
        """Write what changed; may be called in any thread. Raises `StorageError`.

        Each call writes the latest state, so that after any number of them, or after a failure
        and another call, nothing is lost.
        """
        with self._saving:
            kept = dict(self._servers).items()
            servers = {server: self._dump(each) for server, each in kept if each}
            self._file.write(self._kind(servers))
