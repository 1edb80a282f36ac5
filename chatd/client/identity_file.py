"""The file of a profile's key pair: bare, or under a passphrase."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from chatd.client.documents import Damaged, Document, DocumentFile
from chatd.client.sealed import Sealed, seal
from chatd.files import StorageError, shown
from chatd.noise.keys import DH, KeyPair, private_bytes

IDENTITY = "identity.json"

Unlock = Callable[[Sealed], bytes | None]
"""Gives the 32 bytes of a sealed key, or None if nobody has given its passphrase."""


class PassphraseNeeded(StorageError):
    """The key is sealed, and this is not the moment to ask."""

    text = "that key has a passphrase"
    hint = "start with its name, and you are asked: chat --username NAME"


class _Identity(Document, frozen=True):
    private: Annotated[bytes, Meta(min_length=32, max_length=32)] | None = None
    sealed: Sealed | None = None


class IdentityFile:
    """In a profile's folder, whose lock is held by whoever writes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = DocumentFile(folder / IDENTITY, _Identity, "profile", unit=folder)

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
            raise PassphraseNeeded
        return dh.keypair_from_private(private)

    def store(self, keypair: KeyPair, passphrase: str = "") -> None:
        """Write it, under a passphrase if there is one; slow then. Raises `StorageError`."""
        private = private_bytes(keypair)
        if passphrase:
            sealed = seal(private, passphrase, keypair.public, os.urandom)
            self._file.write(_Identity(sealed=sealed))
        else:
            self._file.write(_Identity(private=private))

    def _read(self) -> _Identity | None:
        stored = self._file.read()
        if stored is not None and (stored.private is None) == (stored.sealed is None):
            path = shown(self._folder / IDENTITY)
            raise Damaged(f"{path} is damaged: it holds no key, or two", "move it away")
        return stored
