"""The contacts of one profile, at all its servers, and their file."""

import threading
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from chatd import limits
from chatd.client.contacts import Contact, Contacts
from chatd.client.documents import Document, DocumentFile, ServerAddress, check_server

_AtServer = Annotated[list[Contact], Meta(max_length=limits.CONTACTS)]


class _Book(Document, frozen=True):
    servers: dict[ServerAddress, _AtServer]


class ContactBook:
    """Reads the file once, at the start; whoever makes one holds the profile's lock.

    Raises `StorageError` when made, if the file is there and cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._file = DocumentFile(path, _Book, "contacts")
        self._saving = threading.Lock()
        book = self._file.read()
        stored = {} if book is None else book.servers
        self._servers = {server: Contacts(known) for server, known in stored.items()}

    def at(self, server: str) -> Contacts:
        """The contacts at a server's entry, to read and to change; raises `Usage`."""
        return self._servers.setdefault(check_server(server), Contacts())

    def save(self) -> None:
        """Write what changed; may be called in any thread. Raises `StorageError`.

        Each call writes the latest state, so that after any number of them, or after a failure
        and another call, nothing is lost.
        """
        with self._saving:
            servers = list(self._servers.items())
            self._file.write(_Book({server: list(known) for server, known in servers if known}))
