"""A file to which records are added, of which those count that are whole."""

import os
import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

import msgspec

from chatd import limits
from chatd.transfer.below import write_at

R = TypeVar("R", bound=msgspec.Struct)

_HEAD = struct.Struct(">HI")


class Journal(Generic[R]):
    """Records of one union of tagged structs, in a file that is open for reading and writing.

    What a crash, a full disk or a loss of power left of the last ones is passed over, and written
    over by the next. Raises `OSError`.
    """

    def __init__(self, descriptor: int, union: object) -> None:
        self._file = descriptor
        self._decoder: msgspec.msgpack.Decoder[R] = msgspec.msgpack.Decoder(union)
        self._end = 0
        try:
            for record in self._read():
                self._end += _HEAD.size + len(record)
        except OSError:
            self.close()
            raise

    def __iter__(self) -> Iterator[R]:
        """All records, in their order, from the file."""
        return map(self._decoder.decode, self._read(self._end))

    def add(self, records: Iterable[R]) -> None:
        """Have these on the disk, after those that are there: all of them, or an error."""
        data = b"".join(map(framed, records))
        if os.fstat(self._file).st_size > self._end:
            os.ftruncate(self._file, self._end)  # What does not count now never shall.
        write_at(self._file, data, self._end)
        os.fsync(self._file)
        self._end += len(data)

    def close(self) -> None:
        """Let go of the file; again is harmless."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _read(self, end: int | None = None) -> Iterator[bytes]:
        at, data = 0, b""
        while True:
            if len(data) < _HEAD.size + limits.JOURNAL_RECORD:
                data += os.pread(self._file, limits.JOURNAL_READ, at + len(data))
            record = _first(data)
            if record is None or at == end:
                return
            yield record
            size = _HEAD.size + len(record)
            at, data = at + size, data[size:]


def framed(record: msgspec.Struct) -> bytes:
    """A record as it stands in the file."""
    data = msgspec.msgpack.encode(record)
    return _HEAD.pack(len(data), zlib.crc32(data)) + data


def _first(data: bytes) -> bytes | None:
    """The record at the beginning, if it is whole."""
    if len(data) < _HEAD.size:
        return None
    length, check = _HEAD.unpack_from(data)
    record = data[_HEAD.size : _HEAD.size + length]
    return record if len(record) == length > 0 and zlib.crc32(record) == check else None
