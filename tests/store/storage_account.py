"""One account, as the processes that use it see it."""

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from chatd.noise.keys import X25519
from chatd.store.profiles import Profile, Profiles

SERVER = "chat.example.org:1712"


def met(profile: Profile, server: str, name: str, key: bytes) -> None:
    """Store in a profile that a name stands for a key."""
    profile.contacts.at(server).record(name, key, 1_000_000)
    profile.contacts.save()


class Account:
    """One account's profiles, as a new process sees them, with a clock that ticks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._seconds = count(1_000_000)
        self._opened: list[Profile] = []

    def profiles(self) -> Profiles:
        return Profiles(self.folder, clock=lambda: next(self._seconds))

    def pick(self, name: str, server: str = SERVER, current: Profile | None = None) -> Profile:
        profile = self.profiles().pick((server,), name, current)
        self._opened.append(profile)
        return profile

    def past(self, *names: str, server: str = SERVER) -> bytes:
        """Make a profile that has held these names, close it, and give its identity."""
        profile = self._profile(os.urandom(8).hex())
        for name in names:
            profile.held(server, name)
        profile.close()
        return profile.identity

    def all(self) -> Iterator[Profile]:
        for name in self.folders():
            self._opened.append(self._profile(name))
            yield self._opened[-1]

    def folders(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "profiles").iterdir() if path.is_dir())

    def close(self) -> None:
        for profile in self._opened:
            profile.close()

    def _profile(self, name: str) -> Profile:
        return Profile(self.folder / "profiles" / name, X25519(), lambda: next(self._seconds))
