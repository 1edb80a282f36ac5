"""What one identity remembers of the doors of its servers: the suites that each greeted with, and
tokens to show there, each once (protocol, "Tokens")."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from chatd import limits
from chatd.files import Lock, lock_within
from chatd.store.documents import Document, DocumentFile
from chatd.wire.fields import Key
from chatd.wire.server import Token

FILE = "door.json"
LOCK = "door.lock"

_Suite = Annotated[str, Meta(pattern=r"^[a-z0-9]{1,16}\Z")]
_Suites = Annotated[list[_Suite], Meta(max_length=limits.GREETED_SUITES)]
_Tokens = Annotated[list[Token], Meta(max_length=limits.DOOR_KEPT)]


class Door(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One server, by its key: its suites, and the tokens that were not shown, the newest last."""

    server: Key
    suites: _Suites = []
    tokens: _Tokens = []


class Doors(Document, frozen=True):
    """All of them, the one that was seen last at the end."""

    doors: Annotated[list[Door], Meta(max_length=limits.DOORS)]


class DoorMemory:
    """One file of a profile; several threads and processes may use it at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = DocumentFile(folder / FILE, Doors, "door")
        self._using = threading.Lock()

    def take(self, server: bytes) -> Door:
        """What to say at the door of the server with this key (33 bytes): its suites, and one token
        or none, which is never given again. Raises `StorageError`."""
        with self._using, self._writing():
            doors = self._read()
            door = _of(doors, server)
            if door.tokens:
                rest = msgspec.structs.replace(door, tokens=door.tokens[:-1])
                self._write(_with(doors, rest))
            return msgspec.structs.replace(door, tokens=door.tokens[-1:])

    def learn(self, server: bytes, suites: Sequence[str], tokens: Sequence[bytes]) -> None:
        """Keep what a server greeted with and gave; raises `StorageError`."""
        with self._using, self._writing():
            doors = self._read()
            kept = [*_of(doors, server).tokens, *tokens][-limits.DOOR_KEPT :]
            self._write(_with(doors, Door(server, list(suites), kept)))

    def forget(self, server: bytes) -> None:
        """Keep nothing of this server any more; raises `StorageError`."""
        with self._using, self._writing():
            doors = self._read()
            rest = [door for door in doors if door.server != server]
            if len(rest) < len(doors):
                self._write(rest)

    def _writing(self) -> Lock:
        return lock_within(self._folder / LOCK, limits.FILE_LOCK_SECONDS)

    def _read(self) -> list[Door]:
        doors = self._file.read()
        return [] if doors is None else doors.doors

    def _write(self, doors: list[Door]) -> None:
        self._file.write(Doors(doors[-limits.DOORS :]))


def _of(doors: list[Door], server: bytes) -> Door:
    return next((door for door in doors if door.server == server), Door(server))


def _with(doors: list[Door], door: Door) -> list[Door]:
    return [*(each for each in doors if each.server != door.server), door]
