"""Times of day and dates, as a person reads them."""

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
