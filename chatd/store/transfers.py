"""The transfers that one profile remembers until they are over: what was offered, to or by whom."""

import os
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from chatd import limits
from chatd.files import (
    StorageError,
    explained,
    private_folder,
    read_private,
    remove_leftovers,
    shown,
    write_private,
)
from chatd.store.documents import Damaged, Document, DocumentFile, ServerAddress
from chatd.store.moment import Moment
from chatd.wire.codes import TransferId
from chatd.wire.fields import Key
from chatd.wire.files import Hash, Size

FOLDER = "transfers"
_FILE = re.compile(r"(given|taken)-[0-9a-f]{66}-[0-9a-f]{32}\.json\Z")
_LIST: msgspec.msgpack.Decoder[list[bytes]] = msgspec.msgpack.Decoder(list[bytes])

State = Literal["offered", "accepted", "over"]


class Transfer(Document, frozen=True):
    """One list of files, given to somebody or taken from them.

    `given` has what its tops are on our disk, by their names in the list, '' for what was read from
    an input; `folder` where a taken one lands, '' as long as it is not accepted. Both are bytes, as
    a disk has them. `touched` is when something of it went over last.
    """

    direction: Literal["given", "taken"]
    with_whom: Key
    id: TransferId
    server: ServerAddress
    first: str
    """The first name in the list, as it was said: for whoever looks at the file."""
    entries: Annotated[int, Meta(ge=1, le=limits.OFFERED_ENTRIES)]
    size: Size | None
    length: Annotated[int, Meta(ge=1, le=limits.LIST)]
    digest: Hash
    state: State
    touched: Moment
    is_paused: bool = False
    why: str = ""
    """How it ended, '' as long as it has not."""
    given: dict[str, bytes] = msgspec.field(default_factory=dict)
    folder: bytes = b""
    number: Annotated[int, Meta(ge=0)] = 0
    """What a person types for it, 0 for nothing."""
    place: Annotated[int, Meta(ge=0)] = 0
    """The inode of `folder`, 0 where it is not known."""
    rank: Annotated[int, Meta(ge=0)] = 0
    """The highest goes before all others with the same person, in its direction."""

    @property
    def key(self) -> bytes:
        """Which of all transfers it is: whose, its id, and its list, which another may not have."""
        return self.with_whom + self.id + self.digest

    @property
    def is_input(self) -> bool:
        """Whether a program that did not begin it has nothing to read it from."""
        return b"" in self.given.values()

    def is_expired(self, now: datetime) -> bool:
        """Whether it was let lie for too long."""
        return (now - self.touched).total_seconds() > limits.TRANSFER_KEPT_SECONDS


class TooMany(StorageError):
    """More than a profile remembers are not over."""

    text = "there are too many transfers that are not over"


class Transfers:
    """Files in a folder of a profile: one for each transfer, and one for its list.

    Only whoever holds the profile's lock may change them. Raises `StorageError`.
    """

    def __init__(self, profile: Path) -> None:
        self._folder = profile / FOLDER

    def all(self) -> Iterator[Transfer]:
        """Those that are remembered, in no order; a file that cannot be read is none."""
        for name in self._names():
            try:
                kept = self._document(self._folder / name).read()
            except StorageError:
                continue
            if kept is not None:
                yield kept

    @property
    def taken(self) -> set[bytes]:
        """The keys of what is taken, and is not over."""
        return {
            each.key for each in self.all() if each.direction == "taken" and each.state != "over"
        }

    def pieces(self, transfer: Transfer) -> list[bytes]:
        """Its list, as it went over."""
        path = self._path(transfer, ".list")
        data = read_private(path, 2 * limits.LIST)
        if data is None:
            return []
        try:
            return _LIST.decode(data)
        except msgspec.MsgspecError:
            raise Damaged(f"the list {shown(path)} is damaged") from None

    def add(self, transfer: Transfer, pieces: Sequence[bytes]) -> None:
        """Remember one, with its list; that is on the disk first. Raises `TooMany` where too
        many are not over; of those that are, the oldest goes."""
        private_folder(self._folder)
        self._make_room()
        write_private(self._path(transfer, ".list"), msgspec.msgpack.encode(pieces))
        self.update(transfer)

    def update(self, transfer: Transfer) -> None:
        """Remember what has changed of one; one that is over needs no list any more."""
        self._document(self._path(transfer, ".json")).write(transfer)
        if transfer.state == "over":
            self._remove(transfer, ".list")

    def forget(self, transfer: Transfer) -> None:
        """Remove all that is known of one; again is harmless."""
        self._remove(transfer, ".json")
        self._remove(transfer, ".list")

    def _names(self) -> list[str]:
        if not self._folder.is_dir():
            return []
        with explained("read", self._folder):
            return sorted(filter(_FILE.match, os.listdir(self._folder)))

    def _make_room(self) -> None:
        if len(self._names()) < limits.TRANSFERS_KEPT:
            return
        kept = list(self.all())
        over = sorted((one for one in kept if one.state == "over"), key=lambda one: one.touched)
        if len(kept) - len(over) >= limits.TRANSFERS_KEPT:
            raise TooMany
        for oldest in over[: max(0, len(over) - limits.TRANSFERS_KEPT)]:
            self.forget(oldest)

    def _remove(self, transfer: Transfer, ending: str) -> None:
        path = self._path(transfer, ending)
        with explained("remove", path):
            path.unlink(missing_ok=True)
        remove_leftovers(path)

    def _path(self, transfer: Transfer, ending: str) -> Path:
        owner = f"{transfer.direction}-{transfer.with_whom.hex()}-{transfer.id.hex()}"
        return self._folder / (owner + ending)

    def _document(self, path: Path) -> DocumentFile[Transfer]:
        return DocumentFile(path, Transfer, "transfer")
