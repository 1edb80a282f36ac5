"""Who may come: what is banned, and whom a private server lets in (docs/operating.md, "Who may
come"). What the operator says holds at once, and is stored."""

from collections.abc import Callable, Iterable

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from chatd.errors import ChatdError
from chatd.files import StorageError
from chatd.rendezvous.allow_list import AllowList
from chatd.rendezvous.bans import Bans
from chatd.rendezvous.name_changes import Allow, Ban, Change
from chatd.rendezvous.name_store import NameStore, Unstored
from chatd.wire.close import Reason


class NotStoredYet(ChatdError):
    """What was said holds, and is not on the disk yet."""

    text = "it holds for now, and cannot be stored yet: look into the log of chatd"
    hint = "make the disk work; if chatd is stopped before that, say it again"


class Access:
    """Answers whether somebody may be here, and takes what the operator says of that."""

    def __init__(
        self,
        store: NameStore | None = None,
        banned: Iterable[str] = (),
        allowed: Iterable[str] = (),
    ) -> None:
        self._store = store or Unstored()
        self.bans = Bans(banned)
        self.allowed = AllowList(allowed)

    def objection(self, key: bytes, name: str | None, host: str) -> Reason | None:
        """Why somebody with this key, name and IP address may not be here, if that is so."""
        bans = self.bans
        if bans.key(key) or bans.address(host) or (name is not None and bans.name(name)):
            return "banned"
        return None if self.allowed.admits(key) else "private"

    def ban(self, text: str) -> Deferred[str]:
        """Keep something away; fires with it. Raises `BadBan`, fails with `NotStoredYet`."""
        what = self.bans.add(text)
        return self._decided(what, lambda: Ban(what, what in self.bans))

    def unban(self, text: str) -> Deferred[str]:
        """Let it in again; as `ban`."""
        what = self.bans.remove(text)
        return self._decided(what, lambda: Ban(what, what in self.bans))

    def allow(self, key: str) -> Deferred[str]:
        """Put a key on the list; fires with it. Raises `BadGuest`, fails with `NotStoredYet`."""
        self.allowed.add(key)
        return self._decided(key, lambda: Allow(key, key in self.allowed))

    def deny(self, key: str) -> Deferred[str]:
        """Take it off again; as `allow`."""
        self.allowed.remove(key)
        return self._decided(key, lambda: Allow(key, key in self.allowed))

    def _decided(self, what: str, truth: Callable[[], Change]) -> Deferred[str]:
        """Store what the operator said, which holds whether that succeeds now or later."""

        def failed(failure: Failure) -> None:
            failure.trap(StorageError)
            self._store.owe(truth())
            raise NotStoredYet

        return self._store.store(truth(), truth).addErrback(failed).addCallback(lambda _: what)
