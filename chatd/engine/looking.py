"""What a person offers, while it is looked at: the list is made in a thread, and may be stopped."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from chatd import limits
from chatd.errors import ChatdError
from chatd.transfer import disks
from chatd.transfer.input_source import InputSource, open_input
from chatd.transfer.manifest import Entry
from chatd.transfer.packed_list import PackedList, packed
from chatd.transfer.source import Source
from chatd.transfer.walk import LeftOut, said, tops, walk


class NothingThere(ChatdError):
    """Nothing of what was named can be sent."""

    text = "there is nothing to send"


class Stopped(ChatdError):
    """The person did not want it any more."""

    text = "it was stopped"


class Looking:
    """One list in the making; `given` is what is remembered of where its tops come from."""

    def __init__(self, id: bytes, first: str, given: dict[str, bytes]) -> None:
        self.id = id
        self.first = first
        self.given = given
        self.found = 0
        """Files and folders so far."""
        self.is_stopped = False
        """To be set by whoever wants no more of it."""
        self.left_out: list[tuple[str, str]] = []
        """What is not sent, and why, as far as anybody reads it."""

    def entries(self) -> PackedList:
        """The list; raises `ChatdError` or `OSError`."""
        entries = packed(self._counted(self._walk()))
        if not len(entries):
            raise NothingThere
        return entries

    def source(self, entries: PackedList) -> disks.Source:
        """What is read of it."""
        return source_of(self.given, entries)

    def close(self) -> None:
        """Nothing is read: what is open is let go of."""

    def _walk(self) -> Iterator[Entry | LeftOut]:
        return walk({name: Path(os.fsdecode(path)) for name, path in self.given.items()})

    def _counted(self, found: Iterable[Entry | LeftOut]) -> Iterator[Entry]:
        for each in found:
            if self.is_stopped:
                raise Stopped
            if isinstance(each, Entry):
                self.found += 1
                yield each
            elif len(self.left_out) < limits.LANDED_SHOWN:
                self.left_out.append((str(each.path), each.why))


def at_paths(id: bytes, paths: Iterable[Path]) -> Looking:
    """Files and folders."""
    named = tops(paths)
    given = {name: bytes(path) for name, path in named.items()}
    return Looking(id, next(iter(named), ""), given)


class LookingAtInput(Looking):
    """What is read once, from the beginning to the end: its size is not known before."""

    def __init__(self, id: bytes, path: str, name: str, modified: float) -> None:
        first = said(os.fsencode(name))
        super().__init__(id, first, {first: b""})
        self._path = path
        self._modified = int(modified)
        self._source: InputSource | None = None

    def source(self, entries: PackedList) -> disks.Source:
        """The input, which `entries` has opened."""
        assert self._source is not None
        return self._source

    def close(self) -> None:
        """Let go of the input."""
        if self._source is not None:
            self._source.close()

    def _walk(self) -> Iterator[Entry | LeftOut]:
        self._source = InputSource(open_input(self._path), self._modified * 10**9)
        yield Entry((self.first,), "file", None, self._modified, False)


def source_of(given: dict[str, bytes], entries: PackedList) -> Source:
    """Where files that lie on the disk are read."""
    paths = {name: Path(os.fsdecode(path)) for name, path in given.items()}
    return Source(paths, entries.__iter__)
