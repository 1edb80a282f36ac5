"""The profiles of an account, and which of them is used for a name."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from chatd.errors import ChatdError
from chatd.files import Locked, StorageError, holder
from chatd.noise.keys import DH, X25519
from chatd.store.documents import check_server
from chatd.store.door_memory import DoorMemory
from chatd.store.held_names import HeldNames
from chatd.store.identity_file import IdentityFile
from chatd.store.known_servers import Entries
from chatd.store.profile import LOCK, NAMES, Profile, is_unused, remove_unused
from chatd.store.profile_folders import ProfileFolders
from chatd.store.sealed import Sealed, unseal
from chatd.store.transfers import Transfers

__all__ = ["Profile", "ProfileInUse", "Profiles"]


class ProfileInUse(ChatdError):
    """The profile in a folder is open in another process, which the hint names behind its "there"
    if that has signed its lock."""

    def __init__(self, text: str, hint: str, folder: Path) -> None:
        process = holder(folder / LOCK)
        there = "there" if process is None else f"there (process {process})"
        super().__init__(text, hint.replace("there", there, 1))


class Profiles:
    """All profiles under an account's folder; several processes may use it at once.

    Each is a folder with a random name. One that never held a name is used again, since its key
    may own a name that was granted just before a crash.
    """

    def __init__(
        self,
        folder: Path,
        dh: DH | None = None,
        random: Callable[[int], bytes] = os.urandom,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._folders = ProfileFolders(folder / "profiles", random)
        self._dh = dh or X25519()
        self._clock = clock
        self._opened: dict[bytes, bytes] = {}

    def pick(self, server: Entries, name: str, current: Profile | None = None) -> Profile:
        """The profile that was the last to hold this name on this server, else an unused one.

        `current` is what was picked for a name that was refused. It is the answer if it is unused
        and nobody held the new name; else it is closed, and removed if unused. Raises
        `ProfileInUse`, `Usage` for no server's address, and `StorageError`, also where a damaged
        profile may be the one that is looked for, and `PassphraseNeeded` unless `unlock` was called
        for it; `current` then stays open.
        """
        with self._folders.picking():
            holder = self._last_holder(server, name.lower())
            if current is not None and _fits(current, holder):
                return current
            picked = self._open(holder, name.lower())
        if current is not None:
            current.discard_if_unused()
        return picked

    def names(self, server: Entries) -> list[str]:
        """What we have been called on a server, the most recent first; raises `StorageError`.

        A profile that cannot be read is left out.
        """
        found: list[tuple[datetime, str]] = []
        with self._folders.picking():
            for folder in self._folders.all():
                with suppress(StorageError):
                    held = HeldNames(folder / NAMES)
                    found += [(each.at, each.name) for at in server for each in held.held(at)]
        return list(dict.fromkeys(name for _, name in sorted(found, reverse=True)))

    def taken(self, but: Profile) -> set[bytes]:
        """The keys of what other profiles than this one take, and is not over; raises
        `StorageError`."""
        with self._folders.picking():
            others = [each for each in self._folders.all() if each != but.folder]
            return {key for each in others for key in Transfers(each).taken}

    def _last_holder(self, server: Entries, name: str) -> Path | None:
        for entry in server:
            check_server(entry)
        found: list[tuple[datetime, Path]] = []
        unreadable: list[StorageError] = []
        for folder in self._folders.all():
            try:
                held = HeldNames(folder / NAMES)
            except StorageError as error:
                unreadable.append(error)
            else:
                moments = [held.last(entry, name) for entry in server]
                found += [(each, folder) for each in moments if each]
        if unreadable and not found:
            raise unreadable[0]
        return max(found)[1] if found else None

    def _open(self, held: Path | None, name: str) -> Profile:
        if held is None:
            return self._unused() or self._new()
        try:
            return self._profile(held)
        except Locked:
            text = f"{name} is already open in another terminal"
            raise ProfileInUse(text, "go on there, or choose another name", held) from None

    def _unused(self) -> Profile | None:
        for folder in filter(is_unused, self._folders.all()):
            try:
                profile = self._profile(folder)
            except StorageError:
                continue
            # Its process may have been given a name, and have ended, since we looked.
            if profile.unused:
                return profile
            profile.close()
        return None

    def sealed(self, server: Entries, name: str) -> Sealed | None:
        """What is under a passphrase of the profile that `pick` would take; raises as `pick`."""
        with self._folders.picking():
            holder = self._last_holder(server, name.lower())
        return IdentityFile(holder).sealed() if holder is not None else None

    def forget_door(self, server: bytes) -> None:
        """Let no profile have a token of the server with this key (33 bytes) any more.

        Raises `StorageError`.
        """
        with self._folders.picking():
            for folder in self._folders.all():
                DoorMemory(folder).forget(server)

    def unlock(self, sealed: Sealed, passphrase: str) -> None:
        """Let `pick` open a sealed key; slow, for a thread. Raises `WrongPassphrase`."""
        self._opened[sealed.public] = unseal(sealed, passphrase, "identity")

    def _new(self) -> Profile:
        folder = self._folders.free()
        try:
            return self._profile(folder)
        except StorageError:
            with suppress(StorageError):
                remove_unused(folder)
            raise

    def _profile(self, folder: Path) -> Profile:
        return Profile(folder, self._dh, self._clock, self._key_in)

    def _key_in(self, sealed: Sealed) -> bytes | None:
        return self._opened.get(sealed.public)


def _fits(current: Profile, holder: Path | None) -> bool:
    return current.unused if holder is None else current.folder == holder
