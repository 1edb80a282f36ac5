"""Who gets into a server that is under attack, and in how much time, beside a quiet one.

    python benchmarks/door.py [ROW ...]

Starts a daemon with default limits, and for each row an attacker (tests/attacks/crowd.py,
tests/attacks/residents.py); meanwhile strangers come from other addresses, people who hold a name
and tokens return from the first address of the attacker, as the client does: an attempt, and after
pauses another; and pairs come from elsewhere and are introduced. Prints how many were done within
twice the quiet time and 100 ms, the median and the longest, and the daemon's CPU and memory.

`work` is the part of a core that the handshakes of the attacker took, with the reading of those
that are never worked on: the CPU of the daemon in the row, without that of as many links that say
nothing, which is measured first, and without that of the honest people as in the quiet row. What
runs on one machine is short of CPU: as root, the daemon and the honest people go before all others,
as the attacker would have machines of its own. A first message that costs its sender nothing is
one that was recorded. VISITORS (40) is how many come of each kind.
"""

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from visitors import TREE, Holder, introduced, settled, stranger, visits

sys.path.insert(0, str(TREE / "tests" / "daemon"))

from daemon_process import Daemon

VISITORS = int(os.environ.get("VISITORS", "40"))
PAIRS = VISITORS // 2
FIRST = 0x010001
"""The first address of an attacker, as a number behind 127.0.0.0."""
OWN = "127.1.0.1"


@dataclass(frozen=True)
class Crowd:
    """Links of people who are not logged in."""

    rate: int
    sources: int
    steps: str
    warm_up: float = 2

    def command(self, port: int) -> list[str]:
        """Its process."""
        return ["crowd.py", str(port), str(self.rate), str(self.sources), self.steps, str(FIRST)]


@dataclass(frozen=True)
class Residents:
    """Links of people who are."""

    links: int
    sources: int
    kind: str
    warm_up: float = 1

    def command(self, port: int) -> list[str]:
        """Their process."""
        numbers = self.links, self.sources
        return ["residents.py", str(port), *map(str, numbers), self.kind, str(FIRST)]


ROWS: dict[str, Crowd | Residents] = {
    "1 source, silent, 500/s": Crowd(500, 1, "0"),
    "1 source, silent, 4000/s": Crowd(4000, 1, "0"),
    "1 source, drips, 1000/s": Crowd(1000, 1, "5", warm_up=5),
    "500 sources, drips, 1000/s": Crowd(1000, 500, "5", warm_up=5),
    "1 source, m1, 1000/s": Crowd(1000, 1, "1"),
    "1 source, m1, 2000/s": Crowd(2000, 1, "1"),
    "1 source, logins, 1000/s": Crowd(1000, 1, "3"),
    "500 sources, silent, 2000/s": Crowd(2000, 500, "0"),
    "500 sources, silent, 4000/s": Crowd(4000, 500, "0"),
    "500 sources, m1, 2000/s": Crowd(2000, 500, "1"),
    "500 sources, no login, 1000/s": Crowd(1000, 500, "2"),
    "500 sources, logins, 1000/s": Crowd(1000, 500, "3"),
    "1 source, all, 4000/s": Crowd(4000, 1, "0,0,1,1,2,3"),
    "500 sources, all, 2000/s": Crowd(2000, 500, "0,1,2,3"),
    "10000 sources, m1, 2000/s": Crowd(2000, 10_000, "1"),
    "10000 sources, silent, 4000/s": Crowd(4000, 10_000, "0"),
    "squatters, 1 source": Crowd(300, 1, "3", warm_up=15),
    "squatters, 500 sources": Crowd(300, 500, "3", warm_up=15),
    "100 floods, 1 source": Residents(100, 1, "flood"),
    "100 floods, 100 sources": Residents(100, 100, "flood"),
    "900 deaf, 500 sources": Residents(900, 500, "deaf"),
    "900 deaf, 1 source": Residents(900, 1, "deaf"),
}


class Measured(NamedTuple):
    """The waits of each kind of people, and the CPU and the time that all took."""

    waits: list[list[float]]
    cpu: float
    seconds: float

    @property
    def median(self) -> list[float]:
        """Of each kind."""
        return [statistics.median(each) for each in self.waits]


