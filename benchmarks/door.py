"""Who gets into a server that is under attack, and in how much time, beside a quiet one.

    python benchmarks/door.py [ROW ...]

Starts a daemon with default limits, and for each row a crowd (tests/attacks/crowd.py); meanwhile
strangers come from other addresses, as the client does: an attempt, and after pauses another.
Prints how many were in within twice the quiet time and 100 ms, the median, and the daemon's CPU.
"""

import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

TREE = Path(__file__).parents[1]
sys.path[:0] = [str(TREE / "tests" / "daemon"), str(TREE / "tests" / "attacks")]

from daemon_process import Daemon  # noqa: E402
from person import Person  # noqa: E402

from chatd.errors import ChatdError  # noqa: E402

VISITORS = 40
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


def visit(port: int, source: str) -> float:
    """The seconds until somebody is in, with the pauses of a client between its attempts."""
    began, attempts = time.monotonic(), 0
    while (waited := time.monotonic() - began) < PATIENCE:
        attempts += 1
        try:
            with Person(port, source=source) as person:
                person.login()
                return time.monotonic() - began
        except (OSError, AssertionError, ChatdError):
            most = min(2.0 ** (attempts - 1), 60)
            time.sleep(min(random.uniform(most / 2, most), PATIENCE - waited))
    return PATIENCE


def visits(port: int) -> list[float]:
    """Strangers, one after the other has begun, each from an address of their own."""
    waits: list[float] = []
    threads = []
    for number in range(VISITORS):
        source = f"127.200.{random.randrange(256)}.{number + 1}"
        each = threading.Thread(target=lambda s=source: waits.append(visit(port, s)))
        each.start()
        threads.append(each)
        time.sleep(PAUSE)
    for each in threads:
        each.join()
    return waits


def cpu(pid: int) -> float:
    """The seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> float:
    """The memory that a process has, in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def measure(daemon: Daemon) -> tuple[list[float], float]:
    """The waits of strangers, and the part of a core that the daemon used meanwhile."""
    began, used = time.monotonic(), cpu(daemon.pid)
    waits = visits(daemon.port)
    return waits, (cpu(daemon.pid) - used) / (time.monotonic() - began)


def line(name: str, waits: list[float], within: float, used: float, memory: float) -> None:
    """One row of the table."""
    inside = sum(wait <= within for wait in waits)
    median = statistics.median(waits)
    print(
        f"{name:34} {inside:3}/{len(waits)} in  median {median * 1000:6.0f} ms  "
        f"longest {max(waits):5.2f} s  cpu {used:4.0%}  {memory:4.0f} MiB",
        flush=True,
    )


def attacked(daemon: Daemon, name: str, within: float) -> None:
    """One row, and the time until the server is as before."""
    rate, sources, steps = ROWS[name]
    script = str(TREE / "tests" / "attacks" / "crowd.py")
    crowd = subprocess.Popen(
        [sys.executable, script, str(daemon.port), str(rate), str(sources), steps],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    time.sleep(2)
    waits, used = measure(daemon)
    memory = resident(daemon.pid)
    opened, ended, logged_in = crowd.communicate("")[0].split()[-3:]
    line(name, waits, within, used, memory)
    print(f"{'':34} links opened {opened}, closed {ended}, logged in {logged_in}")


def main(names: list[str]) -> None:
    """All rows, or those that were asked for."""
    with tempfile.TemporaryDirectory() as folder, Daemon(Path(folder)) as daemon:
        visit(daemon.port, "127.0.0.1")
        quiet, used = measure(daemon)
        within = 2 * statistics.median(quiet) + 0.1
        line("quiet", quiet, within, used, resident(daemon.pid))
        for name in names or ROWS:
            attacked(daemon, name, within)
            after, used = measure(daemon)
            line("  a second later", after, within, used, resident(daemon.pid))


if __name__ == "__main__":
    main(sys.argv[1:])
