"""Who is still to hear that a request has been withdrawn, since its asker began to talk with
another: told at once, they would know the moment (protocol, "Presence"). Pure."""

from collections.abc import Callable

from chatd import limits
from chatd.rendezvous.deadlines import Deadlines
from chatd.rendezvous.presence import Person

Told = tuple[Person | None, bytes]
"""The id of a request, and whoever has been told of it, if anybody has: it makes no difference to
anybody else."""


class Withdrawing:
    """Each at a moment of their own; when too many wait, the next hear it at once."""

    def __init__(self, uniform: Callable[[float, float], float]) -> None:
        self._uniform = uniform
        self._due: Deadlines[Told] = Deadlines()
        self._waiting: set[Told] = set()

    def add(self, person: Person | None, id: bytes, now: float) -> None:
        """They are to hear it, some time from now."""
        is_full = len(self._waiting) >= limits.WITHDRAWING
        self._waiting.add((person, id))
        wait = 0 if is_full else self._uniform(0, limits.WITHDRAWN_SECONDS)
        self._due.set((person, id), now + wait)

    def next(self) -> float | None:
        """When somebody is to hear it, if anybody is."""
        return self._due.next()

    def pop(self, now: float) -> Told | None:
        """Who is to hear it by `now`, once each."""
        due = self._due.pop(now)
        if due is not None:
            self._waiting.remove(due)
        return due

    def drop(self, person: Person, id: bytes) -> None:
        """They hear now what has become of it; harmless if they were not to hear it."""
        self._waiting.discard((person, id))
        self._due.drop((person, id))
