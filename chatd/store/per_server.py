"""What one profile keeps per server, in memory, and written as a whole."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from chatd.store.documents import check_server

T = TypeVar("T")


class Book(Generic[T]):
    """`new` makes what is kept for one more server, `write` stores all of it.

    Whoever makes one holds the profile's lock.
    """

    def __init__(
        self, stored: dict[str, T], new: Callable[[], T], write: Callable[[dict[str, T]], None]
    ) -> None:
        self._servers = stored
        self._new = new
        self._write = write
        self._saving = threading.Lock()

    def at(self, server: str) -> T:
        """What is kept for a server's entry, to read and to change; raises `Usage`."""
        if server not in self._servers:
            self._servers[check_server(server)] = self._new()
        return self._servers[server]

    def has(self, server: str) -> bool:
        """Whether anything was ever kept for a server's entry."""
        return server in self._servers

    def save(self) -> None:
        """Write what changed; may be called in any thread. Raises `StorageError`.

        Each call writes the latest state, so that after any number of them, or after a failure
        and another call, nothing is lost.
        """
        with self._saving:
            self._write(dict(self._servers))
