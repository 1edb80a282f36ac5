"""The open requests that wait for each name."""

from collections import Counter

from chatd import limits
from chatd.rendezvous.introduction import Introduction


class Waiting:
    """Open requests by the name that they are for, oldest first."""

    def __init__(self) -> None:
        self._by_name: dict[str, dict[bytes, Introduction]] = {}

    def __len__(self) -> int:
        """How many names have requests waiting for them."""
        return len(self._by_name)

    def to(self, name: str) -> list[Introduction]:
        """The requests for `name`, oldest first."""
        return list(self._by_name.get(name, {}).values())

    def add(self, introduction: Introduction) -> None:
        """Let a request wait, after all others for its name."""
        self._by_name.setdefault(introduction.name, {})[introduction.id] = introduction

    def remove(self, introduction: Introduction) -> None:
        """Let a request wait no longer."""
        waiting = self._by_name[introduction.name]
        del waiting[introduction.id]
        if not waiting:
            del self._by_name[introduction.name]

    def in_the_way(self, name: str, source: str) -> Introduction | None:
        """The request that has to go before `source` can add one for `name`, if any has to.

        Each source has its share. Where all requests for a name are too many, the oldest goes of
        a source with the most, so that few sources cannot crowd out the others.
        """
        waiting = self.to(name)
        counts = Counter(each.asker.source for each in waiting)
        if counts[source] >= limits.ASKED_PER_ADDRESS:
            return next(each for each in waiting if each.asker.source == source)
        if len(waiting) < limits.ASKED:
            return None
        most = max(counts.values())
        return next(each for each in waiting if counts[each.asker.source] == most)
