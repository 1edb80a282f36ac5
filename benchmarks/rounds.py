"""Both sides of a comparison in turn, since a machine is not equally fast all the time."""

from collections.abc import Callable, Mapping
from statistics import median

Measured = Callable[[], float]


def in_turn(sides: Mapping[str, Measured], rounds: int) -> dict[str, list[float]]:
    """What each side measured, round by round, after one that counts for nothing."""
    for measure in sides.values():
        measure()
    found: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, measure in sides.items():
            found[name].append(measure())
    return found


def ratio(found: Mapping[str, list[float]], of: str, to: str) -> float:
    """How many times one side is of another: the median over the rounds."""
    return median(a / b for a, b in zip(found[of], found[to], strict=True))
