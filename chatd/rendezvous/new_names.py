"""How many new names one source may bind."""

from math import ceil

from chatd import limits
from chatd.rendezvous.refusals import SlowDown
from chatd.shares import Shares
from chatd.sources import Source

DAY = 24 * 3600
MONTH = 30 * DAY


class NewNames:
    """Counts the new names of each source, over a day and over a month; `now` is in seconds.

    The second bound keeps what one source can have of all names small: they stay for a year.
    """

    def __init__(self, per_day: int = limits.NAMES_PER_SOURCE) -> None:
        self._bounds = (
            Shares(per_day, DAY, limits.NAME_SOURCES),
            Shares(per_day * limits.NAME_DAYS_IN_A_MONTH, MONTH, limits.NAME_SOURCES),
        )

    def __len__(self) -> int:
        """How many networks are counted."""
        return max(map(len, self._bounds))

    def allow(self, per_day: int) -> None:
        """So many from now on."""
        day, month = self._bounds
        day.allow(per_day)
        month.allow(per_day * limits.NAME_DAYS_IN_A_MONTH)

    def check(self, source: Source, now: float) -> None:
        """Whether there may be one more; raises `SlowDown`."""
        wait = max(bound.wait(source, now) for bound in self._bounds)
        if wait:
            raise SlowDown(ceil(wait))

    def take(self, source: Source, now: float) -> None:
        """There is one more; raises `SlowDown`, and then there is not."""
        day, month = self._bounds
        if not day.take(source, now):
            self.check(source, now)
        if not month.take(source, now):
            day.give_back(source)
            self.check(source, now)

    def give_back(self, source: Source) -> None:
        """One that was taken came to nothing."""
        for bound in self._bounds:
            bound.give_back(source)
