"""How late the reactor does what is due, as all that anybody waits for is late by as much; and how
long the garbage collector stops it."""

import gc
import time
from typing import Any

from chatd import limits
from chatd.timer import Timer
from chatd.watch.times import Times


class Pulse:
    """Beats once in `limits.PULSE_SECONDS`, and counts by how much each beat was late."""

    def __init__(self, clock: Any) -> None:
        self._clock = clock
        self._timer = Timer(clock, lambda _: self._beat())
        self._due = 0.0
        self._last = 0.0
        self.delays = Times()

    def start(self) -> None:
        """Beat from now on."""
        self._due = self._clock.seconds() + limits.PULSE_SECONDS
        self._timer.after(limits.PULSE_SECONDS)

    def stop(self) -> None:
        """Beat no more."""
        self._timer.stop()

    @property
    def late(self) -> float:
        """For how many seconds a beat is due that has not come, or by how many the last one was
        late, as whoever asks is mostly answered just behind a beat; 0 for one that does not."""
        if self._timer.due is None:
            return 0.0
        return max(self._last, float(self._clock.seconds()) - self._due)

    def _beat(self) -> None:
        self._last = self._clock.seconds() - self._due
        self.delays.add(self._last)
        self.start()


GENERATIONS = 3


class Pauses:
    """Counts the collections of each generation."""

    def __init__(self) -> None:
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
            self._began = time.perf_counter()
        else:
            self.times[about["generation"]].add(time.perf_counter() - self._began)
