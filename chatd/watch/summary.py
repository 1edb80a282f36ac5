"""One line about all that was refused in a minute, however much that was.

Pure: `called` says how a source is named in a log.
"""

from collections import Counter
from collections.abc import Callable

from chatd import limits
from chatd.watch.refusals import Period


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
