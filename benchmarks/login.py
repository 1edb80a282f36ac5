"""What a login costs the server: CPU, from the connection to its end, beside a straight line.

    python -m benchmarks.login [ROUNDS [LOGINS]]

Each login comes from a new key and a new address and takes a new name, which chatd stores on the
disk. The servers take turns, with so many logins in each round.
"""

import sys
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.people import come, new_name
from benchmarks.rounds import in_turn, ratio
from benchmarks.servers import Chatd, StraightLine, cpu_seconds, pin_load

FLOOR, GCM, CBC = "straight line, gcm", "chatd, gcm", "chatd, cbc"


def cost(server: StraightLine | Chatd, suite: str, count: int) -> float:
    """The server's CPU for one login, in microseconds."""
    before = cpu_seconds(server.pid)
    for _ in range(count):
        with come(server.port, suite) as person:
            name = new_name()
            assert person.login(name).name == name
    return (cpu_seconds(server.pid) - before) / count * 1e6


def main(rounds: int = 40, logins: int = 25) -> None:
    """Measure and print."""
    pin_load()
    with TemporaryDirectory() as folder, StraightLine() as floor, Chatd(Path(folder)) as chatd:
        sides = {
            FLOOR: partial(cost, floor, "gcm", logins),
            GCM: partial(cost, chatd, "gcm", logins),
            CBC: partial(cost, chatd, "cbc", logins),
        }
        found = in_turn(sides, rounds)
    for side, values in found.items():
        print(f"{side:20} {median(values):7.0f} us of CPU a login")
    print(f"gcm is {ratio(found, GCM, FLOOR):.2f} times the straight line", end="; ")
    print(f"cbc is {ratio(found, CBC, GCM):.2f} times gcm")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
