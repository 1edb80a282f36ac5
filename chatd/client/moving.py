"""One file that carries a whole profile, under a passphrase, to another machine."""

import os
from pathlib import Path

import msgspec

from chatd import limits
from chatd.client.documents import Damaged, Document, DocumentFile
from chatd.client.identity_file import IdentityFile
from chatd.client.profile import CARDS, CONTACTS, NAMES
from chatd.client.sealed import Sealed, seal, unseal
from chatd.errors import ChatdError
from chatd.files import StorageError, explained, read_private, shown, write_private
from chatd.noise.keys import X25519, KeyPair, private_bytes

_PARTS = (NAMES, CONTACTS, CARDS)


class _Export(Document, frozen=True):
    sealed: Sealed


class _Content(msgspec.Struct, forbid_unknown_fields=True):
    private: bytes
    files: dict[str, bytes]


def export(folder: Path, keypair: KeyPair, passphrase: str, target: Path) -> None:
    """Write the export of the profile in a folder to a new file; raises `StorageError`."""
    files = {name: read_private(folder / name, limits.KEPT_FILE) for name in _PARTS}
    kept = {name: data for name, data in files.items() if data is not None}
    content = msgspec.json.encode(_Content(private_bytes(keypair), kept))
    sealed = seal(content, passphrase, keypair.public, os.urandom)
    with explained("write", target):
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        DocumentFile(target, _Export, "export").write(_Export(sealed))
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def read_export(source: Path) -> Sealed:
    """What an export holds, still sealed; raises `StorageError`."""
    found = DocumentFile(source, _Export, "export").read()
    if found is None:
        raise StorageError(f"there is no file {shown(source)}", "give the path of an export")
    return found.sealed


def unpack(sealed: Sealed, passphrase: str, folder: Path) -> KeyPair:
    """Write an export's content into a new profile's folder, its key under the same passphrase.

    Raises `WrongPassphrase`, `Damaged` for what no export holds, and `StorageError`.
    """
    try:
        content = msgspec.json.decode(unseal(sealed, passphrase), type=_Content)
    except (msgspec.MsgspecError, ValueError):
        raise Damaged("the export is damaged") from None
    if not set(content.files) <= set(_PARTS) or len(content.private) != X25519.length:
        raise Damaged("the export is damaged")
    keypair = X25519().keypair_from_private(content.private)
    if keypair.public != sealed.public:
        raise Damaged("the export is damaged: its key is another one than it says")
    IdentityFile(folder).store(keypair, passphrase)
    for name, data in content.files.items():
        write_private(folder / name, data)
    return keypair


class ProfileThere(ChatdError):
    """The identity of an export is on this machine already."""

    text = "that identity is here already"
    hint = "chat key show lists them"
