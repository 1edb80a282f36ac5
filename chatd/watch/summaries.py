"""Logs one line about all that was refused in the last minute, however much that was, if anything
was."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from twisted.logger import Logger

from chatd import limits
from chatd.timer import Timer
from chatd.watch.refusals import Period, Refusals


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


def summary(period: Period, called: Callable[[str], str]) -> str:
    """Such as 'link dropped 1,204 (ipv4 1,200, ipv6 4), username taken 1 (ipv4 1); most from
    ~k3f9q2ab (at least 900)'; of bounded length, as there are only so many reasons."""
    most = ", ".join(
        f"{called(source)} (at least {count:,})"
        for source, count in period.sources.first(limits.NAMED_SOURCES)
    )
    return ", ".join(_reasons(period)) + f"; most from {most}"


def _reasons(period: Period) -> list[str]:
    """What and why with its count, the most frequent first."""
    totals: Counter[tuple[str, str]] = Counter()
    families: dict[tuple[str, str], Counter[str]] = {}
    for (what, why, family), count in period.counts.items():
        totals[what, why] += count
        families.setdefault((what, why), Counter())[family] += count
    return [
        f"{what} {why} {count:,} ({_families(families[what, why])})"
        for (what, why), count in totals.most_common()
    ]


def _families(counts: Counter[str]) -> str:
    return ", ".join(f"{family} {count:,}" for family, count in counts.most_common())
