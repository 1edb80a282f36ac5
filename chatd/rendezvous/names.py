"""Names as the lobby uses them: decided in memory at once, done when they are stored
(protocol.md, "Names")."""

from collections.abc import Callable, Iterable

from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from chatd import limits
from chatd.files import StorageError
from chatd.rendezvous.bans import BadBan, Bans
from chatd.rendezvous.directory import Binding, Directory, canonical
from chatd.rendezvous.name_file import Ban, Bind, Forget, Seen, Unbind
from chatd.rendezvous.name_store import NameStore, Unstored
from chatd.rendezvous.new_names import NewNames
from chatd.rendezvous.refusals import Banned, NotStored


class Names:
    """Who holds which name.

    `now` gives the time by which names run out, in seconds (`seen_time.SeenTime`).
    """

    def __init__(
        self,
        now: Callable[[], float],
        store: NameStore | None = None,
        bindings: Iterable[Binding] = (),
        banned: Iterable[str] = (),
        *,
        per_key: int = limits.NAMES_PER_KEY,
        per_address: int = limits.NAMES_PER_ADDRESS,
        kept_seconds: float = limits.NAME_KEPT_SECONDS,
    ) -> None:
        self._now = now
        self._store = store or Unstored()
        self._new = NewNames(per_address)
        self._directory = Directory(kept_seconds, per_key, forgotten=self._forgotten)
        self._directory.restore(bindings)
        self.bans = Bans(banned)

    def __len__(self) -> int:
        """How many names are held."""
        return len(self._directory)

    def page(self, after: str, most: int) -> list[Binding]:
        """The next names in their order, with their keys and when their owners were here last."""
        return self._directory.page(after, most, self._now())

    def ago(self, moment: float) -> float:
        """How many seconds have passed since a moment of a binding."""
        return self._now() - moment

    def ban(self, what: str) -> Deferred[None]:
        """Keep a name or a key away; raises `BadBan`, fails with `NotStored`."""
        self.bans.add(what)
        return self._store.store(Ban(what)).addErrback(_not_stored)

    def unban(self, what: str) -> Deferred[None]:
        """Let it in again; raises `BadBan`, fails with `NotStored`."""
        if not self.bans.remove(what):
            raise BadBan("that is not banned", "chatctl bans")
        return self._store.store(Ban(what, False)).addErrback(_not_stored)

    def holder(self, name: str) -> bytes | None:
        """The key that a canonical name is bound to."""
        return self._directory.holder(name, self._now())

    def claim(self, name: str, key: bytes, address: str) -> Deferred[str]:
        """Bind a name as it was typed; fires with its canonical form when that is stored.

        Raises `Denied`, and fails with `NotStored`, after which the name is not bound.
        """
        wanted, now = canonical(name), self._now()
        if self.bans.name(wanted):
            raise Banned
        if self._directory.holder(wanted, now) is None:
            self._new.check(address, now)
        binding = self._directory.claim(wanted, key, now)
        if binding is None:
            return succeed(wanted)
        self._new.add(address, now)

        def not_stored(failure: Failure) -> None:
            failure.trap(StorageError)
            self._directory.release(wanted, key, self._now())
            raise NotStored

        stored = self._store.store(Bind(binding)).addErrback(not_stored)
        return stored.addCallback(lambda _: wanted)

    def release(self, name: str, key: bytes) -> Deferred[str]:
        """Unbind a canonical name; fires with it when that is stored.

        Raises `Denied`, and fails with `NotStored`, after which the name comes back at the
        daemon's next start.
        """
        self._directory.release(name, key, self._now())
        stored = self._store.store(Unbind(name, key)).addErrback(_not_stored)
        return stored.addCallback(lambda _: name)

    def arrived(self, key: bytes) -> None:
        """The owner of `key` is here: its names do not run out."""
        now = self._now()
        self._directory.arrived(key, now)
        self._seen(key, now)

    def left(self, key: bytes) -> None:
        """The owner of `key` is gone: its names begin to run out."""
        now = self._now()
        self._directory.left(key, now)
        self._seen(key, now)

    def _seen(self, key: bytes, now: float) -> None:
        if self._directory.names(key, now):
            self._store.store(Seen(key, now)).addErrback(_ignored)

    def _forgotten(self, key: bytes) -> None:
        self._store.store(Forget(key)).addErrback(_ignored)


def _not_stored(failure: Failure) -> None:
    failure.trap(StorageError)
    raise NotStored


def _ignored(failure: Failure) -> None:
    """The store has logged it, and nobody waits for the answer."""
    failure.trap(StorageError)
