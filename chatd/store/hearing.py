"""What a person wants to hear of: who may ask (everyone, holders of a card and contacts, or those
alone), whether they are called to the terminal at all, and of whose coming they are told."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta
from msgspec.structs import replace

from chatd import limits
from chatd.store.contact import Hears
from chatd.store.documents import Document, DocumentFile
from chatd.wire.fields import Name

FILE = "hearing.json"


class _Hearing(Document, frozen=True):
    hears: Hears = "everyone"
    muted: bool = False
    awaited: Annotated[tuple[Name, ...], Meta(max_length=limits.WAITED_FOR)] = ()


class Hearing:
    """The choices of one profile, in memory and in a file of its folder; everyone is heard at
    first, nobody muted and nobody waited for.

    Raises `StorageError`. What is chosen holds until the end of the process also if that is raised.
    """

    def __init__(self, folder: Path) -> None:
        self._file = DocumentFile(folder / FILE, _Hearing, "hearing")
        self._chosen = self._file.read() or _Hearing()
        self._saving = threading.Lock()

    @property
    def hears(self) -> Hears:
        """Whose requests are heard."""
        return self._chosen.hears

    @property
    def muted(self) -> bool:
        """Whether the person is called for nobody."""
        return self._chosen.muted

    @property
    def awaited(self) -> tuple[str, ...]:
        """The names of whom the person waits for."""
        return self._chosen.awaited

    def choose(self, hears: Hears) -> None:
        """Hear these from now on, and remember it; raises `StorageError`."""
        self._change(hears=hears)

    def mute(self, *, muted: bool) -> None:
        """Call the person for nobody, or again, and remember it; raises `StorageError`."""
        self._change(muted=muted)

    def wait_for(self, names: Sequence[str]) -> None:
        """Wait for these, at most `limits.WAITED_FOR`, and remember it; raises `StorageError`."""
        self._change(awaited=tuple(names))

    def _change(self, **fields: Any) -> None:
        with self._saving:
            self._chosen = replace(self._chosen, **fields)
            self._file.write(self._chosen)
