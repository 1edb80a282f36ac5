"""What people cost who are logged in and say nothing: memory, and stops of the garbage collector.

    python -m benchmarks.crowd [FEW MANY]

Memory is the slope between two numbers of people (2,000 and 18,500), beside that of a line server
of bare Twisted; a stop is the CPU of one collection. A daemon needs more than two open files for
each of MANY.
"""

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from socket import socket
from tempfile import TemporaryDirectory

from benchmarks.people import come, new_address, new_name
from benchmarks.servers import (
    Chatd,
    StraightLine,
    allow_files,
    pin_load,
    resident_bytes,
)
from tests.daemon.person import Line

AT_A_TIME = 16
MORE = 500
"""People who come and go when all others are there."""


def knock(port: int) -> socket:
    """Somebody at the line server."""
    line = Line(port, source=new_address())
    line.send(b"hello\r\n")
    assert [line.line(), line.line()] == [b"hello", b"hello"]
    return line.socket


def log_in(port: int, suite: str) -> socket:
    """Somebody at chatd."""
    person = come(port, suite)
    person.login(new_name())
    return person.socket


def crowd(enter: Callable[[], socket], count: int) -> list[socket]:
    """So many, some of them at a time."""
    with ThreadPoolExecutor(AT_A_TIME) as threads:
        return list(threads.map(lambda _: enter(), range(count)))


def slope(pid: int, enter: Callable[[], socket], few: int, many: int) -> tuple[float, list[socket]]:
    """KiB of one more between the two numbers, and all who are there."""
    there = crowd(enter, few)
    before = resident_bytes(pid)
    there += crowd(enter, many - few)
    return (resident_bytes(pid) - before) / (many - few) / 1024, there


class Stops:
    """How long the collections of a process took."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "collections"
        self._file.touch()
        os.environ["WATCH_COLLECTIONS"] = str(self._file)
        self._path = os.environ.get("PYTHONPATH", "")
        os.environ["PYTHONPATH"] = f"{Path(__file__).with_name('watch')}:{self._path}"

    def longest(self) -> float:
        """Milliseconds of the longest one since this was asked."""
        lines = self._file.read_text().splitlines()
        self._file.write_text("")
        return max((float(line.split()[1]) * 1000 for line in lines), default=0.0)

    def end(self) -> None:
        """The next process is not watched."""
        del os.environ["WATCH_COLLECTIONS"]
        os.environ["PYTHONPATH"] = self._path


def chatd(suite: str, few: int, many: int) -> float:
    """Print what a suite costs; its slope."""
    with TemporaryDirectory() as folder:
        stops = Stops(Path(folder))
        with Chatd(Path(folder), relay="off", max_clients=str(many + MORE)) as daemon:
            stops.end()
            stops.longest()
            port = daemon.port
            cost, there = slope(daemon.pid, lambda: log_in(port, suite), few, many)
            filling = stops.longest()
            for each in crowd(lambda: log_in(port, suite), MORE):
                each.close()
            print(f"chatd, {suite}: {cost:.2f} KiB for each idle user; longest collection", end=" ")
            print(f"{filling:.1f} ms while they came, {stops.longest():.1f} ms when all were there")
            for each in there:
                each.close()
    return cost


def main(few: int = 2000, many: int = 18_500) -> None:
    """Measure and print."""
    pin_load()
    allow_files()
    with StraightLine("benchmarks.lines") as lines:
        floor, there = slope(lines.pid, lambda: knock(lines.port), few, many)
    for each in there:
        each.close()
    print(f"bare line server: {floor:.2f} KiB for each idle user")
    for suite in ("gcm", "cbc"):
        cost = chatd(suite, few, many)
        print(f"{suite} is {cost / floor:.2f} times the bare line server")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
