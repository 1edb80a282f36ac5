"""How long `twistd chatd` takes to listen, beside `twistd portforward`.

    python -m benchmarks.start [ROUNDS]

The CPU of each process until its port answers; they take turns. Bytecode of all modules is there,
as an installation by pip leaves it: the first start of each side, which counts for nothing, writes
it.
"""

import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from socket import create_connection
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.rounds import in_turn, ratio
from benchmarks.servers import cpu_seconds, pin_load
from tests.daemon.daemon_process import TWISTD
from tests.free_ports import free_port

FLOOR, CHATD = "twistd portforward", "twistd chatd"


def until_it_listens(plugin: str, bytecode: str) -> float:
    """Milliseconds of CPU; the data folder is a new one, and `bytecode` the same each time."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": bytecode, "PYTHONDONTWRITEBYTECODE": ""}
    port = free_port()
    with TemporaryDirectory() as folder:
        here = ["--nodaemon", "--logfile", "log", "--pidfile", "pid", plugin]
        endpoint = f"tcp:{port}:interface=127.0.0.1"
        options = {
            "portforward": ["--port", endpoint],
            "chatd": ["--listen", endpoint, "--data-dir", str(Path(folder) / "data")],
        }
        process = subprocess.Popen([*TWISTD, *here, *options[plugin]], cwd=folder, env=environment)
        try:
            wait(port)
            return cpu_seconds(process.pid) * 1000
        finally:
            process.kill()
            process.wait()


def wait(port: int) -> None:
    """Until somebody listens there."""
    while True:
        try:
            create_connection(("127.0.0.1", port), 1).close()
        except ConnectionRefusedError:
            time.sleep(0.002)
        else:
            return


def main(rounds: int = 15) -> None:
    """Measure and print."""
    pin_load()
    with TemporaryDirectory() as bytecode:
        sides = {
            FLOOR: partial(until_it_listens, "portforward", bytecode),
            CHATD: partial(until_it_listens, "chatd", bytecode),
        }
        found = in_turn(sides, rounds)
    for side, values in found.items():
        print(f"{side:20} {median(values):7.0f} ms of CPU until it listens")
    print(f"chatd takes {ratio(found, CHATD, FLOOR):.2f} times as long as portforward")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
