"""The names that one profile has held, per server, and their file."""

import threading
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from chatd import limits
from chatd.store.documents import Document, DocumentFile, ServerAddress, check_server
from chatd.store.moment import Moment, moment
from chatd.wire.fields import Name


class Held(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A name, and when the server last granted it."""

    name: Name
    at: Moment


_AtServer = Annotated[list[Held], Meta(max_length=limits.HELD_NAMES)]


class _Names(Document, frozen=True):
    servers: dict[ServerAddress, _AtServer]


class HeldNames:
    """Reads the file once; only whoever holds the profile's lock may `record`.

    Raises `StorageError` when made, if the file is there and cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._file = DocumentFile(path, _Names, "profile", unit=path.parent)
        self._recording = threading.Lock()
        names = self._file.read()
        self._servers = {} if names is None else names.servers

    def at(self, server: str) -> list[str]:
        """The names held at a server's entry, the most recent last."""
        return [held.name for held in self.held(server)]

    def held(self, server: str) -> list[Held]:
        """As `at`, with the time of each."""
        return self._servers.get(server, [])

    def all(self) -> dict[str, list[str]]:
        """The names per server."""
        return {server: self.at(server) for server in self._servers}

    def last(self, server: str, name: str) -> datetime | None:
        """When this name was last granted there; None if never."""
        moments = [held.at for held in self.held(server) if held.name == name]
        return max(moments, default=None)

    def record(self, server: str, name: str, now: float) -> None:
        """Store that a name was granted; raises `StorageError`, and then nothing is changed."""
        with self._recording:
            known = self._servers.get(check_server(server), [])
            held = [*(other for other in known if other.name != name), Held(name, moment(now))]
            servers = {**self._servers, server: held[-limits.HELD_NAMES :]}
            self._file.write(_Names(servers))
            self._servers = servers
