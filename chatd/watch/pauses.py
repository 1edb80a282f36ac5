"""How long the garbage collector stops the daemon."""

import gc
import time
from collections.abc import Callable
from typing import Any

from chatd.watch.times import Times

GENERATIONS = 3


class Pauses:
    """Counts the collections of each generation; `now` is in seconds."""

    def __init__(self, now: Callable[[], float] = time.perf_counter) -> None:
        self._now = now
        self._began = 0.0
        self.times = [Times() for _ in range(GENERATIONS)]

    def start(self) -> None:
        """Count from now on."""
        gc.callbacks.append(self._collecting)

    def stop(self) -> None:
        """Count no more; harmless if it never did."""
        if self._collecting in gc.callbacks:
            gc.callbacks.remove(self._collecting)

    def _collecting(self, phase: str, about: dict[str, Any]) -> None:
        if phase == "start":
            self._began = self._now()
        else:
            self.times[about["generation"]].add(self._now() - self._began)
