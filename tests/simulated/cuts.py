"""Which connections are cut, when and how; decided ahead or by chance."""

from collections.abc import Iterator, Sequence
from enum import Enum
from random import Random


class Cut(Enum):
    """How a connection ends against the will of both sides."""

    RESET = "reset"
    """Both sides see `ConnectionLost`, as soon as they look."""
    SILENT = "silent"
    """The cable is pulled: nothing arrives any more, and nobody is told."""


class CutPlan:
    """The cuts of one run, by the number of the delivery after which each is made."""

    def __init__(self, random: Random, probability: float, kinds: Sequence[Cut]) -> None:
        self._random = random
        self._probability = probability
        self._kinds = kinds
        self._planned: dict[int, list[tuple[Cut, int | None]]] = {}

    def after(self, delivery: int, how: Cut, connection: int | None) -> None:
        """Cut `connection` (by number; None: the one that it concerns) after that delivery."""
        self._planned.setdefault(delivery, []).append((how, connection))

    def due(self, delivery: int) -> Iterator[tuple[Cut, int | None]]:
        """What to cut now that this delivery has happened."""
        yield from self._planned.pop(delivery, ())
        if self._probability and self._random.random() < self._probability:
            yield self._random.choice(self._kinds), None
