"""Who gets into a server that is under attack, and in how much time, beside a quiet one.

    python benchmarks/door.py [ROW ...]

Starts a daemon with default limits, and for each row a crowd (tests/attacks/crowd.py); meanwhile
strangers come from other addresses, and people who hold a name and tokens return from the first
address of the crowd, as the client does: an attempt, and after pauses another. Prints how many were
in within twice the quiet time and 100 ms, the median, and the daemon's CPU and memory.
"""

import itertools
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

TREE = Path(__file__).parents[1]
sys.path[:0] = [str(TREE / "tests" / "daemon"), str(TREE / "tests" / "attacks")]

from daemon_process import Daemon  # noqa: E402
from person import Person  # noqa: E402

from chatd.errors import ChatdError  # noqa: E402
from chatd.noise.keys import REAL, KeyPair  # noqa: E402

VISITORS = 40
NUMBERS = itertools.count(1)
CROWD = "127.1.0.1"
"""The first address of a crowd."""
PAUSE = 0.1
PATIENCE = 15.0
ROWS = {
    "1 source, silent, 500/s": (500, 1, "0"),
    "1 source, silent, 4000/s": (4000, 1, "0"),
    "1 source, m1, 1000/s": (1000, 1, "1"),
    "1 source, m1, 2000/s": (2000, 1, "1"),
    "500 sources, silent, 2000/s": (2000, 500, "0"),
    "500 sources, m1, 2000/s": (2000, 500, "1"),
    "500 sources, no login, 1000/s": (1000, 500, "2"),
    "500 sources, logins, 500/s": (500, 500, "3"),
    "500 sources, all, 2000/s": (2000, 500, "0,1,2,3"),
    "10000 sources, m1, 2000/s": (2000, 10_000, "1"),
}


@dataclass
class Holder:
    """Somebody who holds a name, and the tokens of the last visit."""

    name: str
    static: KeyPair
    tokens: list[bytes] = field(default_factory=list)

    def come(self, port: int, source: str) -> None:
        """Log in, with a token if there is one, and keep the new ones."""
        token = self.tokens.pop() if self.tokens else None
        with Person(port, self.static, source=source, token=token) as person:
            welcome = person.login(self.name)
            assert welcome.name == self.name
            self.tokens = list(welcome.tokens)


def stranger(port: int, source: str) -> None:
    """Log in with a key that nobody knows."""
    with Person(port, source=source) as person:
        person.login()


def wait(come: Callable[[], None]) -> float:
    """The seconds until somebody is in, with the pauses of a client between its attempts."""
    began, attempts = time.monotonic(), 0
    while (waited := time.monotonic() - began) < PATIENCE:
        attempts += 1
        try:
            come()
            return time.monotonic() - began
        except (OSError, AssertionError, ChatdError):
            most = min(2.0 ** (attempts - 1), 60)
            time.sleep(min(random.uniform(most / 2, most), PATIENCE - waited))
    return PATIENCE


def visits(comings: list[Callable[[], None]]) -> list[float]:
    """The waits of people of whom one comes after the other."""
    with ThreadPoolExecutor(len(comings)) as pool:
        running = []
        for come in comings:
            running.append(pool.submit(wait, come))
            time.sleep(PAUSE)
        return [each.result() for each in running]


def cpu(pid: int) -> float:
    """The seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> float:
    """The memory that a process has, in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def measure(daemon: Daemon, holders: list[Holder]) -> tuple[list[float], list[float], float]:
    """The waits of strangers and of those who return, and the part of a core that was used."""
    began, used = time.monotonic(), cpu(daemon.pid)
    comings: list[Callable[[], None]] = []
    for number, holder in enumerate(holders):
        source = f"127.200.{random.randrange(256)}.{number + 1}"
        comings.append(partial(stranger, daemon.port, source))
        comings.append(partial(holder.come, daemon.port, CROWD))
    waits = visits(comings)
    return waits[::2], waits[1::2], (cpu(daemon.pid) - used) / (time.monotonic() - began)


def line(name: str, measured: tuple[list[float], list[float], float], within: float) -> None:
    """One row of the table."""
    *people, used = measured
    shown = [
        f"{sum(wait <= within for wait in waits):3}/{len(waits)} "
        f"{statistics.median(waits) * 1000:5.0f} ms {max(waits):5.2f} s"
        for waits in people
    ]
    print(f"{name:32} {shown[0]}   {shown[1]}   {used:4.0%}", flush=True)


def settled(daemon: Daemon) -> list[Holder]:
    """People who hold names, and tokens; others each time, as each identity has its share."""
    holders = [Holder(f"p{next(NUMBERS)}", REAL.dh.generate_keypair()) for _ in range(VISITORS)]
    for holder in holders:
        number = int(holder.name[1:])
        holder.come(daemon.port, f"127.201.{number >> 8}.{number & 255}")
    return holders


def attacked(daemon: Daemon, name: str, within: float) -> None:
    """One row, and what is left of it a second later."""
    rate, sources, steps = ROWS[name]
    holders = settled(daemon)
    script = str(TREE / "tests" / "attacks" / "crowd.py")
    crowd = subprocess.Popen(
        [sys.executable, script, str(daemon.port), str(rate), str(sources), steps],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    time.sleep(2)
    line(name, measure(daemon, holders), within)
    memory = resident(daemon.pid)
    opened, ended, logged_in = crowd.communicate("")[0].split()[-3:]
    print(f"{'':32} opened {opened}, closed {ended}, in {logged_in}; {memory:.0f} MiB", flush=True)
    time.sleep(1)


def main(names: list[str]) -> None:
    """All rows, or those that were asked for."""
    with tempfile.TemporaryDirectory() as folder, Daemon(Path(folder)) as daemon:
        quiet = measure(daemon, settled(daemon))
        within = 2 * statistics.median(quiet[0] + quiet[1]) + 0.1
        print(f"{'':32} strangers: in time, median, longest; returning; cpu of the daemon")
        line("quiet", quiet, within)
        for name in names or ROWS:
            attacked(daemon, name, within)
        line("quiet again", measure(daemon, settled(daemon)), within)


if __name__ == "__main__":
    main(sys.argv[1:])
