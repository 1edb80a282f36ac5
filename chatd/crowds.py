"""How many come from each network, and where most do. Pure."""

from collections.abc import Hashable
from typing import Generic, TypeVar

from chatd.sources import Source

M = TypeVar("M", bound=Hashable)


class Crowds(Generic[M]):
    """Members by the networks that they come from, and which of those has the most for its weight.

    The level of a network is the number of its members by its weight, rounded up.
    """

    def __init__(self) -> None:
        self._members: dict[str, dict[M, None]] = {}
        self._levels: dict[int, dict[str, None]] = {}
        self._highest = 0

    def add(self, member: M, source: Source) -> None:
        """Count one more."""
        for network, weight in source:
            members = self._members.setdefault(network, {})
            self._move(network, len(members), len(members) + 1, weight)
            members[member] = None

    def remove(self, member: M, source: Source) -> None:
        """Count one less."""
        for network, weight in source:
            members = self._members[network]
            self._move(network, len(members), len(members) - 1, weight)
            del members[member]
            if not members:
                del self._members[network]

    def largest(self) -> tuple[int, dict[M, None]]:
        """The highest level, and the members of one network that is there; 0 and none if empty."""
        if not self._highest:
            return 0, {}
        return self._highest, self._members[next(iter(self._levels[self._highest]))]

    def level(self, source: Source, more: int = 0) -> int:
        """The level of the fullest of these networks, if each had so many more."""
        return max(
            _level(len(self._members.get(network, ())) + more, weight) for network, weight in source
        )

    def _move(self, network: str, before: int, after: int, weight: int) -> None:
        old, new = _level(before, weight), _level(after, weight)
        if old == new:
            return
        if old:
            del self._levels[old][network]
            if not self._levels[old]:
                del self._levels[old]
        if new:
            self._levels.setdefault(new, {})[network] = None
        # A level moves by one at a time.
        self._highest = max(self._highest, new)
        while self._highest and self._highest not in self._levels:
            self._highest -= 1


def _level(members: int, weight: int) -> int:
    return -(-members // weight)
