"""What the agent costs, and whoever attaches to it.

    python -m benchmarks.agent [ROUNDS] [IDLE SECONDS]

- The CPU and the memory of a terminal that attaches, until its prompt is there; the floor imports
  prompt_toolkit, says so, and does nothing else.
- The memory of an agent that is logged in; the floor imports the same modules.
- The CPU of `chat send` through the agent, into a conversation that is open, until it has ended
  with the tick; the floor is the start of Python.
- How often both are woken while nobody does anything.

Bytecode of all modules is there; sides take turns.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import pexpect

from benchmarks.prompt import resident
from benchmarks.rounds import in_turn, ratio
from benchmarks.servers import TREE, Chatd, cpu_seconds, pin_load
from chatd.control import jsonrpc
from chatd.control.asking import Connection

CHAT = ["-c", "import sys; from chatd.cli import main; sys.exit(main())"]
PROMPT_FLOOR = """
import prompt_toolkit.application, prompt_toolkit.output.vt100
print("alice> ", flush=True)
input()
"""
AGENT_FLOOR = """
import asyncio
from twisted.internet import asyncioreactor
asyncioreactor.install(asyncio.new_event_loop())
from twisted.internet import reactor, endpoints
import chatd.cli, chatd.chat, chatd.agent.process, chatd.agent.connection, chatd.agent.place
import chatd.engine.session, chatd.ui.chosen, chatd.ui.rpc.readers, chatd.reach.network_watch
print("imported", flush=True)
input()
"""
FLOOR, ATTACHED, SENT = "its imports", "attached", "sent"


class Account:
    """Somebody with a home of their own."""

    def __init__(self, home: Path, bytecode: str) -> None:
        home.mkdir()
        self.runtime = home / "run"
        self.environ = {
            **os.environ,
            "HOME": str(home),
            "XDG_DATA_HOME": str(home / "data"),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_RUNTIME_DIR": str(self.runtime),
            "PYTHONPYCACHEPREFIX": bytecode,
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPATH": str(TREE),
        }

    @contextmanager
    def running(self, *words: str, until: str) -> Iterator[Any]:
        """A program at a terminal, from the moment in which it has said something."""
        child = pexpect.spawn(
            sys.executable, list(words), env=self.environ, dimensions=(24, 80), timeout=60
        )
        try:
            child.expect_exact(until)
            yield child
        finally:
            child.close(force=True)

    def talk(self, name: str) -> None:
        """Have the agent ask somebody, and wait until both talk."""
        connection = Connection(self.runtime / "chatd" / "agent.sock", 60)
        connection.say(jsonrpc.asked("subscribe", {"reads": False}, 1))
        connection.say(jsonrpc.asked("ask", {"name": name}, 2))
        while connection.hear().get("method") != "talking":
            pass
        connection.close()

    def run(self, *words: str) -> float:
        """Milliseconds of CPU that a program takes."""
        before = os.times()
        subprocess.run([sys.executable, *words], env=self.environ, check=True)
        after = os.times()
        used = after.children_user + after.children_system
        return (used - before.children_user - before.children_system) * 1000


class Prompts:
    """What terminals took until their prompt was there."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.memory: dict[str, list[int]] = {FLOOR: [], ATTACHED: []}

    def until_it_prompts(self, side: str) -> float:
        """Milliseconds of CPU."""
        words = ["-c", PROMPT_FLOOR] if side == FLOOR else [*CHAT, "attach"]
        with self._account.running(*words, until="alice>") as child:
            found = cpu_seconds(child.pid) * 1000
            self.memory[side].append(resident(child.pid))
            return found


def woken(pid: int) -> int:
    """How often the threads of a process have gone to sleep."""
    found = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        lines = (thread / "status").read_text().splitlines()
        found += next(int(each.split()[1]) for each in lines if each.startswith("voluntary"))
    return found


def idle(pids: dict[str, int], seconds: float) -> None:
    """Print how often they are woken in that time."""
    time.sleep(5)  # of what a start leaves behind
    before = {name: woken(pid) for name, pid in pids.items()}
    time.sleep(seconds)
    for name, pid in pids.items():
        print(f"{name:12} woken {woken(pid) - before[name]} times in {seconds:g} s")


def main(rounds: int = 15, idle_seconds: float = 60) -> None:
    """Measure and print."""
    pin_load()
    with TemporaryDirectory() as folder, TemporaryDirectory() as bytecode:
        alice, bob = (Account(Path(folder) / name, bytecode) for name in ("alice", "bob"))
        with Chatd(Path(folder)) as daemon:
            server = ["--host", "127.0.0.1", "--port", str(daemon.port)]
            echo = [str(TREE / "examples" / "echo_bot.py"), *server, "--username", "bob"]
            agent = [*CHAT, "agent", *server, "--username", "alice"]
            _compile(alice)
            with (
                alice.running(*agent, until="listens at") as background,
                subprocess_of(bob, echo),
                alice.running(*CHAT, "attach", until="alice>") as terminal,
            ):
                _prompts(alice, rounds)
                alice.talk("bob")
                _one_shot(alice, rounds)
                _memory(alice, background.pid)
                idle({"agent": background.pid, "attached": terminal.pid}, idle_seconds)


def _compile(account: Account) -> None:
    """Whoever compiles what it imports holds more memory for ever: here that is the agent, the
    first that starts."""
    account.run("-m", "compileall", "-q", str(TREE / "chatd"))
    with account.running("-c", AGENT_FLOOR, until="imported"):
        pass


@contextmanager
def subprocess_of(account: Account, words: list[str]) -> Iterator[None]:
    """A program beside the others."""
    process = subprocess.Popen([sys.executable, *words], env=account.environ)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _prompts(account: Account, rounds: int) -> None:
    prompts = Prompts(account)
    sides = {side: partial(prompts.until_it_prompts, side) for side in (FLOOR, ATTACHED)}
    found = in_turn(sides, rounds)
    for side, values in found.items():
        memory = median(prompts.memory[side]) / 1024
        print(f"{side:12} {median(values):6.0f} ms of CPU to the prompt, {memory:5.1f} MiB")
    memory = median(prompts.memory[ATTACHED]) / median(prompts.memory[FLOOR])
    print(f"attached: {ratio(found, ATTACHED, FLOOR):.2f} times the CPU, {memory:.2f} the memory")


def _one_shot(account: Account, rounds: int) -> None:
    sides = {
        FLOOR: partial(account.run, "-c", "pass"),
        SENT: partial(account.run, *CHAT, "send", "bob", "hello"),
    }
    found = in_turn(sides, rounds)
    beyond = median(a - b for a, b in zip(found[SENT], found[FLOOR], strict=True))
    floor = median(found[FLOOR])
    print(f"chat send: {beyond:.0f} ms of CPU beyond Python's start of {floor:.0f} ms")


def _memory(account: Account, pid: int) -> None:
    with account.running("-c", AGENT_FLOOR, until="imported") as floor:
        held, imports = resident(pid), resident(floor.pid)
    print(f"agent: {held / 1024:.1f} MiB, {held / imports:.2f} times its imports")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
