"""Prints what the lab measures, as the tables of docs/connectivity.md."""

import time
from contextlib import closing
from math import ceil
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from lab.coming_back import RETURNS, comes_back, goes_direct, is_direct_again
from lab.kinds import (
    CARRIER,
    FORGETFUL,
    FULLY_RANDOM,
    HARD_RESETS,
    KEPT,
    KINDS,
    RANDOM,
    RESETS,
    Kind,
)
from lab.meeting import Lab
from lab.trouble import SAID, TROUBLES, suffer

PUNCHED = [
    Kind(f"{name}, {delay * 1000:.0f} ms", asker, asked, "", delay=delay)
    for name, asker, asked in (
        ("routers that keep ports, both drop", KEPT, KEPT),
        ("routers that keep ports, both reset", RESETS, RESETS),
        ("routers that keep ports, one drops, one resets", KEPT, RESETS),
        ("carriers that keep mappings", CARRIER, CARRIER),
        ("carriers that forget them at once", FORGETFUL, FORGETFUL),
        ("such a carrier, and a router that resets", FORGETFUL, RESETS),
    )
    for delay in (0.005, 0.03)
]
"""Who has to dial at the same time as the other, at several delays in one direction."""

SPRAYED = [
    Kind(f"{name}, {delay * 1000:.0f} ms", asker, asked, "", delay=delay)
    for name, asker, asked in (
        ("random ports, both drop", RANDOM, KEPT),
        ("fully random ports, both drop", KEPT, FULLY_RANDOM),
        ("fully random ports, the other side resets", FULLY_RANDOM, RESETS),
        ("fully random ports that reset, the other side drops", KEPT, HARD_RESETS),
    )
    for delay in (0.005, 0.03)
]
"""One side with random ports, and one that keeps them."""

DIRECT = {
    "the address of one changes, both are behind routers: direct again": is_direct_again,
    "firewalls open, and both get one more address: direct": goes_direct,
}
PAUSE = 1
"""Seconds between two meetings of the same people: a server bounds their commands."""
SPRAY_SECONDS = 15
"""After these all rounds of a spray are over."""


def kinds():
    """One meeting of every kind: how they talk, and how long it took."""
    _row("network", "connected", "seconds")
    _row("---", "---", "---")
    for kind in KINDS:
        met = _meetings(kind, 1)[0]
        _row(kind.name, met.how, f"{met.seconds:.2f}")


def punching(times, named):
    """Many meetings: how many were direct, and how long those took."""
    _row("both sides, delay in one direction", "direct", "median s", "longest s")
    _row("---", "---", "---", "---")
    for kind in [kind for kind in PUNCHED if named in kind.name]:
        direct = [met.seconds for met in _meetings(kind, times) if met.how.startswith("direct")]
        typical, longest = (median(direct), max(direct)) if direct else (0, 0)
        _row(kind.name, f"{len(direct)} of {times}", f"{typical:.2f}", f"{longest:.2f}")


def spraying(times, named):
    """Many relayed conversations with random ports on one side: how many became direct, how
    often anybody read of an interruption, and how long after their beginning it was."""
    _row("one side, delay in one direction", "direct", "interrupted", "median s", "longest s")
    _row("---", "---", "---", "---", "---")
    for kind in [kind for kind in SPRAYED if named in kind.name]:
        with TemporaryDirectory() as folder, closing(Lab(kind, Path(folder))) as lab:
            moved = [seconds for _ in range(times) if (seconds := _moved(lab)) is not None]
            broken = sum(len(person.out.found("(interrupted)")) for person in lab.people)
        typical, longest = (median(moved), max(moved)) if moved else (0, 0)
        direct = f"{len(moved)} of {times}"
        _row(kind.name, direct, str(broken), f"{typical:.1f}", f"{longest:.1f}")


def _moved(lab):
    """After how many seconds a relayed conversation is direct; None if it is not in time."""
    before = _moves(lab)
    lab.meet()
    began = time.monotonic()
    # On a busy machine it has moved before its people have said hello.
    while not (is_direct := all(map(int.__gt__, _moves(lab), before))):
        if time.monotonic() - began > SPRAY_SECONDS:
            break
        time.sleep(0.02)
    seconds = time.monotonic() - began
    lab.part()
    time.sleep(PAUSE)
    return seconds if is_direct else None


def _moves(lab):
    """How often each of the two has read of it."""
    return [len(person.out.found("(has moved to a direct link)")) for person in lab.people]


def troubles(named):
    """Each trouble: what both of the two read, and how soon all that they said has arrived."""
    _row("what happens", "what one reads", "what the other reads", "all has arrived after s")
    _row("---", "---", "---", "---")
    for trouble in [trouble for trouble in TROUBLES if named in trouble.name]:
        with TemporaryDirectory() as folder:
            outcome = suffer(trouble, Path(folder))
        if outcome.heard != [SAID, SAID]:
            raise SystemExit(f"lab: {trouble.name}: {outcome.heard}")
        read = [" / ".join(lines) or "nothing" for lines in outcome.read]
        _row(trouble.name, *read, f"{outcome.seconds:.1f}")


def returning(named):
    """Changes, again and again: how soon both hear each other afterwards."""
    _row("what happens, 30 ms apart", "times", "median s", "95 of 100 within s")
    _row("---", "---", "---", "---")
    for case in [case for case in RETURNS if named in case.name]:
        with TemporaryDirectory() as folder:
            seconds = sorted(comes_back(case, Path(folder)))
        most = seconds[ceil(0.95 * len(seconds)) - 1]
        _row(case.name, str(len(seconds)), f"{median(seconds):.1f}", f"{most:.1f}")
    for name, measure in DIRECT.items():
        if named in name:
            with TemporaryDirectory() as folder:
                seconds = measure(Path(folder))
            _row(name, "1", f"{seconds:.1f}", f"{seconds:.1f}")


def _meetings(kind, times):
    with TemporaryDirectory() as folder, closing(Lab(kind, Path(folder))) as lab:
        met = [lab.meet()]
        while len(met) < times:
            lab.part()
            time.sleep(PAUSE)
            met.append(lab.meet())
        return met


def _row(*cells):
    print("|", " | ".join(cells), "|", flush=True)
