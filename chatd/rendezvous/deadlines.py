"""When things are due, so that one timer is enough for all of them."""

from collections.abc import Hashable
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Generic, TypeVar

H = TypeVar("H", bound=Hashable)


class Deadlines(Generic[H]):
    """At most one deadline for each thing; nothing is kept of what was dropped, but for some
    numbers: a small multiple of those that are set."""

    def __init__(self) -> None:
        self._set: dict[H, tuple[float, int]] = {}
        self._things: dict[int, H] = {}
        # Numbers of what was moved or dropped stay here until they come up or are too many.
        self._heap: list[tuple[float, int]] = []
        self._serial = count()

    def __len__(self) -> int:
        """How many entries are held, stale ones included."""
        return len(self._heap)

    def set(self, thing: H, when: float) -> None:
        """Make `thing` due at `when`, and at no other time."""
        self._forget(thing)
        serial = next(self._serial)
        self._set[thing] = (when, serial)
        self._things[serial] = thing
        heappush(self._heap, (when, serial))
        self._tidy()

    def drop(self, thing: H) -> None:
        """Make `thing` due at no time."""
        self._forget(thing)
        self._tidy()

    def next(self) -> float | None:
        """When the first thing is due, if there is any."""
        while self._heap and self._heap[0][1] not in self._things:
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def pop(self, now: float) -> H | None:
        """Drop and return the first thing that is due at `now`, if there is any."""
        when = self.next()
        if when is None or when > now:
            return None
        thing = self._things[heappop(self._heap)[1]]
        self.drop(thing)
        return thing

    def _forget(self, thing: H) -> None:
        was = self._set.pop(thing, None)
        if was is not None:
            del self._things[was[1]]

    def _tidy(self) -> None:
        if len(self._heap) > 2 * len(self._set):
            self._heap = list(self._set.values())
            heapify(self._heap)
