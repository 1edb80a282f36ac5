"""How fast files go from one client to another, and what that costs.

    python -m benchmarks.files [MEGABYTES] [FILES] [ROUNDS]

Two `chat` of their own processes on loopback, from memory to memory; their starts are not counted.

- One large file, in gcm and cbc. Floors: a copy in C (benchmarks/copy.c), and scp, whose start is
  counted, through an sshd on loopback, where there is one.
- Many files of 4 KiB. Floors: the same packed by tar, sent as one file by `chat`, and unpacked;
  scp -r, and rsync -r, where there is one.
- CPU of both sides for each GiB, beside that of scp and its sshd, and beside what the cryptography
  of both sides takes alone; and how much more memory each has had than before the first file.
- How soon a file on a disk goes on, both sides of which were killed at 90 %.
- The round trip of a text while a file goes over, beside that without one.

Sides take turns; every figure beside another is of the same rounds.
"""

import os
import re
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from benchmarks.rounds import in_turn, ratio
from benchmarks.scp import Sshd
from benchmarks.servers import TREE
from chatd import limits
from chatd.noise.ciphers import CipherState
from chatd.noise.suites import SUITES
from tests.daemon.daemon_process import Daemon

# Offers come one after the other here, and each has to be told.
TELLING = "from chatd import limits; limits.OFFERS_TOLD = 1 << 30"
CHAT = ["-c", f"import sys; {TELLING}; from chatd.cli import main; sys.exit(main())"]
SMALL = 4096
C, SCP, RSYNC, TAR = "copy in C", "scp", "rsync", "tar"


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


def has_rsync() -> bool:
    """Whether there is one; a line says so where there is none."""
    if shutil.which(RSYNC) is None:
        print(f"  no {RSYNC} here")
    return shutil.which(RSYNC) is not None


def timed(run: Callable[[], object]) -> float:
    """Seconds that it takes."""
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def compiled(folder: Path) -> Path:
    """The copy in C."""
    source = Path(__file__).with_name("copy.c")
    subprocess.run(["gcc", "-O2", "-o", folder / "copy", source], check=True)
    return folder / "copy"


def sealing(suite: str) -> float:
    """Seconds of CPU in which a GiB is sealed and opened, and nothing else is done."""
    near, far = (CipherState(SUITES[suite].cipher, bytes(32)) for _ in range(2))
    data, count = bytes(limits.PEER_PLAINTEXT), 128
    before = time.process_time()
    for _ in range(count):
        far.decrypt_and_rekey(near.encrypt_and_rekey(data))
    return (time.process_time() - before) / (count * len(data)) * (1 << 30)


def one_large(
    folder: Path, pairs: dict[str, Pair], sshd: Sshd | None, size: int, rounds: int
) -> None:
    """The rows about one large file."""
    large, copy = folder / "large", compiled(folder)
    with large.open("wb") as file:
        for _ in range(size >> 20):
            file.write(os.urandom(1 << 20))
    sides = {C: lambda: timed(lambda: subprocess.run([copy, large, folder / "to"], check=True))}
    sides |= {suite: lambda pair=pair: pair.send(large) for suite, pair in pairs.items()}
    if sshd is not None:
        sides[SCP] = lambda: timed(lambda: sshd.copy(large, folder / "to"))
    cpu = {suite: pair.cpu() for suite, pair in pairs.items()}
    children, there = resource.getrusage(resource.RUSAGE_CHILDREN), sshd.cpu() if sshd else 0.0
    found = in_turn(sides, rounds)
    after, served = resource.getrusage(resource.RUSAGE_CHILDREN), sshd.cpu() if sshd else 0.0
    if sshd is not None and has_rsync():  # behind the others, whose CPU is counted
        found |= in_turn({RSYNC: lambda: timed(lambda: sshd.sync(large, folder / "to"))}, rounds)
    gib = size * (rounds + 1) / (1 << 30)
    print(f"one file of {size >> 20} MiB, {rounds} rounds")
    for side in found:
        rate = size / median(found[side]) / 1e6
        said = f"  {side:<10} {rate:7.0f} MB/s   {ratio(found, C, side):.2f} times the copy in C"
        print(said + (f"   {ratio(found, SCP, side):.2f} times scp" if sshd is not None else ""))
    for suite, pair in pairs.items():
        used, alone = (pair.cpu() - cpu[suite]) / gib, sealing(suite)
        print(f"  {suite}: {used:.2f} s of CPU for each GiB, both sides", end=", ")
        print(f"of which the cryptography takes {alone:.2f}")
        print(
            f"  {suite}: {' and '.join(f'{each:.0f}' for each in pair.growth())} MiB more at most"
        )
    if sshd is not None:
        used = after.ru_utime + after.ru_stime - children.ru_utime - children.ru_stime
        print(f"  scp: {used / gib:.2f} s of CPU for each GiB, with the copy in C", end=", ")
        print(f"and its sshd {(served - there) / gib:.2f}")


