"""What it costs a client to draw what is said to it in a terminal, beside one that is piped.

    python -m benchmarks.drawing [ROUNDS [TEXTS]]

The CPU of whoever hears so many texts of 100 bytes, from the first to the last: in a terminal of 80
columns and 24 rows, and with pipes for both streams. They come as fast as a piped sender says them.
"""

import sys
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Thread

import pexpect
from pexpect.popen_spawn import PopenSpawn

from benchmarks.rounds import in_turn, ratio
from benchmarks.servers import Chatd, cpu_seconds

CHAT = [sys.executable, "-c", "import sys; from chatd.cli import main; sys.exit(main())"]
TERMINAL, PIPED = "in a terminal", "piped"
TEXT = 100
LAST = "that was the last one"
SECONDS = 120


class Stage:
    """A server, and two people who come to it anew for each round."""

    def __init__(self, port: int, folder: Path, texts: int) -> None:
        self._port = port
        self._folder = folder
        self._texts = texts

    def heard(self, side: str) -> float:
        """Milliseconds of CPU of whoever hears."""
        bob = self._person("bob", side == TERMINAL)
        alice = self._person("alice", False)
        try:
            return self._talk(alice, bob)
        finally:
            for each in (alice, bob):
                each.send("/exit\r" if isinstance(each, pexpect.spawn) else "/exit\n")
                each.expect(pexpect.EOF)
                each.wait()

    def _person(self, name: str, has_terminal: bool) -> pexpect.spawnbase.SpawnBase:
        words = [*CHAT, "--host", "127.0.0.1", "--port", str(self._port), "--username", name]
        home = self._folder / name
        home.mkdir(exist_ok=True)
        environment = {"HOME": str(home), "XDG_DATA_HOME": str(home), "TERM": "xterm-256color"}
        more = {"env": environment, "timeout": SECONDS}
        if has_terminal:
            person = pexpect.spawn(words[0], words[1:], dimensions=(24, 80), **more)
        else:
            person = PopenSpawn(words, **more)
        person.expect(f"you are on .* as {name}")
        return person

    def _talk(self, alice: pexpect.spawnbase.SpawnBase, bob: pexpect.spawnbase.SpawnBase) -> float:
        alice.sendline("chat bob")
        bob.expect("alice asks")
        bob.send("accept\r" if isinstance(bob, pexpect.spawn) else "accept\n")
        alice.sendline("the first one")
        bob.expect_exact("the first one")
        before = cpu_seconds(bob.pid)
        texts = f"{'word ' * (TEXT // 5)}\n" * self._texts + f"{LAST}\n"
        # While nobody reads what bob's terminal shows, alice may have to wait.
        saying = Thread(target=alice.send, args=[texts])
        saying.start()
        bob.expect_exact(LAST)
        saying.join()
        return (cpu_seconds(bob.pid) - before) * 1000


def main(rounds: int = 7, texts: int = 1000) -> None:
    """Measure and print."""
    with TemporaryDirectory() as folder, Chatd(Path(folder)) as server:
        stage = Stage(server.port, Path(folder), texts)
        found = in_turn({side: partial(stage.heard, side) for side in (PIPED, TERMINAL)}, rounds)
        server.terminate()
        server.wait()
    for side, values in found.items():
        print(f"{side:14} {median(values):6.0f} ms of CPU for {texts} texts of {TEXT} bytes")
    print(f"a terminal takes {ratio(found, TERMINAL, PIPED):.1f} times the CPU")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
