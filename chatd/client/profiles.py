"""The profiles of an account, and which of them is used for a name."""

import os
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import platformdirs

from chatd.client.documents import check_server
from chatd.client.held_names import HeldNames
from chatd.client.identity_file import IDENTITY, IdentityFile, Unlock
from chatd.client.profile import NAMES, Profile, is_unused, picking, remove_unused
from chatd.client.sealed import Sealed
from chatd.errors import ChatdError
from chatd.files import Lock, Locked, StorageError, explained, private_folder, shown
from chatd.noise.keys import DH, X25519, encode_identity

__all__ = ["Profile", "ProfileInUse", "Profiles", "default_folder"]

_FOLDER_NAME = re.compile(r"[0-9a-f]{16}\Z")


class ProfileInUse(ChatdError):
    """The profile for a name is open in another process."""

    text = "this profile is already open in another terminal"
    hint = "go on there, or choose another name"


def default_folder() -> Path:
    """Where an account's profiles and server keys are; raises `StorageError` without a home."""
    try:
        folder = platformdirs.user_data_path("chatd", appauthor=False)
    except RuntimeError:
        folder = Path()
    # Older platformdirs give a relative path where newer ones raise.
    if not folder.is_absolute():
        raise StorageError("you have no home folder", hint="set HOME or XDG_DATA_HOME")
    return folder


@dataclass(frozen=True)
class Summary:
    """One profile, as it lies there: its identity (33 bytes), and its names per server."""

    folder: Path
    identity: bytes
    names: dict[str, list[str]]
    is_sealed: bool


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
        unlock: Unlock | None = None,
    ) -> None:
        self._folder = folder / "profiles"
        self.dh = dh or X25519()
        self._random = random
        self.clock = clock
        self._unlock: Unlock = unlock or (lambda _: None)

    def pick(self, server: str, name: str, current: Profile | None = None) -> Profile:
        """The profile that was the last to hold this name on this server, else an unused one.

        `current` is what was picked for a name that was refused. It is the answer if it is unused
        and nobody held the new name; else it is closed, and removed if unused. Raises
        `ProfileInUse`, `Usage` for no server's address, and `StorageError`, also where a damaged
        profile may be the one that is looked for; `current` then stays open.
        """
        with self._picking():
            holder = self._last_holder(server, name.lower())
            if current is not None and _fits(current, holder):
                return current
            picked = self._open(holder, name.lower())
        if current is not None:
            current.discard_if_unused()
        return picked

    def _picking(self) -> Lock:
        private_folder(self._folder)
        return picking(self._folder)

    def _folders(self) -> list[Path]:
        with explained("read", self._folder):
            names = sorted(filter(_FOLDER_NAME.match, os.listdir(self._folder)))
        return [self._folder / name for name in names]

    def _last_holder(self, server: str, name: str) -> Path | None:
        check_server(server)
        found: list[tuple[datetime, Path]] = []
        unreadable: list[StorageError] = []
        for folder in self._folders():
            try:
                last = HeldNames(folder / NAMES).last(server, name)
            except StorageError as error:
                unreadable.append(error)
            else:
                found += [(last, folder)] if last else []
        if unreadable and not found:
            raise unreadable[0]
        return max(found)[1] if found else None

    def _open(self, holder: Path | None, name: str) -> Profile:
        if holder is None:
            return self._unused() or self._new()
        try:
            return self._profile(holder)
        except Locked:
            raise ProfileInUse(f"{name} is already open in another terminal") from None

    def _unused(self) -> Profile | None:
        for folder in filter(is_unused, self._folders()):
            try:
                profile = self._profile(folder)
            except StorageError:
                continue
            # Its process may have been given a name, and have ended, since we looked.
            if profile.unused:
                return profile
            profile.close()
        return None

    def sealed(self, server: str, name: str) -> Sealed | None:
        """What is under a passphrase of the profile that `pick` would take; raises as `pick`."""
        with self._picking():
            holder = self._last_holder(server, name.lower())
        return IdentityFile(holder).sealed() if holder is not None else None

    def summaries(self) -> list[Summary]:
        """What there is, without opening it; raises `StorageError`."""
        with self._picking():
            folders = [folder for folder in self._folders() if (folder / IDENTITY).exists()]
            return [self._summary(folder) for folder in folders]

    def _summary(self, folder: Path) -> Summary:
        file = IdentityFile(folder)
        sealed = file.sealed()
        keypair = None if sealed else file.load(self.dh, self._unlock)
        public = sealed.public if sealed else keypair.public if keypair else b""
        names = HeldNames(folder / NAMES).all()
        return Summary(folder, encode_identity(public), names, sealed is not None)

    def open(self, summary: Summary) -> Profile:
        """Open one; raises `ProfileInUse`, `StorageError` and as `unlock`."""
        try:
            return self._profile(summary.folder)
        except Locked:
            raise ProfileInUse("that identity is open in another terminal") from None

    def new_folder(self) -> Path:
        """A new folder for a profile that comes from elsewhere; raises `StorageError`."""
        with self._picking():
            folder = self._free_folder()
            private_folder(folder)
        return folder

    def _free_folder(self) -> Path:
        folder = self._folder / self._random(8).hex()
        if os.path.lexists(folder):
            raise StorageError(f"{shown(folder)} is there already", hint="try again")
        return folder

    def _new(self) -> Profile:
        folder = self._free_folder()
        try:
            return self._profile(folder)
        except StorageError:
            with suppress(StorageError):
                remove_unused(folder)
            raise

    def _profile(self, folder: Path) -> Profile:
        return Profile(folder, self.dh, self.clock, self._unlock)


def _fits(current: Profile, holder: Path | None) -> bool:
    return current.unused if holder is None else current.folder == holder
