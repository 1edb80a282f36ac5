"""What a login costs the server: CPU, from the connection to its end, beside a straight line.

    python -m benchmarks.login [ROUNDS [LOGINS]]

Each login comes from a new key and a new address and takes a new name, which chatd stores on the
disk. The servers take turns, with so many logins in each round: one after the other, and then
`AT_ONCE` of them at a time. A second straight line stores the names as well, as barely as that can
be done.
"""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.people import come, new_name
from benchmarks.rounds import in_turn, ratio
from benchmarks.servers import Chatd, StraightLine, cpu_seconds, pin_load
from benchmarks.together import all_at_once

FLOOR, STORING, GCM, CBC = "straight line", "the same, storing", "chatd, gcm", "chatd, cbc"
AT_ONCE = 16
Come = Callable[[int, str, int], None]


def alone(port: int, suite: str, count: int) -> None:
    """So many logins, each after the one before."""
    for _ in range(count):
        with come(port, suite) as person:
            name = new_name()
            assert person.login(name).name == name


def together(port: int, suite: str, count: int) -> None:
    """So many logins, some of them at a time."""
    for _ in range(count // AT_ONCE):
        all_at_once(port, suite, AT_ONCE)


def cost(server: StraightLine | Chatd, suite: str, come: Come, count: int) -> float:
    """The server's CPU for one login, in microseconds."""
    before = cpu_seconds(server.pid)
    come(server.port, suite, count)
    return (cpu_seconds(server.pid) - before) / count * 1e6


def main(rounds: int = 40, logins: int = 32) -> None:
    """Measure and print."""
    pin_load()
    at_once = max(AT_ONCE, logins - logins % AT_ONCE)
    with TemporaryDirectory() as folder:
        here = Path(folder)
        with StraightLine() as floor, StraightLine(folder) as storing, Chatd(here) as chatd:
            each = {FLOOR: floor, STORING: storing, GCM: chatd}
            for title, come, count in (
                ("one after the other", alone, logins),
                (f"{AT_ONCE} at a time", together, at_once),
            ):
                sides = {
                    name: partial(cost, server, "gcm", come, count) for name, server in each.items()
                }
                sides[CBC] = partial(cost, chatd, "cbc", come, count)
                show(title, in_turn(sides, rounds))


def show(title: str, found: dict[str, list[float]]) -> None:
    """Print the figures of one way of coming."""
    print(f"{title}:")
    for side, values in found.items():
        print(f"  {side:20} {median(values):7.0f} us of CPU a login")
    print(f"  gcm is {ratio(found, GCM, FLOOR):.2f} times the straight line", end=", ")
    print(f"{ratio(found, GCM, STORING):.2f} times the one that stores", end="; ")
    print(f"cbc is {ratio(found, CBC, GCM):.2f} times gcm")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
