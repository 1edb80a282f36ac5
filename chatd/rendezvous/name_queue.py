"""Changes to names on their way to the disk, in their order. Pure."""

from collections.abc import Callable, Iterable

from msgspec import Struct
from twisted.internet.defer import Deferred

from chatd.rendezvous.name_changes import Change, subject


class Awaited(Struct, eq=False):
    """A change that someone waits for, since then; `truth` is what to write where it is stored too
    late."""

    change: Change
    truth: Callable[[], Change] | None
    since: float
    done: Deferred[None]


class NameQueue:
    """What is awaited, and what is owed: decided already, and to be written whenever it can be.

    Of what is owed about one thing only the latest counts, so that it stays as small as what is
    known, however long the disk fails.
    """

    def __init__(self) -> None:
        self._changes: dict[object, Change | Awaited] = {}
        self.awaited = 0

    def __len__(self) -> int:
        return len(self._changes)

    def wait(self, awaited: Awaited) -> None:
        """Somebody waits for one more."""
        self._changes[awaited] = awaited
        self.awaited += 1

    def give_up(self, awaited: Awaited) -> bool:
        """Nobody waits for it any more; False if it was taken already."""
        if self._changes.pop(awaited, None) is None:
            return False
        self.awaited -= 1
        return True

    def owe(self, change: Change) -> None:
        """One more, in its turn."""
        self._changes.pop(subject(change), None)
        self._changes[subject(change)] = change

    def owe_first(self, changes: Iterable[Change]) -> None:
        """Some more, before all that came later than they did; what came later may replace them."""
        first = {subject(each): each for each in changes if subject(each) not in self._changes}
        self._changes = {**first, **self._changes}

    def take(self) -> list[Change | Awaited]:
        """All of it."""
        taken, self._changes, self.awaited = list(self._changes.values()), {}, 0
        return taken
