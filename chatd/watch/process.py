"""The figures of the process itself."""

import os
import resource
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chatd.watch.figures import Family, single
from chatd.watch.pulse import Pauses, Pulse

_OPEN = "/proc/self/fd"
_MEMORY = Path("/proc/self/statm")
_PAGE = resource.getpagesize()


def process(pulse: Pulse, pauses: Pauses, clock: Any) -> Iterator[Family]:
    """How busy it is, what it has still to do, and what it takes of the machine."""
    yield single(
        "chatd_reactor_delay_seconds",
        "histogram",
        "How late each second began for everything that the daemon does, in seconds.",
        pulse.delays,
    )
    yield Family(
        "chatd_gc_pause_seconds",
        "histogram",
        "How long the garbage collector stopped everything, in seconds.",
        ("generation",),
        [((str(number),), times) for number, times in enumerate(pauses.times)],
    )
    yield single(
        "chatd_timers", "gauge", "Things that are to be done later.", len(clock.getDelayedCalls())
    )
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    yield single("chatd_descriptors", "gauge", "Open file descriptors.", descriptors())
    yield single("chatd_descriptors_most", "gauge", "File descriptors that may be open.", most)
    yield single("chatd_memory_bytes", "gauge", "Resident memory in bytes.", _memory())
    yield single(
        "chatd_cpu_seconds_total", "counter", "Processor time in seconds.", time.process_time()
    )


def descriptors() -> int:
    """How many this process has open."""
    # Newer kernels say it at once; a list of tens of thousands takes its time.
    return os.stat(_OPEN).st_size or len(os.listdir(_OPEN)) - 1


def _memory() -> int:
    return int(_MEMORY.read_text().split()[1]) * _PAGE
