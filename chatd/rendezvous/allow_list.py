"""The keys that a private server lets in. Pure."""

from collections.abc import Iterable

from chatd import limits
from chatd.errors import ChatdError
from chatd.noise.keys import fingerprint
from chatd.rendezvous.bans import Listed, is_fingerprint


class BadGuest(ChatdError):
    """No key, or one too many."""

    text = "that is no fingerprint of a key (SHA256:...)"
    hint = "people see their own with: whoami"


class AllowList(Listed):
    """Fingerprints of keys that are allowed. It counts only where the server `is_private`."""

    def __init__(self, kept: Iterable[str] = ()) -> None:
        super().__init__(kept)
        self.is_private = False

    def configure(self, configured: Iterable[str], *, is_private: bool) -> None:
        """Replace what the settings say."""
        self.configured = frozenset(configured)
        self.is_private = is_private

    def admits(self, identity: bytes) -> bool:
        """Whether this key may log in."""
        return not self.is_private or self.has(fingerprint(identity))

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
