"""The floor of keeping a name: SQLite in a thread, synced, and nothing around it."""

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any


class BareNames:
    """One insert and one commit for each name; whoever waits is told in the reactor's thread."""

    def __init__(self, folder: Path, reactor: Any) -> None:
        self._reactor = reactor
        self._calls: SimpleQueue[tuple[str, Callable[[], None]]] = SimpleQueue()
        self._path = folder / "bare.sqlite3"
        Thread(target=self._run, daemon=True).start()

    def store(self, name: str, then: Callable[[], None]) -> None:
        """Call `then` when it is on the disk."""
        self._calls.put((name, then))

    def _run(self) -> None:
        connection = sqlite3.connect(self._path, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL").fetchone()
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE names (name TEXT PRIMARY KEY, key BLOB) WITHOUT ROWID")
        while True:
            name, then = self._calls.get()
            connection.execute("INSERT INTO names VALUES (?, ?)", (name, os.urandom(33)))
            self._reactor.callFromThread(then)
