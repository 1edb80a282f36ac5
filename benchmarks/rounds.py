"""Both sides of a comparison in turn, since a machine is not equally fast all the time."""

import random
from collections.abc import Callable, Mapping
from statistics import median

Measured = Callable[[], float]


def in_turn(sides: Mapping[str, Measured], rounds: int) -> dict[str, list[float]]:
    """What each side measured, round by round, after one that counts for nothing; each round has
    an order of its own, as it matters who was at work before."""
    for measure in sides.values():
        measure()
    found: dict[str, list[float]] = {name: [] for name in sides}
    order, chance = list(sides), random.Random(0)
    for _ in range(rounds):
        chance.shuffle(order)
        for name in order:
            found[name].append(sides[name]())
    return found


def ratio(found: Mapping[str, list[float]], of: str, to: str) -> float:
    """How many times one side is of another: the median over the rounds."""
    return median(a / b for a, b in zip(found[of], found[to], strict=True))
