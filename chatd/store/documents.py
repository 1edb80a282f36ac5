"""Small typed JSON files: never guessed at, never overwritten when they cannot be read."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from msgspec import Meta

from chatd import limits
from chatd.errors import LocalProtocolError, Usage
from chatd.files import (
    StorageError,
    TooNew,
    create_private,
    read_private,
    remove_leftovers,
    shown,
    write_private,
)

Fields = dict[str, Any]
"""A document as JSON has it, `version` included."""

UPGRADES: tuple[Callable[[type["Document"], Fields], Fields], ...] = (
    lambda kind, fields: kind.from_version_1(fields),
)
"""The first one makes a document of version 1 one of version 2, and so on: each is given the kind
of the document and its fields. A version is the number of all the formats together, and grows when
an older chatd would misread or lose something of any of them."""

VERSION = 1 + len(UPGRADES)

ServerAddress = Annotated[str, Meta(min_length=1, max_length=limits.SERVER_ADDRESS)]
"""A server's entry: HOST:PORT as it was typed, in canonical form. A key in files, never a path."""


class Document(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="version", tag=VERSION
):
    """The base of what a file holds; in the file, `version` stands first."""

    @classmethod
    def from_version_1(cls, fields: Fields) -> Fields:
        """The fields of version 2; raises `msgspec.ValidationError` for what version 1 was not."""
        return fields


D = TypeVar("D", bound=Document)


class Damaged(StorageError):
    """A file that is not what we wrote; it stays as it is."""

    text = "a file is damaged"


class DocumentFile(Generic[D]):
    """One file with one kind of document.

    `what` names it for people; `unit` is what has to move away when it is damaged (the file
    itself, or the folder that is worth nothing without it).
    """

    def __init__(self, path: Path, kind: type[D], what: str, unit: Path | None = None) -> None:
        self._path = path
        self._kind = kind
        self._decoder = msgspec.json.Decoder(kind)
        self._what = what
        self._unit = unit or path

    def read(self) -> D | None:
        """The document, None if there is no file; raises `StorageError`, often one of the above."""
        data = read_private(self._path, limits.KEPT_FILE)
        return None if data is None else self._decode(data)

    def write(self, document: D) -> None:
        """Replace the file; one writer at a time. Raises `StorageError`, also if it is too large.

        What `read` would refuse is not written but raises `LocalProtocolError`.
        """
        data = self._bounded(document)
        remove_leftovers(self._path)
        write_private(self._path, data)

    def create(self, document: D) -> None:
        """As `write`, but never in the place of something else."""
        create_private(self._path, self._bounded(document))

    def _bounded(self, document: D) -> bytes:
        data = self._encode(document)
        if len(data) > limits.KEPT_FILE:
            raise StorageError(f"the {self._what} file {shown(self._path)} would grow too large")
        return data

    def _encode(self, document: D) -> bytes:
        try:
            data = msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
            self._decoder.decode(data)
        except (msgspec.MsgspecError, ValueError) as error:
            raise LocalProtocolError(f"this does not fit the {self._what} file") from error
        return data

    def _decode(self, data: bytes) -> D:
        try:
            version = _header.decode(data).version
            if version > VERSION:
                raise TooNew(f"a newer chatd wrote the {self._what} file {shown(self._path)}")
            return self._decoder.decode(data if version == VERSION else self._upgraded(data))
        except msgspec.ValidationError:
            raise self._damaged("its fields are not the expected ones") from None
        except (msgspec.MsgspecError, ValueError, RecursionError):
            # ValueError: invalid UTF-8.
            raise self._damaged("it is not JSON") from None

    def _upgraded(self, data: bytes) -> bytes:
        """The file as today's version would have it; it is written when it changes next."""
        fields = _raw.decode(data)
        for version in range(fields["version"], VERSION):
            fields = {**UPGRADES[version - 1](self._kind, fields), "version": version + 1}
        return msgspec.json.encode(fields)

    def _damaged(self, why: str) -> Damaged:
        return Damaged(
            f"the {self._what} file {shown(self._path)} is damaged: {why}",
            hint=f"move it away: mv {shown(self._unit)} {shown(_aside(self._unit))}",
        )


def check_server(server: str) -> str:
    """The address as it can be kept; raises `Usage` where it cannot be one."""
    if not 1 <= len(server) <= limits.SERVER_ADDRESS or not server.isprintable():
        raise Usage("that is not the address of a server", hint="write HOST or HOST:PORT")
    return server


class _Header(msgspec.Struct):
    version: Annotated[int, Meta(ge=1)]


_header = msgspec.json.Decoder(_Header)
_raw = msgspec.json.Decoder(Fields)


def _aside(path: Path) -> Path:
    return path.with_name(path.name + ".damaged")
