"""What a profile remembers of the transfers with one person, and what lies on the disk of them; all
of it blocks, and is for a thread."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct, field
from msgspec.structs import replace
from twisted.logger import Logger

from chatd import limits
from chatd.errors import ChatdError
from chatd.files import explained
from chatd.store import transfers as ledger
from chatd.store.moment import moment
from chatd.transfer.disks import Gone, Position
from chatd.transfer.landing import Landing, discard
from chatd.transfer.packed_list import PackedList
from chatd.wire.codes import EndOfTransfer

_LOG = Logger()


class NoRoom(ChatdError):
    """There is not enough room."""

    text = "there is not enough room for it"


class NoSuchFile(ChatdError):
    """The disk has no files of such a size."""

    text = "a file of it is larger than that disk takes"


class Kept(Struct):
    """Something that goes on: what is remembered, its list, and where a taken one lands (None as
    long as that is not there) and how far it is."""

    record: ledger.Transfer
    entries: PackedList
    landing: Landing | None = None
    position: Position = Position()


class Memory(Struct):
    """All that is remembered: what goes on, and how others have ended, the oldest first."""

    kept: list[Kept] = field(default_factory=list)
    ended: list[ledger.Transfer] = field(default_factory=list)


class Remembered:
    """With the holder of a key (33 bytes), at a server; `wall_clock` is in seconds since 1970."""

    def __init__(
        self, known: ledger.Transfers, key: bytes, server: str, wall_clock: Callable[[], float]
    ) -> None:
        self._ledger = known
        self._key = key
        self._server = server
        self._wall_clock = wall_clock

    def add(
        self,
        direction: Literal["given", "taken"],
        id: bytes,
        entries: PackedList,
        **more: Any,
    ) -> Kept:
        """Something new. Raises `ChatdError`, also where a taken one cannot land."""
        record = ledger.Transfer(
            direction,
            self._key,
            id,
            self._server,
            entries[0].path[0],
            len(entries),
            entries.size,
            entries.length,
            entries.digest,
            "offered" if direction == "given" else "accepted",
            moment(self._wall_clock()),
            **more,
        )
        kept = self._land_anew(record, entries) if direction == "taken" else Kept(record, entries)
        try:
            self._ledger.add(kept.record, entries.pieces)
        except ChatdError:
            if kept.landing is not None:
                kept.landing.drop()
            raise
        return kept

    def all(self) -> Memory:
        """Everything; what has lain for too long is forgotten. What cannot be read is left as it
        is; what cannot land at the moment has no landing."""
        found = Memory()
        for record in sorted(self._ledger.all(), key=lambda each: each.touched):
            if record.with_whom != self._key:
                continue
            try:
                self._look_at(record, found)
            except (ChatdError, OSError) as error:
                # No failure: nobody has made a mistake, and the words of it have names in them.
                _LOG.warn("a transfer cannot go on: {kind}", kind=type(error).__name__)
        return found

    def touched(self, record: ledger.Transfer, **changes: Any) -> ledger.Transfer:
        """The same, touched now, with these changes; this alone does not block."""
        return replace(record, touched=moment(self._wall_clock()), **changes)

    def is_expired(self, record: ledger.Transfer) -> bool:
        """Whether it was let lie for too long; nor does this."""
        return record.is_expired(moment(self._wall_clock()))

    def store(self, record: ledger.Transfer) -> None:
        """What has changed of it."""
        self._ledger.update(record)

    def forget(self, record: ledger.Transfer) -> None:
        """Both sides know that it is over."""
        self._ledger.forget(record)

    def end(self, record: ledger.Transfer, why: EndOfTransfer, landing: Landing | None) -> None:
        """It is over: after that is stored, nothing is left of it but what is whole."""
        try:
            self.store(self.touched(record, state="over", why=why))
        except ChatdError:
            if landing is not None:
                landing.close()  # Another run finds it, and ends it once more.
            raise
        if landing is not None:
            landing.drop()

    # -- inside

    def _look_at(self, record: ledger.Transfer, found: Memory) -> None:
        if self.is_expired(record):
            self._forget(record)
        elif record.state == "over":
            found.ended.append(record)
        elif record.direction == "given":
            found.kept.append(Kept(record, self._list(record)))
        else:
            found.kept.append(self._landed(record, self._list(record)))

    def _list(self, record: ledger.Transfer) -> PackedList:
        entries = PackedList()
        for piece in self._ledger.pieces(record):
            entries.add(piece)
        return entries

    def land(self, record: ledger.Transfer, entries: PackedList) -> tuple[Landing, Position]:
        """Where something lands that an earlier run has begun, and how far it is; raises `OSError`
        as long as that is not there."""
        place = _path(record.folder), record.key, entries.__iter__, record.place
        landing = Landing(*place)
        return landing, _position(landing)

    def _landed(self, record: ledger.Transfer, entries: PackedList) -> Kept:
        try:
            return Kept(record, entries, *self.land(record, entries))
        except Gone:
            return Kept(record, entries)

    def _land_anew(self, record: ledger.Transfer, entries: PackedList) -> Kept:
        """Find what is there of it, and whether there is room for all if that is nothing."""
        folder = _path(record.folder)
        with explained("use the folder", folder):
            landing = Landing(folder, record.key, entries.__iter__)
            position = _position(landing)
        if position == Position() and (in_the_way := _in_the_way(landing, entries)) is not None:
            landing.drop()
            raise in_the_way
        return Kept(replace(record, place=landing.place), entries, landing, position)

    def _forget(self, record: ledger.Transfer) -> None:
        if record.state != "over" and record.direction == "taken":
            discard(_path(record.folder), record.key, self._list(record)[0])
        self._ledger.forget(record)


def _in_the_way(landing: Landing, entries: PackedList) -> ChatdError | None:
    """Why all of it cannot be there, as far as that is known before."""
    size = entries.size or 0
    if size >= limits.LEAST_LARGEST:
        largest = max(entry.size or 0 for entry in entries)
        if not landing.takes(largest):
            return NoSuchFile()
    return NoRoom() if landing.room() < size else None


def _position(landing: Landing) -> Position:
    try:
        return landing.position()
    except OSError:
        landing.close()
        raise


def _path(stored: bytes) -> Path:
    return Path(os.fsdecode(stored))
