"""The server that a person was at the last time, for a start that names none."""

from pathlib import Path
from typing import Annotated

from msgspec import Meta

from chatd import limits
from chatd.files import private_folder
from chatd.store.documents import Document, DocumentFile

FILE = "last_server.json"


class LastServer(Document, frozen=True):
    """Where it is, and how it was reached: through TLS, and with authorities of one's own."""

    host: Annotated[str, Meta(min_length=1, max_length=limits.SERVER_ADDRESS)]
    port: Annotated[int, Meta(ge=1, le=65535)]
    tls: bool = False
    ca: str | None = None


def recall(folder: Path) -> LastServer | None:
    """The server, None before the first; raises `StorageError`."""
    return _file(folder).read()


def remember(folder: Path, server: LastServer) -> None:
    """Keep it, if it is not the one that is kept; raises `StorageError`."""
    private_folder(folder)
    if _file(folder).read() != server:
        _file(folder).write(server)


def _file(folder: Path) -> DocumentFile[LastServer]:
    return DocumentFile(folder / FILE, LastServer, "last server")
