"""How soon a typed letter stands on the screen while a peer sends as fast as it can.

    python -m benchmarks.typing [SECONDS]

A daemon and two real clients on loopback: alice in a terminal of 80 columns, bob a pipe that says
16 KiB texts without end. A letter is typed every 50 ms and waited for on alice's screen, first in
silence and then while bob talks; she types `/show none` after every second letter, so that there is
always room for more of what he says. Printed are the times at the 95th percentile of both, their
ratio, and how many texts came meanwhile. To reach: 50 ms or three times the quiet time, whichever
is more.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from itertools import cycle, islice
from pathlib import Path
from statistics import quantiles

import pexpect

BIN = Path(sys.executable).parent
PAUSE = 0.05
TEXT = b"x" * 16_000 + b"\n"
LETTERS = cycle(map(chr, range(0x430, 0x450)))
"""Each stands nowhere else on the screen, and comes again only when it is long gone."""


class Terminal:
    """A client in a terminal, of which only the newest output is kept."""

    def __init__(self, home: Path, port: int, name: str) -> None:
        environment = {**os.environ, "XDG_DATA_HOME": str(home), "TERM": "xterm-256color"}
        arguments = ["--port", str(port), "--username", name]
        self._child = pexpect.spawn(
            str(BIN / "chat"), arguments, dimensions=(24, 80), env=environment
        )
        self._child.delaybeforesend = None
        self.seen = b""

    def until(self, what: bytes, seconds: float = 30) -> None:
        """Read until it was printed, and forget what came before."""
        end = time.monotonic() + seconds
        while what not in self.seen:
            if time.monotonic() > end:
                raise SystemExit(f"never seen: {what!r}")
            self._read(0.001)
        self.seen = self.seen.partition(what)[2]

    def drain(self, seconds: float) -> None:
        """Read whatever comes, as a terminal does."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._read(0.001)
        self.seen = self.seen[-200:]

    def send(self, text: str) -> None:
        """Keys as they come from a keyboard."""
        self._child.send(text)

    def _read(self, seconds: float) -> None:
        try:
            data = self._child.read_nonblocking(65_536, timeout=seconds)
        except pexpect.TIMEOUT:
            return
        self.seen += data

    def close(self) -> None:
        """End it."""
        self._child.close(force=True)


def letters(alice: Terminal, seconds: float, then: str = "") -> list[float]:
    """The times of letters, each from the key to the screen; after two the line is emptied, and
    `then` is typed."""
    times = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for letter in islice(LETTERS, 2):
            alice.drain(PAUSE)
            began = time.monotonic()
            alice.send(letter)
            alice.until(letter.encode())
            times.append(time.monotonic() - began)
        alice.send("\x15" + then)
        alice.drain(PAUSE)
    return times


def percentile(times: list[float]) -> float:
    """At the 95th, in milliseconds."""
    return quantiles(times, n=20)[-1] * 1000


def daemon(folder: Path) -> tuple[pexpect.spawn, int]:
    """A daemon on a free port of loopback."""
    listen = "tcp:0:interface=127.0.0.1"
    arguments = ["-n", "--pidfile=", "chatd", "--listen", listen, "--data-dir", str(folder)]
    child = pexpect.spawn(str(BIN / "twistd"), arguments, cwd=str(folder.parent))
    child.expect(rb"port (\d+)")
    return child, int(child.match.group(1))


class Bob:
    """Says 16 KiB texts for as long as they are taken, from `begin` on."""

    def __init__(self, home: Path, port: int) -> None:
        self.acknowledged = 0
        self._child = subprocess.Popen(
            [str(BIN / "chat"), "--port", str(port), "--username", "bob"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "XDG_DATA_HOME": str(home)},
        )
        threading.Thread(target=self._count, daemon=True).start()

    def say(self, line: bytes) -> None:
        """A line of input; waits where it is not taken."""
        assert self._child.stdin is not None
        self._child.stdin.write(line)
        self._child.stdin.flush()

    def begin(self) -> None:
        """From now on without a pause."""
        threading.Thread(target=self._flood, daemon=True).start()

    def close(self) -> None:
        """End him."""
        self._child.kill()

    def _flood(self) -> None:
        try:
            while True:
                self.say(TEXT)
        except OSError:
            pass

    def _count(self) -> None:
        assert self._child.stdout is not None
        for line in self._child.stdout:
            self.acknowledged += line.startswith("✓".encode())


def main(seconds: float) -> int:
    """Print both times and their ratio; the status is 0 if it is reached."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        server, port = daemon(home / "server")
        alice, bob = Terminal(home / "alice", port, "alice"), Bob(home / "bob", port)
        try:
            return measure(alice, bob, seconds)
        finally:
            alice.close()
            bob.close()
            server.close(force=True)


def measure(alice: Terminal, bob: Bob, seconds: float) -> int:
    """The two of them meet, are silent, and then one is not."""
    alice.until(b"alice>")
    bob.say(b"chat alice\n")
    alice.until(b"asks for a conversation")
    alice.send("accept\r")
    alice.until(b"talking to bob")
    alice.drain(1)
    quiet = percentile(letters(alice, seconds))
    bob.begin()
    alice.until(b"x" * 40)
    before, began = bob.acknowledged, time.monotonic()
    loud_times = letters(alice, seconds, "/show none\r")
    texts, passed = bob.acknowledged - before, time.monotonic() - began
    loud = percentile(loud_times)
    goal = max(50.0, 3 * quiet)
    print(f"a letter in silence:   {quiet:7.1f} ms at the 95th percentile")
    print(f"beside a full peer:    {loud:7.1f} ms, {loud / quiet:.1f} times as long")
    print(f"texts of 16 KiB taken: {texts / passed:7.1f} a second ({len(loud_times)} letters)")
    print(f"to reach:              {goal:7.1f} ms: {'reached' if loud <= goal else 'MISSED'}")
    return int(loud > goal)


if __name__ == "__main__":
    raise SystemExit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 10))
