"""The keys that a private server lets in. Pure."""

from collections.abc import Iterable, Iterator

from chatd import limits
from chatd.errors import ChatdError
from chatd.noise.keys import fingerprint
from chatd.rendezvous.bans import is_fingerprint


class BadGuest(ChatdError):
    """No key, or one too many."""

    text = "that is no fingerprint of a key (SHA256:...)"
    hint = "people see their own with: whoami"


class AllowList:
    """Fingerprints of keys: those that were allowed at run time and are kept on disk, and those
    that the settings allow beside them. It counts only where the server `is_private`."""

    def __init__(self, kept: Iterable[str] = ()) -> None:
        self._kept = set(kept)
        self.configured: frozenset[str] = frozenset()
        self.is_private = False

    def configure(self, configured: Iterable[str], *, is_private: bool) -> None:
        """Replace what the settings say."""
        self.configured = frozenset(configured)
        self.is_private = is_private

    def __contains__(self, key: str) -> bool:
        return key in self._kept

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._kept | self.configured))

    def admits(self, identity: bytes) -> bool:
        """Whether this key may log in."""
        if not self.is_private:
            return True
        key = fingerprint(identity)
        return key in self._kept or key in self.configured

    def add(self, key: str) -> None:
        """Let it in from now on; raises `BadGuest`."""
        if not is_fingerprint(key):
            raise BadGuest
        if len(self._kept) >= limits.ALLOWED and key not in self._kept:
            raise BadGuest(f"{limits.ALLOWED} are allowed, and no more fit", "chatctl deny")
        self._kept.add(key)

    def remove(self, key: str) -> None:
        """Let it in no longer; raises `BadGuest`."""
        if key in self.configured:
            raise BadGuest("the settings allow that", "remove it there: chatd config says where")
        if key not in self._kept:
            raise BadGuest("that is not allowed", "chatctl allowed")
        self._kept.discard(key)