def cpu(pid: int) -> float:
    """The seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> float:
    """The memory that a process has, in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def first(pid: int) -> None:
    """Let a process go before all others, if we may."""
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(pid, os.SCHED_RR, os.sched_param(1))


def as_others() -> None:
    """Go before nobody."""
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def measure(daemon: Daemon, people: list[Holder]) -> Measured:
    """Strangers, those who return, and pairs."""
    began, used, port = time.monotonic(), cpu(daemon.pid), daemon.port
    returning, pairs = people[:VISITORS], people[VISITORS:]
    comings: list[Callable[[], None]] = []
    for number, holder in enumerate(returning):
        comings += [partial(stranger, port), partial(holder.come, port, OWN)]
        if number % 2:
            comings.append(partial(introduced, port, pairs[number - 1], pairs[number]))
    waits = visits(comings)
    kinds = [waits[0::5] + waits[2::5], waits[1::5] + waits[3::5], waits[4::5]]
    return Measured(kinds, cpu(daemon.pid) - used, time.monotonic() - began)


def line(name: str, measured: Measured, within: list[float]) -> None:
    """One row of the table."""
    shown = [
        f"{sum(wait <= limit for wait in waits):3}/{len(waits)} "
        f"{statistics.median(waits) * 1000:5.0f} ms {max(waits):5.2f} s"
        for waits, limit in zip(measured.waits, within, strict=True)
    ]
    print(f"{name:30} {'   '.join(shown)}  {measured.cpu / measured.seconds:5.0%}", flush=True)


@contextlib.contextmanager
def attacker(daemon: Daemon, siege: Crowd | Residents) -> Iterator[list[str]]:
    """Its process, and what it says at its end."""
    script, *rest = siege.command(daemon.port)
    process = subprocess.Popen(
        [sys.executable, str(TREE / "tests" / "attacks" / script), *rest],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=as_others,
    )
    said: list[str] = []
    if isinstance(siege, Residents):
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    time.sleep(siege.warm_up)
    try:
        yield said
    finally:
        said += process.communicate("", timeout=60)[0].split()


def per_link(daemon: Daemon, siege: Crowd) -> float:
    """The CPU of a link that says nothing."""
    silent = Crowd(siege.rate, siege.sources, "0", warm_up=4)
    used = cpu(daemon.pid)
    with attacker(daemon, silent) as said:
        pass
    return (cpu(daemon.pid) - used) / int(said[-4])


def attacked(daemon: Daemon, name: str, quiet: Measured, within: list[float]) -> None:
    """One row, and what is left of it."""
    siege, people = ROWS[name], settled(daemon.port, 2 * VISITORS)
    cost = per_link(daemon, siege) if isinstance(siege, Crowd) else 0
    began, used = time.monotonic(), cpu(daemon.pid)
    with attacker(daemon, siege) as said:
        measured = measure(daemon, people)
        memory = resident(daemon.pid)
    seconds, used = time.monotonic() - began, cpu(daemon.pid) - used
    line(name, measured, within)
    more = ""
    if isinstance(siege, Crowd):
        opened, ended, logged_in, answered = map(int, said[-4:])
        work = (used - quiet.cpu - opened * cost) / seconds
        more = f"{opened / seconds:.0f} links/s, {answered / seconds:.0f} m1 answered/s, "
        more += f"{logged_in} logged in; work {work:.0%}; "
        more += f"{cost * 1e6:.0f} us a silent link; {ended} closed; "
    print(f"{'':30} {more}{memory:.0f} MiB", flush=True)
    time.sleep(1)


def main(names: list[str]) -> None:
    """All rows, or those that were asked for."""
    with tempfile.TemporaryDirectory() as folder, Daemon(Path(folder)) as daemon:
        first(daemon.pid)
        first(0)
        quiet = measure(daemon, settled(daemon.port, 2 * VISITORS))
        within = [2 * each + 0.1 for each in quiet.median]
        print(f"{'':30} strangers: in time, median, longest; returning; introduced; cpu")
        line("quiet", quiet, within)
        for name in names or ROWS:
            attacked(daemon, name, quiet, within)
        line("quiet again", measure(daemon, settled(daemon.port, 2 * VISITORS)), within)


if __name__ == "__main__":
    main(sys.argv[1:])
