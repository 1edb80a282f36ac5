"""What is alive in a daemon, on a real-time signal: put first on the path of a Python process, as
`sitecustomize`, with PROBE as the folder to write to.

Everything is counted that the allocator of the C library has given out, so that PYTHONMALLOC=malloc
makes it count Python's objects as well; garbage is collected first, and what the collector found is
said too.
"""

import ctypes
import gc
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from chatd.timer import Timer

REACTOR = "twisted.internet.reactor"
SIGNAL = signal.SIGRTMIN
FIELDS = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"


class _Allocated(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in FIELDS.split()]


def look(number: int, frame: FrameType | None) -> None:
    """Write it down under this process's number."""
    # Whatever has lived for long is kept out of the collector's sight by the daemon.
    gc.unfreeze()
    garbage = gc.collect()
    gc.unfreeze()
    kinds = Counter(
        f"{type(each).__module__}.{type(each).__qualname__}" for each in gc.get_objects()
    )
    gc.freeze()
    library = ctypes.CDLL(None)
    library.mallinfo2.restype = _Allocated
    allocated = library.mallinfo2()
    found = {
        "timers": sorted(_called(each.func) for each in sys.modules[REACTOR].getDelayedCalls()),
        "bytes": allocated.uordblks + allocated.hblkhd,
        "garbage": garbage,
        "kinds": {name: count for name, count in kinds.items() if name.startswith("chatd.")},
    }
    path = Path(os.environ["PROBE"]) / str(os.getpid())
    path.with_suffix(".new").write_text(json.dumps(found))
    path.with_suffix(".new").rename(path)


def _called(function: Callable[..., object]) -> str:
    within = getattr(function, "__self__", None)
    if isinstance(within, Timer):  # what it calls says whose it is
        return _called(within._what)
    name = getattr(function, "__qualname__", type(function).__qualname__)
    return f"{type(within).__qualname__}: {name}" if within is not None else name


if "PROBE" in os.environ:
    signal.signal(SIGNAL, look)
