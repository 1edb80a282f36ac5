"""Where one side's router gives every connection another port, both dial many (protocol, "The
direct link"). Pure: which ports, and when.

The side with the random ports is `hard` to reach: it dials the one address and port of the other
from many sockets, and each is given a port outside. The other one, which is `easy`, dials many
ports of the address of the first. By the birthday problem some of them are the same, and there the
two connections meet as one.
"""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Literal

from msgspec import Struct

from chatd import limits
from chatd.addresses import Candidate

Side = Literal["hard", "easy"]
FIRST_PORT, LAST_PORT = 1024, 65535
KEPT, RANDOM = "spray-kept", "spray-random"
"""What an offer says of whoever takes part: the server sees them at the port that they have, or at
another one."""


class Spray(Struct, frozen=True):
    """Our side of it, and where the server sees the other person."""

    side: Side
    there: Candidate

    @property
    def sockets(self) -> int:
        """How many connections are tried at the same time."""
        return limits.SPRAY_SOCKETS if self.side == "hard" else limits.SPRAY_PORTS


class Shot(Struct, frozen=True):
    """One connection to dial: so many seconds after the beginning, to this port."""

    seconds: float
    port: int


def feature(seen: Candidate, local_port: int) -> str:
    """What an offer says of whoever is seen there, and whose link came from this port."""
    return KEPT if seen[1] == local_port else RANDOM


def side(ours: str, theirs: Sequence[str]) -> Side | None:
    """Which side we are on, by what both offers say; None where a spray is of no use, since neither
    has random ports or both have, or where one of the two does not take part."""
    match ours:
        case "spray-kept" if RANDOM in theirs:
            return "easy"
        case "spray-random" if KEPT in theirs:
            return "hard"
    return None


def rounds(spray: Spray, random: Random) -> list[list[Shot]]:
    """The shots of all rounds, each counted from the round's own beginning. By chance, one round in
    sixty comes to nothing."""
    near = spray.there[1]
    if spray.side == "easy":
        return [_paced(ports(near, random)) for _ in range(limits.SPRAY_ROUNDS)]
    return [_paced([near] * limits.SPRAY_SOCKETS)] * limits.SPRAY_ROUNDS


def ports(near: int, random: Random) -> list[int]:
    """So many different ones as are dialled: first those around the one that was seen, as carriers
    give whole blocks of ports to a customer."""
    reach = limits.SPRAY_NEAR // 2
    around = [port for port in range(near - reach, near + reach) if _is_dialled(port)]
    random.shuffle(around)
    others = set(range(FIRST_PORT, LAST_PORT + 1)) - set(around)
    return around + random.sample(sorted(others), limits.SPRAY_PORTS - len(around))


def batches(shots: Sequence[Shot]) -> Iterator[tuple[float, list[int]]]:
    """The ports that are dialled at the same moment, and when."""
    by_time: dict[float, list[int]] = {}
    for shot in shots:
        by_time.setdefault(shot.seconds, []).append(shot.port)
    yield from by_time.items()


def _is_dialled(port: int) -> bool:
    return FIRST_PORT <= port <= LAST_PORT


def _paced(wanted: Sequence[int]) -> list[Shot]:
    at_once, pause = limits.SPRAY_AT_ONCE, limits.SPRAY_PAUSE_SECONDS
    return [Shot(at // at_once * pause, port) for at, port in enumerate(wanted)]
