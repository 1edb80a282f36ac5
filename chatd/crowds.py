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
        # Of most networks there is one member, for whom a table would be larger than all else here.
        self._alone: dict[str, M] = {}
        self._together: dict[str, dict[M, None]] = {}
        self._levels: dict[int, dict[str, None]] = {}
        self._highest = 0

    def add(self, member: M, source: Source) -> None:
        """Count one more."""
        for network, weight in source:
            count = self._count(network)
            self._move(network, count, count + 1, weight)
            if not count:
                self._alone[network] = member
                continue
            if count == 1:
                self._together[network] = {self._alone.pop(network): None}
            self._together[network][member] = None

    def remove(self, member: M, source: Source) -> None:
        """Count one less."""
        for network, weight in source:
            count = self._count(network)
            self._move(network, count, count - 1, weight)
            if count == 1:
                del self._alone[network]
                continue
            del self._together[network][member]
            if count == 2:
                (self._alone[network],) = self._together.pop(network)

    def largest(self) -> tuple[int, dict[M, None]]:
        """The highest level, and the members of one network that is there; 0 and none if empty."""
        if not self._highest:
            return 0, {}
        network = next(iter(self._levels[self._highest]))
        together = self._together.get(network)
        return self._highest, {self._alone[network]: None} if together is None else together

    def level(self, source: Source, more: int = 0) -> int:
        """The level of the fullest of these networks, if each had so many more."""
        return max(_level(self._count(network) + more, weight) for network, weight in source)

    def _count(self, network: str) -> int:
        """How many members a network has."""
        together = self._together.get(network)
        return int(network in self._alone) if together is None else len(together)

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
