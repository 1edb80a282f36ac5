"""The soak: rounds of people at a daemon, after each of which nothing may be left of them."""

import argparse
import contextlib
import os
import resource
import signal
import sqlite3
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing
from pathlib import Path
from random import Random
from typing import Any

import pytest
from daemon.faulty_disk import Faults, faults
from soak.census import Round
from soak.deeds import Deeds
from soak.keeper import NAMES, Keeper
from soak.log_lines import unexpected
from soak.passing import Passing
from soak.plan import Planned, rounds
from soak.probing import Probing
from soak.promises import Promises
from soak.residents import SHARED, Resident, keys, resident
from soak.server import Server, Stuck, until
from soak.street import Street
from soak.visitor import Visitor

from chatd.noise.keys import REAL, encode_identity, fingerprint
from chatd.rendezvous.name_file import FILE

FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
NAMES_OF_ONE = 3
STREETS = 8
"""Threads, in each of which one thing is done after the other."""
QUIET_SECONDS = 180
"""Longer than whatever a link that has ended may wait for."""
MOST_SAID = 50
"""Faults of one round; what is wrong once is often wrong everywhere."""
MANY = "1000000"
"""New names in a day: who gives names back and takes them again is no crowd."""


def main() -> int:
    """Run it; the status is 1 if a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600, help="of people coming and going")
    parser.add_argument("--people", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", help="where the daemon's files and its log are to stay")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with _folder(given.folder) as folder, pytest.MonkeyPatch.context() as patch:
        soak = Soak(Path(folder), patch, given.people, given.seed)
        try:
            for planned in rounds(given.seconds, Random(given.seed)):
                soak.round(planned)
            soak.end()
        except Stuck as error:
            soak.promises.faults.append(f"waited in vain for {error}")
        finally:
            soak.cut()
        return soak.report()


def _folder(path: str | None) -> AbstractContextManager[str]:
    """A new one at this place, or one that goes with the soak."""
    if path is None:
        return tempfile.TemporaryDirectory()
    Path(path).mkdir()
    return contextlib.nullcontext(str(Path(path).absolute()))


class Soak:
    """A daemon, its operator and the people."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, people: int, seed: int) -> None:
        self._residents = _residents(people, seed)
        self.promises = Promises(keys(self._residents))
        self._fingerprints = {
            fingerprint(encode_identity(each.static.public)): each.who for each in self._residents
        }
        disk, jump = _trouble(folder, patch)
        self._probing = Probing(folder, patch)
        (folder / "chatd.toml").write_text("")
        self._server = Server(
            folder,
            config=str(folder / "chatd.toml"),
            names_per_source=MANY,
            shared=f"{SHARED}.0.0/16={MANY}",
        )
        self._server.start()
        self._keeper = Keeper()
        self._keeper.sees_all_written(self._server.port)
        self._quiet = self._server.census()
        self._timers = Counter(self._alive()["timers"])
        self._passing, lock = Passing(self.promises.faults), threading.Lock()
        self._streets = [
            Street(
                self._server.port,
                self.promises,
                self._passing,
                self._residents[number::STREETS],
                Random(f"street {seed} {number}"),
                lock,
            )
            for number in range(STREETS)
        ]
        self._deeds = Deeds(self._server, self.promises, self._residents, disk, jump, Random(seed))
        self._last: Round | None = None
        self._visits: Counter[str] = Counter()
        self._known: set[str] = set()
        self._read = self._said = 0

    def round(self, planned: Planned) -> None:
        """People come for some time and all go; then nothing is left of them but their names."""
        with self._deeds.meanwhile(planned.deeds):
            self._live(planned.seconds)
        self._nothing_left()
        self._memory()
        self._names_kept()
        self._log()
        print(f"{', '.join(planned.deeds)}: {len(self.promises.faults)} faults", flush=True)
        self._say_faults()

    def end(self) -> None:
        """What was confirmed outlives the daemon as well."""
        self._server.stop()
        self._names_of_disk()
        self._log()

    def cut(self) -> None:
        """Whatever was wrong, no process stays behind."""
        self._server.cut()

    def report(self) -> int:
        """Say what happened, and what was wrong."""
        happened = sum((street.counts for street in self._streets), Counter(self._deeds.done))
        for what, count in sorted(happened.items()):
            print(f"{count:8,} {what}")
        passed, made = self._passing.count, self.promises.introductions.made
        print(f"{passed:8,} bytes through the relay\n{made:8,} sides of introductions")
        self._say_faults()
        print(f"{len(self.promises.faults)} promises broken")
        return min(len(self.promises.faults), 1)

    def _live(self, seconds: float) -> None:
        with ThreadPoolExecutor(STREETS) as pool:
            list(pool.map(lambda street: street.run(seconds), self._streets))
        for street in self._streets:
            street.empty()

    def _say_faults(self) -> None:
        new, self._said = self.promises.faults[self._said :], len(self.promises.faults)
        for fault in new[:MOST_SAID]:
            print(f"broken: {fault}", flush=True)

    # -- between two rounds

    def _nothing_left(self) -> None:
        self._keeper.sees_all_written(self._server.port)
        census = self._server.census()

        def is_quiet() -> bool | None:
            nonlocal census
            census = self._server.census()
            return None if census.open(self._quiet) else True

        with contextlib.suppress(Stuck):
            until("quiet", is_quiet, QUIET_SECONDS)
        if left := census.open(self._quiet):
            raise Stuck(f"quiet, as {', '.join(left)}")

    def _alive(self) -> dict[str, Any]:
        return self._probing.alive(self._server.pid)

    def _names_kept(self) -> None:
        listed = {name: self._fingerprints.get(key, "?") for name, key in self._server.names()}
        found = {name: who for name, who in listed.items() if name not in NAMES}
        self.promises.names.listed("the daemon", found)
        with contextlib.suppress(Stuck):
            until("the disk", lambda: self._on_disk() == found or None, QUIET_SECONDS)
        self.promises.names.listed("the disk", self._on_disk())
        self.promises.all_gone(found)

    def _names_of_disk(self) -> None:
        self.promises.names.listed("the disk after the end", self._on_disk())

    def _on_disk(self) -> dict[str, str]:
        """What the next daemon would read."""
        with closing(sqlite3.connect(self._server.data / FILE)) as file:
            rows = file.execute("SELECT name, key FROM names").fetchall()
        return {name: self.promises.who(key) for name, key in rows if name not in NAMES}

    def _memory(self) -> None:
        alive, pid = self._alive(), self._server.pid
        visits = sum((street.visits for street in self._streets), Counter())
        came = set(visits - self._visits)
        is_first = self._last is None or self._last.pid != pid
        new = len(came) if is_first else len(came - self._known)
        self._known = came if is_first else self._known | came
        many = visits.total() - self._visits.total()
        timers = Counter(alive["timers"])
        now = Round(
            pid=pid,
            bytes=alive["bytes"],
            visits=many,
            newcomers=new,
            names=len(list(self._server.names())),
            is_first=is_first,
            kinds=alive["kinds"],
            timers=timers,
        )
        self.promises.faults += [f"left: {each}" for each in now.left(self._timers)]
        if self._last is not None:
            self.promises.faults += now.grown(self._last)
            print(
                f"{now.visits} visits, {new} newcomers, {now.bytes - self._last.bytes:+,} bytes, "
                f"{'first' if is_first else 'next'} of its process, {alive['garbage']} in cycles"
            )
        self._last, self._visits = now, visits

    def _log(self) -> None:
        self._server.read_log()
        new, self._read = self._server.lines[self._read :], len(self._server.lines)
        said = (self._server.folder / "output").read_text()
        self.promises.faults += [f"in the log: {line}" for line in new if unexpected(line)]
        if said:
            self.promises.faults.append(f"beside the log: {said[:500]}")


def _residents(people: int, seed: int) -> list[Resident]:
    names = [f"n{number}" for number in range(people * NAMES_OF_ONE)]
    return [
        resident(
            number,
            REAL.dh.generate_keypair(),
            Visitor(Random(f"{seed} {number}"), names[number::people], names[:people]),
        )
        for number in range(people)
    ]


def _trouble(folder: Path, patch: pytest.MonkeyPatch) -> tuple[Faults, Callable[[int], None]]:
    """A disk that fails, and a date that jumps, where there is libfaketime."""
    disk = faults(folder, patch, FILE)
    if FAKETIME is None:
        return disk, lambda seconds: None
    offset = folder / "offset"
    offset.write_text("+0")
    # In front, so that it starts last: it opens files while it does.
    patch.setenv("LD_PRELOAD", f"{FAKETIME} {os.environ['LD_PRELOAD']}")
    patch.setenv("FAKETIME_TIMESTAMP_FILE", str(offset))
    patch.setenv("FAKETIME_CACHE_DURATION", "1")
    patch.setenv("DONT_FAKE_MONOTONIC", "1")

    def jump(seconds: int) -> None:
        new = offset.with_suffix(".new")
        new.write_text(f"{seconds:+d}")
        new.rename(offset)

    return disk, jump
