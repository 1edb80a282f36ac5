"""A disk for names that fails, hangs, and works again, as a test says."""

import sqlite3
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, NamedTuple

from twisted.internet.defer import Deferred, succeed

from chatd.files import StorageError
from chatd.rendezvous import name_changes, name_schema
from chatd.rendezvous.directory import Binding
from chatd.rendezvous.name_changes import Change


class Fate(NamedTuple):
    """What becomes of one write: how long it takes, and whether it succeeds."""

    seconds: float = 0.01
    stored: bool = True


def fates(random: Random, trouble: float) -> Callable[[], Fate]:
    """Fates by chance: of `trouble` in 1, some fail and some take up to 20 seconds."""

    def fate() -> Fate:
        if random.random() >= trouble:
            return Fate(random.choice((0, 0.01, 0.1)))
        return Fate(random.choice((0.01, 1, 4.9, 5.1, 20)), random.random() < 0.5)

    return fate


class MemoryDisk:
    """Keeps names in memory, by the statements of the real file; `fate` decides on each write."""

    def __init__(self, clock: Any, fate: Callable[[], Fate] = Fate) -> None:
        self.fate = fate
        self.is_open = False
        self._clock = clock
        self._connection = sqlite3.connect(":memory:", isolation_level=None)
        name_schema.upgrade(self._connection)

    @property
    def bindings(self) -> list[Binding]:
        """What a daemon that starts now would find."""
        return sorted(name_changes.load(self._connection).bindings)

    @property
    def bans(self) -> list[str]:
        """The same of bans."""
        return sorted(name_changes.load(self._connection).bans)

    def open(self) -> None:
        """Nothing is to be done."""
        self.is_open = True

    def write(self, changes: Sequence[Change]) -> Deferred[None]:
        """Fires, and fails, as its fate has it."""
        fate = self.fate()
        done: Deferred[None] = Deferred()
        self._clock.callLater(fate.seconds, self._end, changes, fate.stored, done)
        return done

    def close(self) -> Deferred[None]:
        """At once."""
        self.is_open = False
        return succeed(None)

    def _end(self, changes: Sequence[Change], stored: bool, done: Deferred[None]) -> None:
        if not stored:
            done.errback(StorageError("cannot write names: a test"))
            return
        cursor = self._connection.cursor()
        for change in changes:
            name_changes.write(cursor, change)
        done.callback(None)

    def erase(self) -> None:
        """Let go of what is in memory."""
        self._connection.close()
