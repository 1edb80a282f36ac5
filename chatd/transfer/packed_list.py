"""The list of a transfer as it goes over and is kept: its entries, packed into pieces (protocol,
"The list")."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator

import msgspec
from blake3 import blake3

from chatd import limits
from chatd.errors import Malformed, TooLarge, Unexpected
from chatd.transfer.manifest import Entry, Listing

_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(list[Entry])


class PackedList:
    """As many entries as there are, in a few bytes each."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self._firsts: list[int] = []
        """The index of the first entry of each piece."""
        self._before: list[int] = []
        """Bytes of all files before it, as far as they are known."""
        self._count = 0
        self.length = 0
        """Bytes of all pieces."""
        self._hasher = blake3()
        self._listing = Listing()
        self._open: dict[int, list[Entry]] = {}
        """The last pieces that were looked at: that of what is sent, and that of what is read."""
        self._last: tuple[int, list[Entry]] = (0, [])
        """The very last one, by its first entry."""

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Entry]:
        """All entries, in their order; in another thread as well."""
        for piece in tuple(self.pieces):
            yield from _DECODER.decode(piece)

    def __getitem__(self, index: int) -> Entry:
        first, entries = self._last
        if not 0 <= index - first < len(entries):
            first, entries = self._piece_of(index)
        return entries[index - first]

    def _piece_of(self, index: int) -> tuple[int, list[Entry]]:
        which = bisect_right(self._firsts, index) - 1
        entries = self._open.get(which)
        if entries is None:
            entries = self._open[which] = _DECODER.decode(self.pieces[which])
            if len(self._open) > 2:
                del self._open[next(iter(self._open))]
        self._last = self._firsts[which], entries
        return self._last

    @property
    def size(self) -> int | None:
        """Bytes of all files; None where those of one are not known."""
        return self._listing.size

    @property
    def digest(self) -> bytes:
        """The BLAKE3 of all pieces, 32 bytes."""
        return self._hasher.digest()

    def add(self, piece: bytes) -> None:
        """The next piece; raises `Malformed`, `TooLarge` or `Unexpected` for what is none."""
        try:
            entries = _DECODER.decode(piece)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            raise Malformed from None
        if not entries:
            raise Malformed
        self.add_entries(entries, piece)

    def add_entries(self, entries: list[Entry], piece: bytes) -> None:
        """As `add`, where it is known what is in it."""
        self.length += len(piece)
        if max(len(entries) / limits.PIECE_ENTRIES, self.length / limits.LIST) > 1:
            raise TooLarge
        self._before.append(self._listing.known)
        for entry in entries:
            self._listing.add(entry)
        self._hasher.update(piece)
        self._firsts.append(self._count)
        self.pieces.append(piece)
        self._count += len(entries)

    def piece_at(self, first: int) -> int:
        """Which piece begins with this entry; raises `Unexpected` if none does."""
        which = bisect_right(self._firsts, first) - 1
        if which < 0 or self._firsts[which] != first:
            raise Unexpected
        return which

    def next_file(self, index: int) -> int:
        """The index of this entry, or of the next that is no folder; behind the last if there is
        none."""
        while index < self._count and self[index].kind == "folder":
            index += 1
        return index

    def small_files(self, index: int) -> tuple[list[int], int]:
        """The indices of files, from this entry on, that are small enough to be read at one go, and
        what they count together as pieces."""
        found: list[int] = []
        cost = 0
        while index < self._count and len(found) < limits.SMALL_FILES:
            entry = self[index]
            if entry.kind == "file":
                size = limits.BLOCK if entry.size is None else entry.size
                if size > limits.SMALL_FILE or cost + size > limits.SMALL_BYTES:
                    break
                cost += size + limits.PIECE_COST
                found.append(index)
            index += 1
        return found, cost

    def bytes_before(self, index: int) -> int:
        """Of all files before this entry, as far as they are known."""
        if not 0 < index < self._count:
            return self._listing.known if index else 0
        which = bisect_right(self._firsts, index) - 1
        within = range(self._firsts[which], index)
        return self._before[which] + sum(self[each].size or 0 for each in within)


def packed(entries: Iterable[Entry]) -> PackedList:
    """The list of these entries; raises `TooLarge` or `Unexpected`."""
    made = PackedList()
    piece: list[bytes] = []
    some: list[Entry] = []
    size = 0
    for entry in entries:
        one = _ENCODER.encode(entry)
        if piece and (size + len(one) > _ROOM or len(piece) == limits.PIECE_ENTRIES):
            made.add_entries(some, _joined(piece))
            piece, some, size = [], [], 0
        piece.append(one)
        some.append(entry)
        size += len(one)
    if piece:
        made.add_entries(some, _joined(piece))
    return made


_ROOM = limits.LIST_PIECE - 3


def _joined(entries: list[bytes]) -> bytes:
    count = len(entries)
    head = bytes([0x90 | count]) if count < 16 else b"\xdc" + count.to_bytes(2, "big")
    return head + b"".join(entries)


def grown_by(listed: int | None, size: int) -> int:
    """How many bytes a file has beyond what the list says; 0 where that says nothing."""
    return 0 if listed is None else max(0, size - listed)


def may_grow(listed: int | None) -> int:
    """How many bytes all files together may have beyond what the list says of them."""
    if listed is None:
        return limits.OFFERED_SIZE
    return listed // 8 + limits.FILES_GROWTH


def may_have(listed: int | None) -> int:
    """How long a file may be of which the list says so many bytes."""
    if listed is None:
        return limits.OFFERED_SIZE
    return listed + listed // 8 + limits.FILE_GROWTH
