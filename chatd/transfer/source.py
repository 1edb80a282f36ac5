"""The files that are sent, read block by block from wherever they lie."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from chatd import limits
from chatd.errors import LocalProtocolError
from chatd.transfer.below import Below, check_regular, open_folder
from chatd.transfer.disks import Block, Lost
from chatd.transfer.manifest import Entry
from chatd.transfer.tree import block_hash

_NO_TEXT = re.compile(rb"\\x([89a-f][0-9a-f])")


class Source:
    """The files of a list, by what its tops are; blocking, one call at a time.

    A file that is read stays open until another one is: it is the same one, whatever gets its name.
    """

    def __init__(self, tops: Mapping[str, Path], entries: Callable[[], Iterator[Entry]]) -> None:
        self._tops = tops
        self._entries = entries
        self._ahead = enumerate(entries())
        self._place: tuple[int, tuple[str, ...]] = (-1, ())
        self._listed: int | None = None
        """How long its file was when the list was made."""
        self._file: int | None = None
        self._top = ""
        self._below: Below | None = None

    def read(self, index: int, block: int) -> Block:
        """A block of the file of this entry; raises `Lost`."""
        if index != self._place[0] or self._file is None:
            self._open(index)
        assert self._file is not None
        at, listed = block * limits.BLOCK, self._listed
        try:
            # A buffer for a whole block takes longer than all else for a small file.
            most = limits.BLOCK if listed is None else min(limits.BLOCK, listed + 1)
            data, status = os.pread(self._file, most, at), os.fstat(self._file)
            if len(data) < min(limits.BLOCK, status.st_size - at):
                data, status = os.pread(self._file, limits.BLOCK, at), os.fstat(self._file)
        except OSError as error:
            raise Lost("unreadable") from error
        return Block(data, block_hash(data), status.st_size, status.st_mtime_ns)

    def close(self) -> None:
        """Nothing more is read for now."""
        self._close_file()
        if self._below is not None:
            self._below.close()
            self._below = None

    def _open(self, index: int) -> None:
        self._close_file()
        path = self._path(index)
        try:
            self._file = self._opened(path[0], tuple(map(str.encode, path[1:])))
        except (FileNotFoundError, NotADirectoryError) as error:
            raise Lost("gone") from error
        except OSError as error:
            raise Lost("unreadable") from error

    def _opened(self, top: str, path: tuple[bytes, ...]) -> int:
        if not path:
            return _open_top(self._tops[top])
        if self._below is None or self._top != top:
            self.close()
            self._below = Below(open_folder(os.fsencode(self._tops[top])))
            self._top = top
        try:
            return self._below.open(path, os.O_RDONLY)
        except FileNotFoundError:
            real = tuple(_NO_TEXT.sub(_byte, name) for name in path)
            if real == path:
                raise
            return self._below.open(real, os.O_RDONLY)

    def _path(self, index: int) -> tuple[str, ...]:
        if index < self._place[0]:
            self._ahead = enumerate(self._entries())
            self._place = (-1, ())
        while self._place[0] < index:
            try:
                at, entry = next(self._ahead)
            except StopIteration:
                raise LocalProtocolError(f"there is no entry {index}") from None
            self._place, self._listed = (at, entry.path), entry.size
        return self._place[1]

    def _close_file(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _open_top(path: Path) -> int:
    """A file that a person named, also through a link."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        check_regular(descriptor)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _byte(found: re.Match[bytes]) -> bytes:
    return bytes.fromhex(found[1].decode())
