"""The clock of every deadline: it neither jumps nor goes back, whatever the machine says of the
date."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


seconds: Callable[[], float] = partial(time.clock_gettime, _CLOCK)
"""Seconds since some moment; on Linux those count too in which the machine sleeps."""


def steady(reactor: Any) -> Any:
    """Let all timers of a reactor follow `seconds`, and return it; nothing may be timed there yet.

    Twisted's own follow the date: set back by an hour, it would delay each of them by an hour.
    """
    reactor.seconds = seconds
    return reactor
