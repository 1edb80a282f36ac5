"""Names, keys, addresses and networks that the operator keeps away. Pure."""

import re
from collections.abc import Iterable, Iterator

from chatd import limits
from chatd.errors import ChatdError
from chatd.noise.keys import fingerprint
from chatd.rendezvous.networks import Networks, network_of, written
from chatd.wire.fields import is_name

_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}\Z")


class BadBan(ChatdError):
    """Nothing that can be banned, or one too many."""

    text = "that is no name, no fingerprint (SHA256:...), no address and no network (192.0.2.0/24)"


def is_fingerprint(text: str) -> bool:
    """Whether `text` is a key as it is shown to people."""
    return _FINGERPRINT.match(text) is not None


def standard(text: str) -> str:
    """The one way in which a name, a key, an address or a network is written; raises
    `ValueError` for anything else."""
    if is_fingerprint(text) or is_name(text):
        return text
    return written(network_of(text))


def _as_ban(text: str) -> str:
    try:
        return standard(text)
    except ValueError:
        raise BadBan from None


def _is_network(what: str) -> bool:
    return not is_fingerprint(what) and not is_name(what)


class Listed:
    """What the operator says of some things: at run time, which is kept on disk, and in the
    settings beside that."""

    def __init__(self, kept: Iterable[str]) -> None:
        self._kept = set(kept)
        self.configured: frozenset[str] = frozenset()

    def __contains__(self, what: str) -> bool:
        return what in self._kept

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._kept | self.configured))

    def has(self, what: str) -> bool:
        """Whether it was said of this, by whichever way."""
        return what in self._kept or what in self.configured


class Bans(Listed):
    """What is banned, in the `standard` way."""

    def __init__(self, kept: Iterable[str] = ()) -> None:
        super().__init__(kept)
        self._networks = Networks(map(network_of, filter(_is_network, self._kept)))

    def configure(self, configured: Iterable[str]) -> None:
        """Replace what the settings say."""
        new = frozenset(configured)
        for what in filter(_is_network, self.configured - new - self._kept):
            self._networks.remove(network_of(what))
        for what in filter(_is_network, new - self.configured):
            self._networks.add(network_of(what))
        self.configured = new

    def name(self, name: str) -> bool:
        """Whether nobody may use this name."""
        return self.has(name)

    def key(self, identity: bytes) -> bool:
        """Whether this key may not log in."""
        # Most servers ban nobody, and then no fingerprint is computed.
        return bool(self._kept or self.configured) and self.name(fingerprint(identity))

    def address(self, host: str) -> bool:
        """Whether nobody is let in from this IP address."""
        return self._networks.cover(host)

    def add(self, text: str) -> str:
        """Keep it away from now on, as it is written in the standard way; raises `BadBan`."""
        what = _as_ban(text)
        if len(self._kept) >= limits.BANS and what not in self._kept:
            raise BadBan(f"{limits.BANS} are banned, and no more fit", "chatctl unban")
        self._kept.add(what)
        if _is_network(what):
            self._networks.add(network_of(what))
        return what

    def remove(self, text: str) -> str:
        """Let it in again, as it is written in the standard way; raises `BadBan`."""
        what = _as_ban(text)
        if what in self.configured:
            raise BadBan("the settings ban that", "remove it there: chatd config says where")
        if what not in self._kept:
            raise BadBan("that is not banned", "chatctl bans")
        self._kept.discard(what)
        if _is_network(what):
            self._networks.remove(network_of(what))
        return what
