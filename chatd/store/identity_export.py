"""One file that carries a whole profile, under a passphrase, to another machine."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, TypedDict

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from chatd import limits
from chatd.errors import BadKey
from chatd.files import StorageError, read_private, shown, write_private
from chatd.noise.keys import X25519, KeyPair, encode_identity, private_bytes
from chatd.store.documents import Damaged, Document, DocumentFile
from chatd.store.known_servers import KnownServer
from chatd.store.profile import CARDS, CONTACTS, NAMES
from chatd.store.sealed import Sealed, seal, unseal

_PARTS = (NAMES, CONTACTS, CARDS)


class _Export(Document, frozen=True):
    sealed: Sealed


class _Content(msgspec.Struct, forbid_unknown_fields=True):
    private: Annotated[bytes, Meta(min_length=X25519.length, max_length=X25519.length)]
    files: dict[str, bytes]
    servers: list[KnownServer] = []


class _ByServer(TypedDict):
    version: int
    servers: dict[str, Any]


_BY_SERVER = msgspec.json.Decoder(_ByServer)


class Moved(Struct, frozen=True):
    """An export that was opened: its key pair, what the other files of the profile held, and the
    servers where it was used."""

    keypair: KeyPair
    files: dict[str, bytes]
    servers: Sequence[KnownServer] = ()

    @property
    def private(self) -> bytes:
        """The 32 bytes of its key."""
        return private_bytes(self.keypair)

    def renamed(self, entries: dict[str, str]) -> "Moved":
        """The same with other names for the servers' entries; raises `Damaged`."""
        files = {name: _renamed(data, entries) for name, data in self.files.items()}
        return replace(self, files=files)

    def write(self, folder: Path) -> None:
        """Write all but the key into a profile's folder; raises `StorageError`."""
        for name, data in self.files.items():
            write_private(folder / name, data)


def export(
    folder: Path,
    keypair: KeyPair,
    servers: Sequence[KnownServer],
    passphrase: str,
    target: Path,
) -> None:
    """Write the export of the profile in a folder, which was used on these servers, to a new file;
    slow. Raises `StorageError`."""
    files = {name: read_private(folder / name, limits.KEPT_FILE) for name in _PARTS}
    kept = {name: data for name, data in files.items() if data is not None}
    content = msgspec.json.encode(_Content(private_bytes(keypair), kept, list(servers)))
    sealed = seal(content, passphrase, keypair.public, "export", os.urandom)
    _file(target).create(_Export(sealed))


def read_export(source: Path) -> Sealed:
    """What an export holds, still sealed; raises `StorageError`."""
    found = _file(source).read()
    if found is None:
        raise StorageError(f"there is no file {shown(source)}", "give the path of an export")
    try:
        encode_identity(found.sealed.public)
    except BadKey:
        raise Damaged(f"the export {shown(source)} is damaged: its public key is none") from None
    return found.sealed


def unpack(sealed: Sealed, passphrase: str) -> Moved:
    """Open an export; slow. Raises `WrongPassphrase`, and `Damaged` for what no export holds."""
    data = unseal(sealed, passphrase, "export")
    try:
        content = msgspec.json.decode(data, type=_Content)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise Damaged("the export is damaged: it holds something else") from None
    if not set(content.files) <= set(_PARTS):
        raise Damaged("the export is damaged: it holds something else")
    keypair = X25519().keypair_from_private(content.private)
    if keypair.public != sealed.public:
        raise Damaged("the export is damaged: its key is another one than it says")
    return Moved(keypair, content.files, content.servers)


def _renamed(data: bytes, entries: dict[str, str]) -> bytes:
    try:
        content = _BY_SERVER.decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise Damaged("the export is damaged: it holds no whole profile") from None
    servers = {entries.get(name, name): kept for name, kept in content["servers"].items()}
    return msgspec.json.encode({**content, "servers": servers})


def _file(path: Path) -> DocumentFile[_Export]:
    return DocumentFile(path, _Export, "export")
