"""How fast files go from one client to another, and what that costs.

    python -m benchmarks.files [MEGABYTES] [FILES] [ROUNDS]

Two `chat` of their own processes on loopback, from memory to memory; their starts are not counted.

- One large file, in gcm and cbc. Floors: a copy in C (benchmarks/copy.c); scp and rsync through an
  sshd on loopback, and magic-wormhole with servers of its own (benchmarks/wormhole.py), where they
  are there. The start of these counts.
- Many files of 4 KiB. Floors: the same packed by tar, sent as one file by `chat`, and unpacked; the
  same calls to the system in straight-line Python (benchmarks/bare_files.py), with the CPU of both;
  scp -r, and rsync -r, where there is one.
- CPU of both sides for each GiB, beside that of scp and its sshd, and beside what the cryptography
  of both sides takes alone; and how much more memory each has had than before the first file.
- How soon a file on a disk goes on, both sides of which were killed at 90 %.
- The round trip of a text while a file goes over, beside that without one.

Sides take turns; every figure beside another is of the same rounds.
"""

import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from benchmarks import bare_files
from benchmarks.file_pair import Pair
from benchmarks.rounds import in_turn, ratio
from benchmarks.scp import Sshd
from benchmarks.wormhole import Wormhole
from chatd import limits
from chatd.heap import keep_blocks
from chatd.noise.ciphers import CipherState
from chatd.noise.suites import SUITES

SMALL = 4096
C, SCP, RSYNC, TAR, BARE, HOLE = "copy in C", "scp", "rsync", "tar", "bare Python", "wormhole"


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


def own_cpu() -> float:
    """Seconds of CPU of this process so far, and of its children that have ended."""
    both = [resource.getrusage(each) for each in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in both)


def compiled(folder: Path) -> Path:
    """The copy in C."""
    source = Path(__file__).with_name("copy.c")
    subprocess.run(["gcc", "-O2", "-o", folder / "copy", source], check=True)
    return folder / "copy"


def sealing(suite: str) -> float:
    """Seconds of CPU in which a GiB is sealed and opened, and nothing else is done."""
    near, far = (CipherState(SUITES[suite].cipher, bytes(32)) for _ in range(2))
    keep_blocks()
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
    if lacking := Wormhole.lacks():
        print(f"  no {lacking} here")
    else:
        (folder / HOLE).mkdir()
        with Wormhole(folder / HOLE) as hole:
            found |= in_turn({HOLE: lambda: timed(lambda: hole.copy(large, folder / "to"))}, rounds)
    gib = size * (rounds + 1) / (1 << 30)
    print(f"one file of {size >> 20} MiB, {rounds} rounds")
    for side in found:
        rate = size / median(found[side]) / 1e6
        said = f"  {side:<12} {rate:7.0f} MB/s   {ratio(found, C, side):.2f} times the copy in C"
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

    def peer(copy: Callable[[Path, Path], None]) -> float:
        shutil.rmtree(folder / "to", ignore_errors=True)
        return timed(lambda: copy(many, folder / "to"))

    used: dict[str, list[float]] = {"gcm": [], BARE: []}

    def ours() -> float:
        before = pair.cpu()
        took = pair.send(many)
        used["gcm"].append(pair.cpu() - before)
        return took

    def bare() -> float:
        before = own_cpu()
        took = bare_files.copied(many, folder / "bare")
        used[BARE].append(own_cpu() - before)
        return took

    sides: dict[str, Callable[[], float]] = {"gcm": ours, BARE: bare, TAR: lambda: timed(packed)}
    if sshd is not None:
        (folder / "to").unlink(missing_ok=True)
        sides[SCP] = partial(peer, sshd.copy)
        if has_rsync():
            sides[RSYNC] = partial(peer, sshd.sync)
    show_small(count, rounds, in_turn(sides, rounds), used)


def show_small(
    count: int, rounds: int, found: dict[str, list[float]], used: dict[str, list[float]]
) -> None:
    """Print the seconds of each side, and the CPU of some."""
    print(f"{count} files of {SMALL} bytes, {rounds} rounds")
    for side, seconds in found.items():
        said = f"  {side:<12} {median(seconds):7.2f} s   {ratio(found, TAR, side):.2f} times tar"
        print(said + (f"   {ratio(found, SCP, side):.2f} times scp -r" if SCP in found else ""))
    ours_used, bare_used = median(used["gcm"]), median(used[BARE])
    print(f"  gcm: {ours_used:.2f} s of CPU, both sides, and {BARE} {bare_used:.2f}", end=", ")
    print(f"{ours_used / bare_used:.1f} times as much")


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
        pair.giver.say("/files rate off")
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
