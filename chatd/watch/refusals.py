"""What a daemon has refused, and why (docs/operating.md, "What it refuses").

Pure. Nothing here grows with what a remote side says: what is refused and why are words of ours,
and of the sources a fixed number are counted.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import get_args

from msgspec import Struct, field

from chatd import limits
from chatd.sources import Source, family
from chatd.watch.heaviest import Heaviest
from chatd.wire.close import Fault, TurnedAway
from chatd.wire.codes import Refusal, RefusedCommand

FAULTS: tuple[Fault, ...] = get_args(Fault)
TURNED_AWAY: tuple[TurnedAway, ...] = get_args(TurnedAway)
OTHER = "other"
"""Why something was refused, if that is none of the known reasons."""
WHY: Mapping[str, Sequence[str]] = {
    # "dropped": it had to make room at the door; "token": it showed another's; "no-proxy" and
    # "no-header": it did not come through a load balancer as it had to.
    "link": (
        *TURNED_AWAY,
        *("closing", "dropped", "token", "no-proxy", "no-header"),
        *FAULTS,
        OTHER,
    ),
    **{command: (*get_args(Refusal), OTHER) for command in get_args(RefusedCommand)},
    "relay": ("full", "slow-down", "banned", "ticket", "used-up", OTHER),
}
"""What can be refused, and each with all the reasons for that."""


class Period(Struct):
    """What was refused for some time: how often by what, why and family of source, and by which
    sources most."""

    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    sources: Heaviest[str] = field(default_factory=lambda: Heaviest(limits.REFUSED_SOURCES))


class Refusals:
    """Counts for ever and for the current period; `began` is called with its first refusal."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        """How often by what and why, since the start."""
        self.began: Callable[[], None] = lambda: None
        self._period = Period()

    def add(self, what: str, why: str, source: Source) -> None:
        """Something was refused to somebody from this source."""
        known = why if why in WHY[what] else OTHER
        first = not self._period.counts
        self.counts[what, known] += 1
        self._period.counts[what, known, family(source)] += 1
        self._period.sources.add(source[0][0])
        if first:
            self.began()

    def take(self) -> Period:
        """The current period, and begin the next one."""
        period, self._period = self._period, Period()
        return period
