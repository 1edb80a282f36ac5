"""What a daemon counts while it works, for whoever watches it. Pure."""

from collections import Counter
from typing import get_args

from chatd.noise.suites import SUITES
from chatd.sources import Source
from chatd.watch.refusals import FAULTS, OTHER, Refusals
from chatd.watch.times import PATIENCE, Times
from chatd.wire.codes import Ending

DONE = "done"
"""A handshake that opened a link."""
HANDSHAKES = (DONE, "left", "dropped", "relay", "seen", *FAULTS, OTHER)
"""How a handshake ends: `left` by the other side, `dropped` by ours, by a code of CLOSE, or as
the link was for the `relay` or to be `seen` only."""
INTRODUCED = "introduced"
OUTCOMES = (INTRODUCED, *get_args(Ending))
"""How an introduction ends."""


class Tally:
    """Counts by words of ours, of which there are only so many."""

    def __init__(self) -> None:
        self.handshakes: Counter[tuple[str, str]] = Counter()
        """By result, and by suite, which is '' for those that did not open a link."""
        self.introductions = {outcome: Times(PATIENCE) for outcome in OUTCOMES}
        """By outcome, from the request on."""
        self.refusals = Refusals()

    def handshake(self, result: str, suite: str = "") -> None:
        """One has ended."""
        known = result if result in HANDSHAKES else OTHER
        self.handshakes[known, suite if suite in SUITES else ""] += 1

    def introduction(self, outcome: str, seconds: float) -> None:
        """One has ended so long after its request."""
        self.introductions[outcome].add(seconds)

    def refuse(self, what: str, why: str, source: Source) -> None:
        """Something was refused to somebody from this source (`refusals.WHY`)."""
        self.refusals.add(what, why, source)
