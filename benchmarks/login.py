"""What a login costs the server: CPU, from the connection to its end, beside a straight line.

    python -m benchmarks.login [LOGINS]

Each login comes from a new key and takes a new name, which chatd stores on the disk. The servers
take turns in rounds; a figure is the median of its rounds.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.servers import Chatd, StraightLine, cpu_seconds, pin_load
from tests.daemon.person import Person

ROUNDS = 10


def log_in(port: int, suite: str, names: "Callable[[], str]", count: int) -> None:
    """So many people, one after the other."""
    for _ in range(count):
        with Person(port, suites=(suite,)) as person:
            name = names()
            assert person.login(name).name == name


def cost(server: StraightLine | Chatd, suite: str, names: "Callable[[], str]", count: int) -> float:
    """The server's CPU for one login, in microseconds."""
    before = cpu_seconds(server.pid)
    log_in(server.port, suite, names, count)
    return (cpu_seconds(server.pid) - before) / count * 1e6


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    numbers = iter(range(10**9))
    pin_load()
    limits = {"names_per_source": "100000"}
    with (
        TemporaryDirectory() as folder,
        StraightLine() as floor,
        Chatd(Path(folder), **limits) as chatd,
    ):
        kinds = {
            "straight line, gcm": (floor, "gcm"),
            "chatd, gcm": (chatd, "gcm"),
            "chatd, cbc": (chatd, "cbc"),
        }
        rounds: dict[str, list[float]] = {kind: [] for kind in kinds}
        for _ in range(ROUNDS):
            for kind, (server, suite) in kinds.items():
                each = count // ROUNDS
                rounds[kind].append(cost(server, suite, lambda: f"n{next(numbers)}", each))
    figures = {kind: median(values[1:]) for kind, values in rounds.items()}
    for kind, microseconds in figures.items():
        print(f"{kind:20} {microseconds:7.0f} us of CPU a login")
    floor_us, gcm, cbc = figures.values()
    print(f"gcm is {gcm / floor_us:.2f} times the straight line; cbc is {cbc / gcm:.2f} times gcm")


if __name__ == "__main__":
    main()
