"""Which key holds which name (protocol, "Names")."""

from collections.abc import Callable, Iterable
from heapq import nsmallest
from math import ceil
from typing import NamedTuple

from chatd import limits
from chatd.rendezvous.refusals import (
    BadName,
    DirectoryFull,
    NameTaken,
    NotYours,
    TooManyNames,
)
from chatd.wire.fields import is_name

DAY = 24 * 3600
SWEPT = 8
"""Owners that one claim forgets at most: more than it can add, so that the rest catches up."""


def canonical(text: str) -> str:
    """The one form of a name that was typed in any case; raises `BadName`."""
    # A few letters beyond ASCII, such as the Kelvin sign, have an ASCII letter for lower case.
    name = text.lower()
    if not text.isascii() or not is_name(name):
        raise BadName
    return name


def day_of(first: float, now: float, provisional: float = limits.NAME_PROVISIONAL_SECONDS) -> float:
    """What is kept and shown of a moment at which the owner of a key was here: the end of its day,
    so that nobody learns who left when.

    It is in the owner's favour; but for a new key, whose first name is from `first`, it says as
    little as the moment itself that the key has outlived its `provisional` seconds.
    """
    day = ceil(now / DAY) * DAY
    is_new = now - first < provisional
    return min(day, first + provisional - 1) if is_new else day


class Binding(NamedTuple):
    """A name of a key, with the moments, in the seconds of `seen_time.SeenTime`, of the key's first
    name and of its owner's being here last, by its day."""

    name: str
    key: bytes
    first: float
    seen: float


