"""The file of a profile's key pair: bare, or under a passphrase."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from chatd.errors import BadKey
from chatd.files import StorageError, shown
from chatd.noise.keys import DH, KeyPair, encode_identity, private_bytes
from chatd.store.documents import Damaged, Document, DocumentFile
from chatd.store.sealed import Sealed, seal

IDENTITY = "identity.json"

Unlock = Callable[[Sealed], bytes | None]
"""Gives the 32 bytes of a sealed key, or None if nobody has given its passphrase."""


class PassphraseNeeded(StorageError):
    """The key is sealed, and this is not the moment to ask."""

    text = "that key has a passphrase"
    hint = "start with its name, and you are asked: chat --username NAME"

    def __init__(self, sealed: Sealed) -> None:
        super().__init__()
        self.sealed = sealed


class _Identity(Document, frozen=True, omit_defaults=True):
    private: Annotated[bytes, Meta(min_length=32, max_length=32)] | None = None
    sealed: Sealed | None = None


def seal_identity(keypair: KeyPair, passphrase: str) -> Sealed:
    """A key pair as its file holds it under a passphrase; slow. Raises `TooLittleMemory`."""
    return seal(private_bytes(keypair), passphrase, keypair.public, "identity", os.urandom)


class IdentityFile:
    """In a profile's folder, whose lock is held by whoever writes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = DocumentFile(folder / IDENTITY, _Identity, "profile", unit=folder)

    def identity(self, dh: DH) -> bytes | None:
        """The identity (33 bytes), for which no passphrase is needed; raises `StorageError`."""
        stored = self._read()
        if stored is None:
            return None
        if stored.sealed is None:
            return encode_identity(dh.keypair_from_private(stored.private or b"").public)
        try:
            return encode_identity(stored.sealed.public)
        except BadKey:
            raise self._damaged("its public key is none") from None

    def sealed(self) -> Sealed | None:
        """What is under a passphrase; None for a bare key, or none. Raises `StorageError`."""
        stored = self._read()
        return stored.sealed if stored is not None else None

    def load(self, dh: DH, unlock: Unlock) -> KeyPair | None:
        """The key pair, None if there is none; raises `PassphraseNeeded`, `StorageError`."""
        stored = self._read()
        if stored is None:
            return None
        private = stored.private
        if stored.sealed is not None:
            private = unlock(stored.sealed)
            if private is None:
                raise PassphraseNeeded(stored.sealed)
        return dh.keypair_from_private(private or b"")

    def store(self, keypair: KeyPair, passphrase: str = "") -> None:
        """Write it, under a passphrase if there is one; slow then. Raises `StorageError`."""
        if passphrase:
            self.store_sealed(seal_identity(keypair, passphrase))
        else:
            self._file.write(_Identity(private=private_bytes(keypair)))

    def store_sealed(self, sealed: Sealed) -> None:
        """Write what `seal_identity` made; raises `StorageError`."""
        self._file.write(_Identity(sealed=sealed))

    def _read(self) -> _Identity | None:
        stored = self._file.read()
        if stored is not None and (stored.private is None) == (stored.sealed is None):
            raise self._damaged("it holds no key, or two")
        return stored

    def _damaged(self, why: str) -> Damaged:
        return Damaged(f"{shown(self._folder / IDENTITY)} is damaged: {why}", "move it away")
