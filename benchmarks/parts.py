"""What each part of a login costs: the same, beside a daemon that lacks it.

    python -m benchmarks.parts [ROUNDS]

People come `AT_ONCE` at a time (`benchmarks.login`). All daemons take turns, two of which lack
nothing: what differs between those two is what the figures are worth.
"""

import os
import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from unittest.mock import patch

from benchmarks.lacking import PARTS
from benchmarks.login import AT_ONCE, FLOOR, cost, together
from benchmarks.rounds import Measured, in_turn
from benchmarks.servers import Chatd, StraightLine, pin_load
from tests.daemon import daemon_process

LACKING = [sys.executable, "-m", "benchmarks.lacking"]
WHOLE, AGAIN = "", "nothing"


def daemon(part: str, stack: ExitStack) -> Chatd:
    """One that lacks a part, until the end."""
    folder = stack.enter_context(TemporaryDirectory())
    path = f"{daemon_process.TREE}:{os.environ.get('PYTHONPATH', '')}"
    with (
        patch.dict(os.environ, LACKS=part, PYTHONPATH=path),
        patch.object(daemon_process, "CHATD", LACKING),
    ):
        return stack.enter_context(Chatd(Path(folder)))


def main(rounds: int = 40) -> None:
    """Measure and print."""
    pin_load()
    with ExitStack() as stack:
        servers: dict[str, StraightLine | Chatd] = {
            **{part: daemon(part, stack) for part in PARTS},
            AGAIN: daemon(WHOLE, stack),
            FLOOR: stack.enter_context(StraightLine()),
        }
        sides: dict[str, Measured] = {
            part: partial(cost, server, "gcm", together, AT_ONCE)
            for part, server in servers.items()
        }
        found = in_turn(sides, rounds)
    whole = found.pop(WHOLE)
    print(f"{median(whole):.0f} us of CPU a login, {AT_ONCE} at a time; less, without")
    for part, values in found.items():
        saved = median(a - b for a, b in zip(whole, values, strict=True))
        print(f"{saved:7.0f} us  {part}")
    times = median(a / b for a, b in zip(whole, found[FLOOR], strict=True))
    print(f"all of it is {times:.2f} times the straight line")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
