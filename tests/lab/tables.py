"""Prints what the lab measures, as the tables of docs/connectivity.md."""

import time
from contextlib import closing
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from lab.kinds import CARRIER, FORGETFUL, KEPT, KINDS, RESETS, Kind
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

PAUSE = 1
"""Seconds between two meetings of the same people: a server bounds their commands."""


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
