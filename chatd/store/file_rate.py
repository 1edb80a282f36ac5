"""How fast a person lets files be sent."""

from pathlib import Path
from typing import Annotated

from msgspec import Meta

from chatd.store.documents import Document, DocumentFile

FILE = "sending.json"


class _FileRate(Document, frozen=True):
    rate: Annotated[int, Meta(ge=1)] | None = None


class FileRate:
    """The choice of one profile, in memory and in a file of its folder; raises `StorageError`."""

    def __init__(self, folder: Path) -> None:
        self._file = DocumentFile(folder / FILE, _FileRate, "sending")
        self.rate = (self._file.read() or _FileRate()).rate
        """Bytes a second that are sent to each person at most; None for any number."""

    def limit(self, rate: int | None) -> None:
        """Send so much from now on, and remember it; raises `StorageError`."""
        self._file.write(_FileRate(rate))
        self.rate = rate
