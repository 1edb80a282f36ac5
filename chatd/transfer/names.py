"""Names of files that somebody else chose, made safe for this disk and for a reader.

What lands is what is shown: the rules of `chatd.text` make everything visible that a terminal could
act on or a reader could not see. Beyond them, for a name on a disk:

======================================  ===========================================================
`/` and what looks like it, or like     `_`
the dots of `..`
spaces at the beginning, spaces and     `_`, one for each, so that no name is nothing or means
dots at the end                         another folder, and none is lost on a disk that drops them
a `-` at the beginning                  `_`: no program takes the name for one of its options
the beginning of names of ours          `_` for its dot
longer than a disk takes                cut, with '…', its ending kept
on a disk that does not tell `A` from   `_` for what such disks do not take, also before names of
`a`                                     devices
taken in its folder                     `name (2).ending`
======================================  ===========================================================

A name that is hidden stays so; `is_hidden` says it.
"""

import re
import unicodedata
from itertools import count
from typing import TYPE_CHECKING

from chatd import graphemes, limits, text

if TYPE_CHECKING:
    from chatd.transfer.manifest import Entry

PART = ".part"
"""The ending of what is not whole yet."""
OURS = ".chatd-"
"""The beginning of names of our own, in a folder where things land."""

_LIKE_A_PATH = r"[/\u2024\u2025\u2044\u2215\u29f8]"
_BEGINNING = r"^(?: +|-)"
_END = r"[ .]+\Z"
_NOT_EVERYWHERE = r'[<>:"\\|?*]'
_DEVICE = r"(?i)^(?:con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(?=\.|\Z)"
_PLAIN = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,98}[A-Za-z0-9_-])?")
"""Names that all of this leaves as they are, but for what some disks take for a device."""
_ENDING = r"(?<=[^.])(?:\.tar)?\.[^. ]{1,16}\Z"


def safe(name: str, *, folds: bool = False) -> str:
    """A name for this disk, at most `limits.OFFERED_NAME` bytes, from any text at all; `folds` for
    a disk that does not tell `A` from `a`."""
    if not folds and _PLAIN.fullmatch(name):
        return name
    # Our own sign for a line break would be taken for somebody's imitation when it is shown again.
    shown = text.safe_line(name).replace(text.BREAK, "␊") or "_"
    shown = re.sub(_LIKE_A_PATH, "_", shown)
    shown = re.sub(_BEGINNING, _underscores, re.sub(_END, _underscores, shown))
    if folds:
        shown = re.sub(_DEVICE, r"_\g<0>", re.sub(_NOT_EVERYWHERE, "_", shown))
    if shown.casefold().startswith(OURS):
        shown = "_" + shown[1:]
    return _fit(shown)


def numbered(name: str, number: int) -> str:
    """A safe name, told apart from the one that was there before: `name (2).ending`."""
    return _fit(name, f" ({number})")


def partial(name: str) -> str:
    """What a safe name is called until it is whole."""
    return _cut(name, limits.OFFERED_NAME - len(PART)) + PART


def is_hidden(name: str) -> bool:
    """Whether a safe name is one that is not listed by itself."""
    return name.startswith(".")


def shown(path: tuple[str, ...]) -> str:
    """A path as the other side has it, safe to show, on one line."""
    return "/".join(text.isolate(safe(name)) for name in path)


class LocalNames:
    """Where each entry of one offer lands, below the folder that it is for; no two at one place.

    The same entries in the same order land at the same places, also in another process.
    """

    def __init__(self, *, folds: bool = False) -> None:
        self._folds = folds
        self._folders: dict[tuple[str, ...], tuple[str, ...]] = {(): ()}
        self._taken: set[int] = set()
        self._next: dict[int, count[int]] = {}

    def of(self, entry: "Entry") -> tuple[str, ...]:
        """The path of the next entry, whose folder was there before it."""
        parent = self._folders[entry.path[:-1]]
        local = (*parent, self._free(parent, safe(entry.path[-1], folds=self._folds)))
        if entry.kind == "folder":
            self._folders[entry.path] = local
        return local

    def _free(self, parent: tuple[str, ...], name: str) -> str:
        place = self._place(parent, name)
        if self._take(place):
            return name
        numbers = self._next.setdefault(place, count(2))
        return next(
            other
            for number in numbers
            if self._take(self._place(parent, other := numbered(name, number)))
        )

    def _take(self, place: int) -> bool:
        if place in self._taken:
            return False
        self._taken.add(place)
        return True

    def _place(self, parent: tuple[str, ...], name: str) -> int:
        # A number in the place of a path: of a hundred thousand there are a few megabytes.
        return hash((parent, _folded(name) if self._folds else name))


def _folded(name: str) -> str:
    """The same for all names that any disk takes for one: some fold more than others."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).upper().casefold())


def _underscores(found: re.Match[str]) -> str:
    return "_" * len(found[0])


def _fit(name: str, number: str = "") -> str:
    ending = re.search(_ENDING, name)
    stem, end = (name[: ending.start()], ending[0]) if ending else (name, "")
    return _cut(stem, limits.OFFERED_NAME - _length(number + end)) + number + end


def _cut(name: str, room: int) -> str:
    if _length(name) <= room:
        return name
    return graphemes.fit(name, room + 1 - _length(graphemes.ELLIPSIS), _length)


def _length(name: str) -> int:
    return len(name.encode())
