"""The contacts of one profile, at all its servers, and their file."""

from pathlib import Path
from typing import Annotated

from msgspec import Meta

from chatd import limits
from chatd.store.contacts import Contact, Contacts
from chatd.store.documents import Document, DocumentFile, ServerAddress
from chatd.store.per_server import Book

_AtServer = Annotated[list[Contact], Meta(max_length=limits.CONTACTS)]


class _Document(Document, frozen=True):
    servers: dict[ServerAddress, _AtServer]


def contact_book(path: Path) -> Book[Contacts]:
    """Read the file; raises `StorageError` if it is there and cannot be read."""
    file = DocumentFile(path, _Document, "contacts")
    stored = file.read()
    known = {} if stored is None else stored.servers

    def write(servers: dict[str, Contacts]) -> None:
        file.write(_Document({server: list(kept) for server, kept in servers.items() if kept}))

    return Book({server: Contacts(kept) for server, kept in known.items()}, Contacts, write)
