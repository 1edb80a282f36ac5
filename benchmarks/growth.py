"""Whether what people do costs more where many are there and many names are held.

    python -m benchmarks.growth [ROUNDS [LOGINS [FEW [MANY [NAMES]]]]]

Two daemons: at one FEW people (500) are logged in, at the other MANY (16,000), and NAMES names
(50,000) are held. Measured is the server's CPU for a login with a new name and a search; the two
take turns.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from socket import socket
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.people import come, new_name
from benchmarks.rounds import in_turn, ratio
from benchmarks.servers import Chatd, allow_files, cpu_seconds, pin_load
from chatd.rendezvous.directory import Binding
from chatd.rendezvous.name_changes import Bind
from chatd.rendezvous.name_file import NameFile

FEW, MANY = "few", "many"
AT_A_TIME = 16


def hold(data: Path, names: int) -> None:
    """A folder in which so many names are bound, each to a key of its own."""
    file = NameFile(data)
    keys = (b"\x01" + number.to_bytes(32, "big") for number in range(names))
    file.apply([Bind(Binding(f"held{n}", key, 0.0, 0.0)) for n, key in enumerate(keys)])
    file.close()


def fill(port: int, people: int) -> list[socket]:
    """So many who are logged in and say nothing."""

    def one(_: int) -> socket:
        person = come(port)
        person.login(new_name())
        return person.socket

    with ThreadPoolExecutor(AT_A_TIME) as threads:
        return list(threads.map(one, range(people)))


def cost(server: Chatd, logins: int) -> float:
    """Microseconds of the server's CPU for one login and one search."""
    before = cpu_seconds(server.pid)
    for _ in range(logins):
        with come(server.port) as person:
            name = new_name()
            assert person.login(name).name == name
            assert person.sees(name)
    return (cpu_seconds(server.pid) - before) / logins * 1e6


def main(
    rounds: int = 20, logins: int = 25, few: int = 500, many: int = 16_000, names: int = 50_000
) -> None:
    """Measure and print."""
    pin_load()
    allow_files()
    with TemporaryDirectory() as folder:
        small, large = Path(folder, FEW), Path(folder, MANY)
        for each in (small, large):
            each.mkdir()
        with Chatd(large):
            pass  # it makes the folder and its key
        hold(large / "data", max(0, names - many))
        room = str(many + 100)
        with (
            Chatd(small, relay="off", max_clients=room) as quiet,
            Chatd(large, relay="off", max_clients=room) as full,
        ):
            there = fill(quiet.port, few) + fill(full.port, many)
            sides = {FEW: partial(cost, quiet, logins), MANY: partial(cost, full, logins)}
            found = in_turn(sides, rounds)
            for each in there:
                each.close()
    print(f"{few} people: {median(found[FEW]):.0f} us of CPU for a login and a search")
    print(f"{many} people, {names} names: {median(found[MANY]):.0f} us", end="; ")
    print(f"that is {ratio(found, MANY, FEW):.2f} times as much")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
