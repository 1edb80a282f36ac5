"""What the operator does in each round, by a seed. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

TURNS = (
    "upgrade",
    "kill",
    "restart",
    "upgrade on a slow disk",
    "kill on a bad disk",
    "two upgrades",
    "restart on a full disk",
)
"""What ends a process, one kind after the other."""
ROUNDS_OF_A_PROCESS = 3
"""So many rounds end in one process, so that two of them can be compared with the one before."""
DEEDS = (
    "status",
    "ban key",
    "ban address",
    "ban name",
    "backup",
    "reload",
    "chatctl reload",
    "rotate",
    "squeeze",
    "full disk",
    "broken disk",
    "short writes",
    "slow disk",
    "hanging disk",
    "clock",
)
LEAST_SECONDS, MOST_SECONDS = 4, 20
"""Of one round."""


@dataclass(frozen=True)
class Planned:
    """One round: how long people come, and what is done meanwhile, in this order."""

    seconds: float
    deeds: tuple[str, ...]


def rounds(seconds: float, random: Random) -> Iterator[Planned]:
    """So many seconds of rounds, in which everything is done, again and again if there is time."""
    each = min(max(seconds / 15, LEAST_SECONDS), MOST_SECONDS)
    left: list[str] = []
    for number in range(max(round(seconds / each), ROUNDS_OF_A_PROCESS)):
        deeds: list[str] = []
        for _ in range(3):
            left = left or random.sample(DEEDS, len(DEEDS))
            deeds.append(left.pop())
        turn, place = divmod(number, ROUNDS_OF_A_PROCESS)
        if place == 0 and number > 0:
            deeds.insert(1, TURNS[(turn - 1) % len(TURNS)])
        yield Planned(each, tuple(deeds))
