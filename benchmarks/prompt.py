"""How long `chat` takes to its prompt, beside the import of what it stands on.

    python -m benchmarks.prompt [ROUNDS]

The CPU of each process, in a terminal of its own, until its first word is on the screen; they take
turns. The floor imports the reactor and prompt_toolkit, says so, and does nothing else. Bytecode of
all modules is there, as for `benchmarks.start`. Beside it the memory that is resident at that
moment.
"""

import os
import sys
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import pexpect

from benchmarks.rounds import in_turn, ratio
from benchmarks.servers import cpu_seconds, pin_load

FLOOR, CHAT = "its imports", "chat"
IMPORTS = """
import asyncio
from twisted.internet import asyncioreactor
asyncioreactor.install(asyncio.new_event_loop())
import prompt_toolkit.application, prompt_toolkit.output.vt100
from twisted.internet import reactor, endpoints
print("your name: ", flush=True)
input()
"""
COMMANDS = {
    FLOOR: ["-c", IMPORTS],
    CHAT: ["-c", "import sys; from chatd.cli import main; sys.exit(main())", "--port", "9"],
}


class Started:
    """What the processes took, by side: kilobytes that are resident at the prompt."""

    def __init__(self, bytecode: str) -> None:
        self.memory: dict[str, list[int]] = {FLOOR: [], CHAT: []}
        self._bytecode = bytecode

    def until_it_prompts(self, side: str) -> float:
        """Milliseconds of CPU."""
        with TemporaryDirectory() as home:
            environment = {
                **os.environ,
                "HOME": home,
                "XDG_DATA_HOME": home,
                "PYTHONPYCACHEPREFIX": self._bytecode,
                "PYTHONDONTWRITEBYTECODE": "",
            }
            child = pexpect.spawn(
                sys.executable, COMMANDS[side], env=environment, dimensions=(24, 80)
            )
            try:
                child.expect_exact("your name:")
                found = cpu_seconds(child.pid) * 1000
                self.memory[side].append(resident(child.pid))
                return found
            finally:
                child.close(force=True)


def resident(pid: int) -> int:
    """Kilobytes of memory that a process holds."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def main(rounds: int = 15) -> None:
    """Measure and print."""
    pin_load()
    with TemporaryDirectory() as bytecode:
        started = Started(bytecode)
        sides = {side: partial(started.until_it_prompts, side) for side in COMMANDS}
        found = in_turn(sides, rounds)
    for side, values in found.items():
        memory = median(started.memory[side]) / 1024
        print(f"{side:12} {median(values):6.0f} ms of CPU to the prompt, {memory:5.1f} MiB")
    memory = median(started.memory[CHAT]) / median(started.memory[FLOOR])
    print(f"chat: {ratio(found, CHAT, FLOOR):.2f} times the CPU, {memory:.2f} times the memory")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
