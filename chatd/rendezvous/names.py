"""Names as the lobby uses them: decided in memory at once, done when they are stored
(protocol, "Names")."""

from collections.abc import Callable, Iterable

from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from chatd import limits
from chatd.files import StorageError
from chatd.rendezvous.access import Access
from chatd.rendezvous.directory import Binding, Directory, canonical
from chatd.rendezvous.name_changes import Bind, Change, Forget, Seen, Unbind
from chatd.rendezvous.name_store import NameStore, Unstored
from chatd.rendezvous.new_names import NewNames
from chatd.rendezvous.refusals import Banned, Denied, NotNow, NotStored, NotYours
from chatd.sources import Source
from chatd.wire.token import LASTING, NAMED, STRANGER


class Names:
    """Who holds which name.

    `now` gives the time by which names run out, in seconds (`seen_time.SeenTime`). What is held
    here and what is on the disk is the same, but for what is on its way there: a name is bound
    from its claim on, and free once that it was given back is stored.
    """

    def __init__(
        self,
        now: Callable[[], float],
        store: NameStore | None = None,
        bindings: Iterable[Binding] = (),
        access: Access | None = None,
    ) -> None:
        self._now = now
        self._store = store or Unstored()
        self._new = NewNames(limits.NAMES_PER_SOURCE)
        self._directory = Directory(forgotten=self._forgotten)
        self._directory.restore(bindings)
        self.access = access or Access(store)
        # Who else waits for a name that is being stored, and the names that are being freed.
        self._claims: dict[str, list[Deferred[str]]] = {}
        self._leaving: set[str] = set()

    def __len__(self) -> int:
        """How many names are held."""
        return len(self._directory)

    def limit(self, *, total: int, per_key: int, per_source: int, kept_seconds: float) -> None:
        """So many names in all, of a key and, new ones, of a source in a day from now on, and for
        so long after their use."""
        self._directory.limit(total, per_key, kept_seconds)
        self._new.allow(per_source)

    def page(self, after: str, most: int) -> list[Binding]:
        """The next names in their order, with their keys and when their owners were here last."""
        return self._directory.page(after, most, self._now())

    def ago(self, moment: float) -> float:
        """How many seconds have passed since a moment of a binding."""
        return self._now() - moment

    def holder(self, name: str) -> bytes | None:
        """The key that a canonical name is bound to."""
        return self._directory.holder(name, self._now())

    def age(self, key: bytes) -> float | None:
        """For how many seconds a key has held a name; None if it holds none."""
        return self._directory.age(key, self._now())

    def is_held(self, name: str, key: bytes) -> bool:
        """Whether a name, as typed, is bound to this key."""
        return name.lower() in self._directory.names(key, self._now())

    def may_claim(self, name: str, source: Source) -> bool:
        """Whether somebody who holds no name could have this one now, as it was typed."""
        now = self._now()
        try:
            wanted = canonical(name)
            self._new.check(source, now)
        except Denied:
            return False
        return not self.access.bans.name(wanted) and self._directory.holder(wanted, now) is None

    def claim(self, name: str, key: bytes, source: Source) -> Deferred[str]:
        """Bind a name as it was typed; fires with its canonical form when that is stored.

        Raises `Denied`, and fails with `NotStored`, after which the name is not bound.
        """
        wanted, now = canonical(name), self._now()
        if self.access.bans.name(wanted):
            raise Banned
        holder = self._directory.holder(wanted, now)
        if holder == key and (wanted in self._claims or wanted in self._leaving):
            return self._joined(wanted)
        if holder is None:
            self._new.take(source, now)
        try:
            binding = self._directory.claim(wanted, key, now)
        except Denied:
            if holder is None:
                self._new.give_back(source)
            raise
        return succeed(wanted) if binding is None else self._bind(binding, source)

    def _joined(self, name: str) -> Deferred[str]:
        """Wait for a claim by the same key, from another session, that is being stored."""
        if name in self._leaving:
            raise NotNow
        also: Deferred[str] = Deferred()
        self._claims[name].append(also)
        return also

    def _bind(self, binding: Binding, source: Source) -> Deferred[str]:
        name, key = binding.name, binding.key
        self._claims[name] = []

        def settled(result: str | Failure) -> str | Failure:
            for also in self._claims.pop(name):
                also.callback(result)
            return result

        def not_stored(failure: Failure) -> str | Failure:
            self._free(name, key)
            self._new.give_back(source)
            return settled(_as_refusal(failure))

        storing = self._stored(Bind(binding), name, key)
        return storing.addCallbacks(lambda _: settled(name), not_stored)

    def release(self, name: str, key: bytes) -> Deferred[str]:
        """Unbind a canonical name; fires with it when that is stored.

        Raises `Denied`, and fails with `NotStored`, after which the name is still bound.
        """
        if self.holder(name) != key:
            raise NotYours
        if name in self._claims or name in self._leaving:
            raise NotNow
        self._leaving.add(name)

        def free(_: None) -> str:
            self._free(name, key)
            self._leaving.remove(name)
            return name

        def not_stored(failure: Failure) -> Failure:
            self._leaving.remove(name)
            return _as_refusal(failure)

        storing = self._stored(Unbind(name, key), name, key)
        return storing.addCallbacks(free, not_stored)

    def _free(self, name: str, key: bytes) -> None:
        """Let others have a name; it may have run out while the disk was busy."""
        if self.holder(name) == key:
            self._directory.release(name, key, self._now())

    def arrived(self, key: bytes) -> None:
        """The owner of `key` is here: its names do not run out. That is written on the first of
        their visits in a day, as no more than the day is kept."""
        now, directory = self._now(), self._directory
        held = directory.names(key, now)
        before = directory.day(key, now) if held else None
        directory.arrived(key, now)
        if held and directory.day(key, now) != before:
            self._seen(key, now)

    def left(self, key: bytes) -> None:
        """The owner of `key` is gone: its names begin to run out; nothing of that is written."""
        self._directory.left(key, self._now())

    def another_day(self) -> None:
        """Write down who is still here, for all in one go."""
        now = self._now()
        for key in self._directory.here():
            self._seen(key, now)

    def _seen(self, key: bytes, now: float) -> None:
        names = self._directory.names(key, now)
        if names:
            self._store.owe(Seen(key, names, self._directory.day(key, now)))

    def _forgotten(self, key: bytes, names: tuple[str, ...]) -> None:
        self._store.owe(Forget(key, names))

    def _stored(self, change: Change, name: str, key: bytes) -> Deferred[None]:
        def truth() -> Change:
            # A claim that is still under way is written in its turn, or not at all.
            is_bound = name not in self._claims and self.holder(name) == key
            return Bind(self._directory.binding(name, self._now())) if is_bound else gone

        gone = Unbind(name, key)
        return self._store.store(change, truth)


def rank(age: float | None) -> int:
    """The rank at the door of whoever has held a name for so many seconds; None for no name."""
    if age is None:
        return STRANGER
    return LASTING if age >= limits.NAME_PROVISIONAL_SECONDS else NAMED


def _as_refusal(failure: Failure) -> Failure:
    return Failure(NotStored()) if failure.check(StorageError) else failure