class Directory:
    """Names bound to the first key that claims them, in memory.

    The names of a key do not run out while its owner is here. They run out together, after that:
    `provisional_seconds` later for a new key, and `kept_seconds` later for one whose owner was
    still or again here `provisional_seconds` after its first name. Names are canonical, keys are
    identities (33 bytes), `now` is in seconds; `forgotten` is told whose names ran out, and which.
    """

    def __init__(
        self,
        kept_seconds: float = limits.NAME_KEPT_SECONDS,
        per_key: int = limits.NAMES_PER_KEY,
        total: int = limits.NAMES,
        provisional_seconds: float = limits.NAME_PROVISIONAL_SECONDS,
        forgotten: Callable[[bytes, tuple[str, ...]], None] = lambda key, names: None,
    ) -> None:
        self._kept_seconds = kept_seconds
        self._provisional_seconds = provisional_seconds
        self._forgotten = forgotten
        self._per_key = per_key
        self._total = total
        self._holders: dict[str, bytes] = {}
        self._names: dict[bytes, tuple[str, ...]] = {}
        self._first: dict[bytes, float] = {}
        # Whose owners are here, whether they hold names or not.
        self._here: dict[bytes, None] = {}
        # Owners who hold names and are not here, since when; who left first comes first.
        self._new_away: dict[bytes, float] = {}
        self._away: dict[bytes, float] = {}

    def __len__(self) -> int:
        """How many names are held, those included that ran out and are not swept yet."""
        return len(self._holders)

    def limit(self, total: int, per_key: int, kept_seconds: float) -> None:
        """So many names and for so long from now on; those that are held beyond stay."""
        self._total = total
        self._per_key = per_key
        self._kept_seconds = kept_seconds

    def restore(self, bindings: Iterable[Binding]) -> None:
        """Know again what was bound before; nobody is here yet."""
        for name, key, first, seen in sorted(bindings, key=lambda binding: binding.seen):
            self._holders[name] = key
            self._names[key] = (*self._names.get(key, ()), name)
            self._first[key] = first
            self._start_running_out(key, seen)

    def claim(self, name: str, key: bytes, now: float) -> Binding | None:
        """Bind `name` to `key`, and return what is new; None if it was so before.

        Raises NameTaken, TooManyNames, DirectoryFull.
        """
        self._sweep(now)
        self._forget_if_lapsed(key, now)
        holder = self.holder(name, now)
        if holder is not None and holder != key:
            raise NameTaken
        if holder is None:
            self._bind(name, key, now)
        self._start_running_out(key, now)
        return self.binding(name, now) if holder is None else None

    def holder(self, name: str, now: float) -> bytes | None:
        """The key that `name` is bound to."""
        key = self._holders.get(name)
        if key is not None:
            self._forget_if_lapsed(key, now)
        return self._holders.get(name)

    def names(self, key: bytes, now: float) -> tuple[str, ...]:
        """The names that are bound to `key`, in the order in which it claimed them."""
        self._forget_if_lapsed(key, now)
        return self._names.get(key, ())

    def age(self, key: bytes, now: float) -> float | None:
        """For how many seconds `key` has held a name; None if it holds none."""
        self._forget_if_lapsed(key, now)
        first = self._first.get(key)
        return None if first is None else max(0.0, now - first)

    def release(self, name: str, key: bytes, now: float) -> None:
        """Unbind `name`; raises `NotYours`."""
        if self.holder(name, now) != key:
            raise NotYours
        del self._holders[name]
        self._names[key] = tuple(each for each in self._names[key] if each != name)
        if not self._names[key]:
            self._forget(key)

    def page(self, after: str, most: int, now: float) -> list[Binding]:
        """The first names behind `after`, in their order; owners who are here were seen `now`."""
        names = nsmallest(most, (name for name in self._holders if name > after))
        return [self.binding(name, now) for name in names]

    def binding(self, name: str, now: float) -> Binding:
        """All about a name that is held."""
        key = self._holders[name]
        return Binding(name, key, self._first[key], self.day(key, now))

    def day(self, key: bytes, now: float) -> float:
        """The day on which the owner of a key that holds names was here last."""
        seen = self._new_away.get(key, self._away.get(key, now))
        return day_of(self._first[key], seen, self._provisional_seconds)

    def here(self) -> list[bytes]:
        """The keys that hold names and whose owners are here."""
        return [key for key in self._here if key in self._names]

    def arrived(self, key: bytes, now: float) -> None:
        """The owner of `key` is here: its names do not run out."""
        self._forget_if_lapsed(key, now)
        self._new_away.pop(key, None)
        self._away.pop(key, None)
        self._here[key] = None

    def left(self, key: bytes, now: float) -> None:
        """The owner of `key` is gone: its names begin to run out."""
        self._here.pop(key, None)
        self._start_running_out(key, now)

    def _bind(self, name: str, key: bytes, now: float) -> None:
        if len(self._names.get(key, ())) >= self._per_key:
            raise TooManyNames
        if len(self._holders) >= self._total:
            raise DirectoryFull
        self._holders[name] = key
        self._names[key] = (*self._names.get(key, ()), name)
        self._first.setdefault(key, now)

    def _start_running_out(self, key: bytes, now: float) -> None:
        if key in self._names and key not in self._here:
            # Taken out first, so that the key moves to the end of the order.
            self._new_away.pop(key, None)
            self._away.pop(key, None)
            is_new = now - self._first[key] < self._provisional_seconds
            (self._new_away if is_new else self._away)[key] = now

    def _sweep(self, now: float) -> None:
        """Forget some of those who ran out: who left first comes first."""
        for away in (self._new_away, self._away):
            left = SWEPT
            while left and away and self._forget_if_lapsed(next(iter(away)), now):
                left -= 1

    def _forget_if_lapsed(self, key: bytes, now: float) -> bool:
        since, seconds = self._new_away.get(key), self._provisional_seconds
        if since is None:
            since, seconds = self._away.get(key), self._kept_seconds
        if since is None or now - since < seconds:
            return False
        self._forgotten(key, self._forget(key))
        return True

    def _forget(self, key: bytes) -> tuple[str, ...]:
        names = self._names.pop(key, ())
        for name in names:
            del self._holders[name]
        self._first.pop(key, None)
        self._new_away.pop(key, None)
        self._away.pop(key, None)
        return names
