"""Whom a person hears when somebody asks: everyone, holders of a card and contacts, or contacts."""

from pathlib import Path
from typing import Literal, get_args

from chatd.store.contacts import Judgement, Known, KnownAs, New
from chatd.store.documents import Document, DocumentFile

FILE = "hearing.json"

Hears = Literal["everyone", "cards", "contacts"]
CHOICES: tuple[Hears, ...] = get_args(Hears)


class _Hearing(Document, frozen=True):
    hears: Hears


class Hearing:
    """The choice of one profile, in memory and in a file of its folder; everyone at first.

    Raises `StorageError`.
    """

    def __init__(self, folder: Path) -> None:
        self._file = DocumentFile(folder / FILE, _Hearing, "hearing")
        stored = self._file.read()
        self.hears: Hears = "everyone" if stored is None else stored.hears

    def choose(self, hears: Hears) -> None:
        """Hear these from now on, and remember it; raises `StorageError`, and then it still holds
        until the end of the process."""
        self.hears = hears
        self._file.write(_Hearing(hears))


def is_heard(hears: Hears, judged: Judgement, *, holds_card: bool) -> bool:
    """Whether a request of somebody is to be shown; a key that changed always is, loudly."""
    match judged:
        case Known() | KnownAs():
            return True
        case New():
            return hears == "everyone" or (hears == "cards" and holds_card)
    return True
