"""Holds outlive a daemon that is stopped in good order (docs/operating.md, "What it keeps")."""

from collections.abc import Callable, Sequence

from chatd.rendezvous.holds import Holds
from chatd.rendezvous.name_changes import Held
from chatd.rendezvous.name_store import NameStore
from chatd.rendezvous.seen_time import SeenTime


class HoldKeeping:
    """Goes on from `start` with what is `kept`, and writes at `stop`; a crash leaves nothing.

    `seconds` is the clock of `holds`; what is written has the seconds of `SeenTime`.
    """

    def __init__(
        self,
        holds: Holds,
        seconds: Callable[[], float],
        passed: SeenTime,
        store: NameStore,
        kept: Sequence[tuple[str, float]],
    ) -> None:
        self._holds = holds
        self._seconds = seconds
        self._passed = passed
        self._store = store
        self._kept = kept

    def start(self) -> None:
        """Take what is kept, and leave nothing of it on the disk."""
        now = self._passed.now()
        left = [(name, until - now) for name, until in self._kept]
        self._holds.restore(left, self._seconds())
        self._store.owe(Held(()))

    def stop(self) -> None:
        """Write it down."""
        now = self._passed.now()
        kept = self._holds.kept(self._seconds())
        self._store.owe(Held(tuple((name, now + seconds) for name, seconds in kept)))
