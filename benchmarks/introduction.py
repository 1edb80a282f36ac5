"""What one whole introduction costs the server, beside four messages that the straight line routes.

    python -m benchmarks.introduction [ROUNDS [INTRODUCTIONS]]

Two people who are logged in are introduced: request, accept, offer, and both are told and closed.
The straight line takes four messages of the same two links and answers each with one, of the size
of an introduction. Logins are not counted; the servers take turns.
"""

import sys
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.people import come, new_name
from benchmarks.rounds import in_turn, ratio
from benchmarks.servers import Chatd, StraightLine, cpu_seconds, pin_load
from chatd.wire import server as wire
from tests.daemon.person import NOWHERE, Person, introduce

FLOOR, WHOLE = "four messages of the straight line", "one introduction of chatd"
OFFER = b"x" * 64


def pairs(port: int, count: int) -> list[tuple[Person, Person, str]]:
    """So many of two people who are logged in, and the name of the second."""
    found = []
    for _ in range(count):
        asker, asked, name = come(port), come(port), new_name()
        asker.login(new_name())
        asked.login(name)
        found.append((asker, asked, name))
    return found


def introduced(server: Chatd, count: int) -> float:
    """Microseconds of CPU for one introduction."""
    there = pairs(server.port, count)
    before = cpu_seconds(server.pid)
    for asker, asked, name in there:
        id = introduce(asker, asked, name)
        asker.say(wire.OfferMade(id, OFFER, NOWHERE))
        for person in (asker, asked):
            person.hear(wire.Go)
            person.hear(wire.Close)
    used = cpu_seconds(server.pid) - before
    close(there)
    return used / count * 1e6


def routed(server: StraightLine, count: int) -> float:
    """Microseconds of CPU for four messages, each read, opened, answered and sealed."""
    there = pairs(server.port, count)
    before = cpu_seconds(server.pid)
    for asker, asked, name in there:
        for person in (asker, asked, asker, asked):
            person.login(name)
    used = cpu_seconds(server.pid) - before
    close(there)
    return used / count * 1e6


def close(there: list[tuple[Person, Person, str]]) -> None:
    """All hang up."""
    for asker, asked, _ in there:
        asker.close()
        asked.close()


def main(rounds: int = 20, introductions: int = 15) -> None:
    """Measure and print."""
    pin_load()
    with TemporaryDirectory() as folder, StraightLine() as floor, Chatd(Path(folder)) as chatd:
        sides = {
            FLOOR: partial(routed, floor, introductions),
            WHOLE: partial(introduced, chatd, introductions),
        }
        found = in_turn(sides, rounds)
    for side, values in found.items():
        print(f"{side:36} {median(values):7.0f} us of CPU")
    print(f"an introduction is {ratio(found, WHOLE, FLOOR):.2f} times four routed messages")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
