"""Loaded by every Python that finds this folder on its path: writes down how long each collection
of garbage and each turn of an epoll reactor takes, in milliseconds of CPU of its thread, to the
file that WATCH_STOPS names."""

import gc
import os
import select
import time
from typing import Any

LEAST = 1.0
"""Milliseconds of a turn that is written down."""
_file = os.open(os.environ["WATCH_STOPS"], os.O_WRONLY | os.O_APPEND)
_began = 0.0


def _took(what: str, began: float) -> float:
    now = time.thread_time()
    milliseconds = (now - began) * 1000
    if what == "gc" or milliseconds >= LEAST:
        os.write(_file, b"%s %.3f\n" % (what.encode(), milliseconds))
    return now


def _watch(phase: str, info: dict[str, int]) -> None:
    global _began
    if phase == "start":
        _began = time.thread_time()
    else:
        _took("gc", _began)


class _Poller:
    """An epoll object; what happens between two calls of `poll` is a turn."""

    def __init__(self, *args: Any, **named: Any) -> None:
        self._poller = _epoll(*args, **named)
        self._woke: float | None = None

    def poll(self, *args: Any) -> Any:
        if self._woke is not None:
            _took("turn", self._woke)
        found = self._poller.poll(*args)
        self._woke = time.thread_time()
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._poller, name)


_epoll = select.epoll
select.epoll = _Poller  # type: ignore[assignment,misc]
gc.callbacks.append(_watch)
