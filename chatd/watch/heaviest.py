"""Which of very many things come most often, in a memory that does not grow with them."""

from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


class Heaviest(Generic[T]):
    """Counts with `most` counters, by the rule of Misra and Gries.

    Whatever makes up more than one part in `most` + 1 of all is among those counted, with at least
    what `first` says; one step costs a constant, taken over all of them.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._counts: dict[T, int] = {}

    def __len__(self) -> int:
        """How many are counted now."""
        return len(self._counts)

    def add(self, thing: T) -> None:
        """One more of these."""
        if thing in self._counts or len(self._counts) < self._most:
            self._counts[thing] = self._counts.get(thing, 0) + 1
        else:
            # It and one of each of the others cancel out.
            self._counts = {each: count - 1 for each, count in self._counts.items() if count > 1}

    def first(self, number: int) -> list[tuple[T, int]]:
        """The most frequent ones and how often each came at least, the most frequent first."""
        return sorted(self._counts.items(), key=lambda each: -each[1])[:number]
