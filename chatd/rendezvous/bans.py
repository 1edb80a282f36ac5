"""Names and keys that the operator keeps away. Pure."""

from collections.abc import Iterable, Iterator

from chatd import limits
from chatd.errors import ChatdError
from chatd.noise.keys import fingerprint
from chatd.wire.fields import is_name


class BadBan(ChatdError):
    """Neither a name nor a fingerprint, or one too many."""

    text = "that is neither a name nor a fingerprint (SHA256:...)"


class BanNotStored(ChatdError):
    """What was said of a ban holds, and is not on the disk yet."""

    text = "it holds for now, and cannot be stored yet: look into the log of chatd"
    hint = "make the disk work; if chatd is stopped before that, say it again"


class Bans:
    """What is banned: names in canonical form, and keys by their fingerprints."""

    def __init__(self, banned: Iterable[str] = ()) -> None:
        self._banned = set(banned)

    def __contains__(self, what: str) -> bool:
        return what in self._banned

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._banned))

    def name(self, name: str) -> bool:
        """Whether nobody may use this name."""
        return name in self._banned

    def key(self, identity: bytes) -> bool:
        """Whether this key may not log in."""
        # Most servers ban nobody, and then no fingerprint is computed.
        return bool(self._banned) and fingerprint(identity) in self._banned

    def add(self, what: str) -> None:
        """Keep it away; raises `BadBan`."""
        if not is_name(what) and not (what.startswith("SHA256:") and len(what) == 50):
            raise BadBan
        if len(self._banned) >= limits.BANS:
            raise BadBan(f"{limits.BANS} are banned, and no more fit")
        self._banned.add(what)

    def remove(self, what: str) -> bool:
        """Let it in again; False if it was not banned."""
        known = what in self._banned
        self._banned.discard(what)
        return known
