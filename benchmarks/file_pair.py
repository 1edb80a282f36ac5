"""Two `chat` that talk, each in a process of its own: one gives files, the other takes them."""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.servers import TREE
from tests.daemon.daemon_process import Daemon

# Offers come one after the other here, and each has to be told.
TELLING = "from chatd import limits; limits.OFFERS_TOLD = 1 << 30"
CHAT = ["-c", f"import sys; {TELLING}; from chatd.cli import main; sys.exit(main())"]


class Person:
    """A client that is spoken to by lines."""

    def __init__(self, home: Path, port: int, name: str, suite: str) -> None:
        home.mkdir(exist_ok=True)
        words = ["--host", "127.0.0.1", "--port", str(port), "--username", name, "--suite", suite]
        folders = ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR")
        self._process = subprocess.Popen(
            [sys.executable, *CHAT, *words, "--plain", "--downloads", str(home / "got")],
            env={**os.environ, "PYTHONPATH": str(TREE), **dict.fromkeys(folders, str(home))},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.home = home
        self.pid = self._process.pid

    def say(self, *lines: str) -> None:
        """Type these."""
        assert self._process.stdin is not None
        self._process.stdin.write("".join(f"{line}\n" for line in lines).encode())
        self._process.stdin.flush()

    def until(self, pattern: str) -> str:
        """The next line with this in it."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if re.search(pattern, text := line.decode()):
                return text
        raise RuntimeError(f"never came: {pattern}")

    def memory(self, what: str) -> int:
        """KiB, by a name in /proc/PID/status."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(rf"{what}:\s+(\d+)", status)[1])  # type: ignore[index]

    def cpu(self) -> float:
        """Seconds of CPU so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self) -> None:
        """Kill it."""
        self._process.kill()
        self._process.wait()


class Pair:
    """Two who talk."""

    def __init__(self, folder: Path, suite: str) -> None:
        (folder / "server").mkdir(parents=True)
        self._folder, self._suite = folder, suite
        self.daemon = Daemon(folder / "server")
        self.meet()

    def meet(self) -> None:
        """Start both, and have them talk."""
        folder, suite = self._folder, self._suite
        self.giver, self.taker = (
            Person(folder / name, self.daemon.port, name, suite) for name in ("alice", "bob")
        )
        for person in (self.giver, self.taker):
            person.until("you are on")
        self.giver.say("/chat bob")
        self.taker.until("asks for")
        self.taker.say("/accept")
        for person in (self.giver, self.taker):
            person.until("talking to")
        self.before = [person.memory("VmRSS") for person in (self.giver, self.taker)]

    def send(self, source: Path) -> float:
        """Seconds from the word of the taker to the end, on both sides."""
        self.giver.say(f"/send {source}")
        number = re.search(r"offered files (\d+)", self.taker.until("you are offered"))[1]  # type: ignore[index]
        began = time.perf_counter()
        self.taker.say(f"/take {number}")
        for person in (self.taker, self.giver):
            person.until("is there, whole")
        took = time.perf_counter() - began
        while any(each.suffix == ".part" for each in (self.taker.home / "got").iterdir()):
            time.sleep(0.001)  # it removes what it needed until then
        shutil.rmtree(self.taker.home / "got")
        return took

    def cpu(self) -> float:
        """Seconds of CPU of both."""
        return self.giver.cpu() + self.taker.cpu()

    def growth(self) -> list[float]:
        """MiB that each has had at most, beyond what it had."""
        people = (self.giver, self.taker)
        most = [person.memory("VmHWM") for person in people]
        return [(now - before) / 1024 for now, before in zip(most, self.before, strict=True)]

    def round_trip(self) -> float:
        """Milliseconds until a text of the giver's is acknowledged."""
        began = time.perf_counter()
        self.giver.say("hello")
        self.giver.until("✓")
        return (time.perf_counter() - began) * 1000

    def end(self) -> None:
        """Kill everything."""
        for each in (self.giver, self.taker):
            each.end()
        self.daemon.__exit__(None, None, None)
