"""The identities of an account, told apart and handed out without being opened."""

import os
import time
from pathlib import Path

from msgspec import Struct, field

from chatd.errors import ChatdError
from chatd.files import Locked, StorageError
from chatd.noise.keys import DH, X25519, encode_identity, fingerprint
from chatd.store.documents import Damaged
from chatd.store.held_names import HeldNames
from chatd.store.identity_export import Moved
from chatd.store.identity_file import IdentityFile, Unlock, seal_identity
from chatd.store.known_servers import KnownServer
from chatd.store.profile import NAMES, Profile
from chatd.store.profile_folders import ProfileFolders
from chatd.store.profiles import ProfileInUse
from chatd.store.sealed import Sealed
from chatd.store.servers import Servers

_LISTED = "chat key show lists them"


class NotFound(ChatdError):
    """No identity is the one that was meant, or several are."""

    hint = _LISTED


class ProfileThere(ChatdError):
    """The identity of an export is on this machine already."""

    text = "that identity is here already"
    hint = _LISTED


class Summary(Struct, frozen=True):
    """One profile, as it lies there: its identity (33 bytes), and its names per server."""

    folder: Path
    identity: bytes
    names: dict[str, list[str]]
    is_sealed: bool

    def answers_to(self, name: str) -> bool:
        """Whether it held this name anywhere, or has this fingerprint."""
        held = any(name.lower() in names for names in self.names.values())
        return held or fingerprint(self.identity) == name


class Summaries(Struct):
    """All that can be read, and what is wrong with the others."""

    readable: list[Summary] = field(default_factory=list)
    errors: list[StorageError] = field(default_factory=list)


class Keyring:
    """All identities under an account's folder; `unlock` opens those with a passphrase."""

    def __init__(self, folder: Path, unlock: Unlock) -> None:
        self._folders = ProfileFolders(folder / "profiles", os.urandom)
        self._servers = Servers(folder / "servers.json")
        self._unlock = unlock
        self._dh: DH = X25519()

    def summaries(self) -> Summaries:
        """What there is; raises `StorageError` only where none can be read."""
        with self._folders.picking():
            return self._summaries()

    def find(self, name: str | None) -> Summary:
        """The one that held a name or has a fingerprint; for None the only one there is.

        Raises `NotFound`, and `StorageError` where it may be one that cannot be read.
        """
        known = self.summaries()
        found = [each for each in known.readable if name is None or each.answers_to(name)]
        if len(found) == 1:
            return found[0]
        if not found and known.errors:
            raise known.errors[0]
        raise _not_one(name, len(found))

    def open(self, summary: Summary) -> Profile:
        """Open one; raises `ProfileInUse`, `StorageError` and as `unlock`."""
        try:
            return Profile(summary.folder, self._dh, time.time, self._unlock)
        except Locked:
            text = "that identity is open in another terminal"
            hint = "type /exit there, then try again"
            raise ProfileInUse(text, hint, summary.folder) from None

    def check_new(self, public: bytes) -> None:
        """Raise `ProfileThere` if a key (32 bytes) is here already; else as `summaries`."""
        _check_new(self.summaries(), public)

    def servers(self, summary: Summary) -> list[KnownServer]:
        """Those on which an identity was used; raises `StorageError`."""
        return self._servers.of_entries(list(summary.names))

    def take(self, moved: Moved, passphrase: str) -> None:
        """Make a profile of an export, its key under a passphrase, and know its servers; slow.

        Raises `ProfileThere`, `Damaged` for what a profile cannot be made of, `StorageError`.
        """
        sealed = seal_identity(moved.keypair, passphrase)
        with self._folders.picking():
            _check_new(self._summaries(), sealed.public)
            here = moved.renamed(self._servers.learn(moved.servers))
            self._folders.install(lambda folder: self._fill(folder, here, sealed))

    def _fill(self, folder: Path, moved: Moved, sealed: Sealed) -> None:
        IdentityFile(folder).store_sealed(sealed)
        moved.write(folder)
        # Whatever cannot be read again is found now.
        try:
            Profile(folder, self._dh, time.time, lambda _: moved.private).close()
        except Damaged:
            raise Damaged("the export is damaged: it holds no whole profile") from None

    def _summaries(self) -> Summaries:
        known = Summaries()
        for folder in self._folders.all():
            try:
                known.readable += self._summary(folder)
            except StorageError as error:
                known.errors.append(error)
        return known

    def _summary(self, folder: Path) -> list[Summary]:
        file = IdentityFile(folder)
        identity = file.identity(self._dh)
        if identity is None:
            return []
        names = HeldNames(folder / NAMES).all()
        return [Summary(folder, identity, names, file.sealed() is not None)]


def _check_new(known: Summaries, public: bytes) -> None:
    if encode_identity(public) in [each.identity for each in known.readable]:
        raise ProfileThere


def _not_one(name: str | None, found: int) -> NotFound:
    if name is None:
        if found:
            return NotFound("there are several identities here", f"give a name: {_LISTED}")
        return NotFound("there is no identity here", "chat makes one with your first name")
    if found:
        text = f"several identities have had the name {name!a}"
        return NotFound(text, f"give the fingerprint instead: {_LISTED}")
    return NotFound(f"no identity here has had the name {name!a}")
