"""What people cost who are logged in and say nothing: memory, and stops of the reactor.

    python -m benchmarks.crowd [FEW MANY [SUITE...]]

Memory is the slope between two numbers of people (2,000 and 18,500), beside that of a line server
of bare Twisted. A stop is the CPU of one collection of garbage, and of one turn of the reactor with
all that is done in it; how long they are is said for each quarter of the way.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from socket import socket
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks.load import Crowd, crowd
from benchmarks.people import come, new_address, new_name
from benchmarks.servers import Chatd, StraightLine, allow_files, pin_load, resident_bytes
from tests.daemon.person import Line

MORE = 300
"""People who come and go when all others are there."""
QUARTERS = 4


def knock(port: int) -> socket:
    """Somebody at the line server."""
    line = Line(port, source=new_address())
    line.send(b"hello\r\n")
    assert [line.line(), line.line()] == [b"hello", b"hello"]
    return line.socket


def log_in(suite: str, port: int) -> socket:
    """Somebody at chatd."""
    person = come(port, suite)
    person.login(new_name())
    return person.socket


class Longest(NamedTuple):
    """Milliseconds of CPU of the longest collection of garbage, and of the longest turn."""

    collection: float
    turn: float

    def __str__(self) -> str:
        return f"longest collection {self.collection:.1f} ms, longest turn {self.turn:.1f} ms"


class Stops:
    """How long one process was busy with one thing."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "stops"
        self._file.touch()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """A process that is started meanwhile is watched."""
        path = os.environ.get("PYTHONPATH", "")
        os.environ["WATCH_STOPS"] = str(self._file)
        os.environ["PYTHONPATH"] = f"{Path(__file__).with_name('watch')}:{path}"
        yield
        del os.environ["WATCH_STOPS"]
        os.environ["PYTHONPATH"] = path

    def longest(self) -> Longest:
        """The longest since this was asked."""
        found = [line.split() for line in self._file.read_text().splitlines()]
        self._file.write_text("")
        of = {kind: [float(ms) for what, ms in found if what == kind] for kind in ("gc", "turn")}
        return Longest(max(of["gc"], default=0.0), max(of["turn"], default=0.0))


def slope(pid: int, people: Crowd, few: int, many: int, stops: Stops | None = None) -> float:
    """KiB of one more between the two numbers of people; what is slow meanwhile is printed."""
    people.come(few)
    before, there = resident_bytes(pid), few
    if stops:
        stops.longest()
    for quarter in range(1, QUARTERS + 1):
        more = few + (many - few) * quarter // QUARTERS - there
        people.come(more)
        there += more
        if stops:
            print(f"  up to {there} people: {stops.longest()}", flush=True)
    return (resident_bytes(pid) - before) / (many - few) / 1024


def chatd(suite: str, few: int, many: int) -> float:
    """Print what a suite costs; its slope."""
    with TemporaryDirectory() as folder:
        stops = Stops(Path(folder))
        with stops.watched():
            daemon = Chatd(Path(folder), relay="off", max_clients=str(many + MORE))
        print(f"chatd, {suite}:")
        with daemon, crowd(daemon.port, partial(log_in, suite)) as people:
            cost = slope(daemon.pid, people, few, many, stops)
            people.come(MORE)
            people.go(MORE)
            print(f"  {MORE} more come and go: {stops.longest()}")
    print(f"  {cost:.2f} KiB for each idle user")
    return cost


def main(few: int = 2000, many: int = 18_500, *suites: str) -> None:
    """Measure and print."""
    pin_load()
    allow_files()
    with StraightLine(module="benchmarks.lines") as lines, crowd(lines.port, knock) as people:
        floor = slope(lines.pid, people, few, many)
    print(f"bare line server: {floor:.2f} KiB for each idle user")
    for suite in suites or ("gcm", "cbc"):
        cost = chatd(suite, few, many)
        print(f"{suite} is {cost / floor:.2f} times the bare line server", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]), *sys.argv[3:])