def many_small(folder: Path, pair: Pair, sshd: Sshd | None, count: int, rounds: int) -> None:
    """The rows about many small files."""
    many = folder / "many"
    many.mkdir()
    for number in range(count):
        (many / str(number)).write_bytes(os.urandom(SMALL))

    def packed() -> None:
        archive = folder / "many.tar"
        subprocess.run(["tar", "-C", folder, "-cf", archive, "many"], check=True)
        pair.send(archive)
        shutil.rmtree(folder / "unpacked", ignore_errors=True)
        (folder / "unpacked").mkdir()
        subprocess.run(["tar", "-C", folder / "unpacked", "-xf", archive], check=True)

    def copied() -> None:
        shutil.rmtree(folder / "to", ignore_errors=True)
        assert sshd is not None
        sshd.copy(many, folder / "to")

    def synced() -> None:
        shutil.rmtree(folder / "to", ignore_errors=True)
        assert sshd is not None
        sshd.sync(many, folder / "to")

    sides: dict[str, Callable[[], float]] = {"gcm": lambda: pair.send(many)}
    sides[TAR] = lambda: timed(packed)
    if sshd is not None:
        (folder / "to").unlink(missing_ok=True)
        sides[SCP] = lambda: timed(copied)
        if has_rsync():
            sides[RSYNC] = lambda: timed(synced)
    found = in_turn(sides, rounds)
    print(f"{count} files of {SMALL} bytes, {rounds} rounds")
    for side in sides:
        said = (
            f"  {side:<10} {median(found[side]):7.2f} s   {ratio(found, TAR, side):.2f} times tar"
        )
        print(said + (f"   {ratio(found, SCP, side):.2f} times scp -r" if sshd is not None else ""))


def beside(folder: Path, pair: Pair, trips: int) -> None:
    """The rows about texts beside a file."""
    quiet = [pair.round_trip() for _ in range(trips)]
    pair.giver.say(f"/send {folder / 'large'}")
    pair.taker.until("you are offered")
    pair.taker.say("/take")
    busy = []
    while not (pair.taker.home / "got" / "large").exists():
        busy.append(pair.round_trip())
    for name, found in (("quiet", quiet), ("beside a file", busy)):
        most = quantiles(found, n=20)[-1] if len(found) > 1 else found[0]
        said = f"{median(found):.1f} ms, at the 95th percentile {most:.1f}"
        print(f"  a text and its tick, {name}: {said} ({len(found)} times)")


def resumed(folder: Path, size: int) -> None:
    """The row about a file that goes on where it was, on a disk."""
    pair, large = Pair(folder / "disk", "gcm"), folder / "on disk"
    try:
        with large.open("wb") as file:
            for _ in range(size >> 20):
                file.write(os.urandom(1 << 20))
        # Not so fast that it is over before it is killed.
        pair.giver.say(f"/files rate {size // 4}", f"/send '{large}'")
        pair.taker.until("you are offered")
        pair.taker.say("/take")
        part = pair.taker.home / "got" / f"{large.name}.part" / large.name
        while not part.exists() or part.stat().st_size < size * 0.9:
            time.sleep(0.01)
        for person in (pair.giver, pair.taker):
            person.end()
        there, before = part.stat().st_size, part.stat().st_mtime_ns
        pair.meet()
        began = time.perf_counter()
        while part.exists() and part.stat().st_mtime_ns == before:
            time.sleep(0.001)
        took = time.perf_counter() - began
        pair.taker.until("is there, whole")
        whole = time.perf_counter() - began
        went_on = f"{took * 1000:.0f} ms after both talked it went on"
        print(f"  {size >> 20} MiB on a disk, both killed at {there / size:.0%}: {went_on}")
        more = " and ".join(f"{each:.0f}" for each in pair.growth())
        print(
            f"  after {whole:.1f} s all was there, and what was before looked at; {more} MiB more"
        )
    finally:
        pair.end()


def main(megabytes: int = 1024, files: int = 10_000, rounds: int = 5) -> None:
    """Print all rows."""
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with TemporaryDirectory(dir=memory) as name, ExitStack() as ends:
        folder = Path(name)
        sshd = ends.enter_context(Sshd(folder)) if Sshd.is_there() else None
        pairs = {}
        for suite in ("gcm", "cbc"):
            pairs[suite] = Pair(folder / suite, suite)
            ends.callback(pairs[suite].end)
        one_large(folder, pairs, sshd, megabytes << 20, rounds)
        many_small(folder, pairs["gcm"], sshd, files, rounds)
        beside(folder, pairs["gcm"], 40)
    with TemporaryDirectory() as name:
        resumed(Path(name), max(megabytes, 32) << 20)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
