"""Logs a line about what was refused in the last minute, if anything was."""

from collections.abc import Callable
from typing import Any

from twisted.logger import Logger

from chatd import limits
from chatd.timer import Timer
from chatd.watch.refusals import Refusals
from chatd.watch.summary import summary


class Summaries:
    """Waits from the first refusal for a minute; where nothing is refused, it does nothing."""

    _log = Logger()

    def __init__(self, clock: Any, refusals: Refusals, called: Callable[[str], str]) -> None:
        self._refusals = refusals
        self._called = called
        self._timer = Timer(clock, lambda _: self._say())
        refusals.began = self._begin

    def stop(self) -> None:
        """Say what is left to say."""
        if self._timer.due is not None:
            self._timer.stop()
            self._say()

    def _begin(self) -> None:
        self._timer.after(limits.SUMMARY_SECONDS)

    def _say(self) -> None:
        period = self._refusals.take()
        counts: dict[str, int] = {}
        for (what, why, _), count in period.counts.items():
            counts[f"{what} {why}"] = counts.get(f"{what} {why}", 0) + count
        self._log.info(
            "refused since a minute ago: {summary}",
            summary=summary(period, self._called),
            refused=counts,
        )
