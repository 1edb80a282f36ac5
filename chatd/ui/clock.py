"""Times of day, dates and durations, as a person reads them."""

import math
from datetime import datetime, timedelta


def local() -> datetime:
    """Now, by the clock on the wall of this machine."""
    return datetime.now()


def of_day(when: datetime) -> str:
    """The time of day, such as 12:31."""
    return when.strftime("%H:%M")


def day(when: datetime) -> str:
    """The date with its day of the week, such as Saturday, 2026-11-28."""
    return when.strftime("%A, %Y-%m-%d")


def sent(when: datetime, late: int) -> str:
    """When something was sent that came at `when`, so many seconds late; with its date if that is
    another day."""
    moment = when - timedelta(seconds=late)
    return of_day(moment) if moment.date() == when.date() else moment.strftime("%Y-%m-%d %H:%M")


_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def duration(seconds: float) -> str:
    """Such as "45 s", "1 h 30 min" or "7 d": rounded up to seconds, the two largest units."""
    rest = max(0, math.ceil(seconds))
    parts = []
    for size, unit in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"
