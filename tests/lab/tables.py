"""Prints what the lab measures, as the tables of docs/connectivity.md."""

import time
from contextlib import closing
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from lab.kinds import KEPT, KINDS, RESETS, Kind
from lab.meeting import Lab

PUNCHED = [
    Kind(f"{name}, {delay * 1000:.0f} ms", router, other, "", delay=delay)
    for name, router, other in (
        ("both drop", KEPT, KEPT),
        ("both reset", RESETS, RESETS),
        ("one drops, one resets", KEPT, RESETS),
    )
    for delay in (0.005, 0.03)
]
"""Two people behind routers that keep ports, at several delays in one direction."""

PAUSE = 1
"""Seconds between two meetings of the same people: a server bounds their commands."""


def kinds():
    """One meeting of every kind: how they talk, and how long it took."""
    _row("network", "connected", "seconds")
    _row("---", "---", "---")
    for kind in KINDS:
        met = _meetings(kind, 1)[0]
        _row(kind.name, met.how, f"{met.seconds:.2f}")


def punching(times):
    """Many meetings: how many were direct, and how long those took."""
    _row("routers, delay in one direction", "direct", "median s", "longest s")
    _row("---", "---", "---", "---")
    for kind in PUNCHED:
        direct = [met.seconds for met in _meetings(kind, times) if met.how.startswith("direct")]
        typical, longest = (median(direct), max(direct)) if direct else (0, 0)
        _row(kind.name, f"{len(direct)} of {times}", f"{typical:.2f}", f"{longest:.2f}")


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
