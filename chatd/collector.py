"""Keeps the garbage collector from looking at what lives for long, which would stop the reactor for
a third of a second where there are twenty thousand people."""

import gc
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall

from chatd import limits


class Collector(Service):
    """Whatever has outlived a full collection is not looked at again, so that each of them takes as
    long as what came since the last one is much.

    Almost everything goes without a collector, links and people among it. A cycle that is older
    than that is found once an hour, as long as there is little to look at.
    """

    def __init__(self, reactor: Any) -> None:
        self._look = LoopingCall(self.look_at_all)
        self._look.clock = reactor
        self._looking: Deferred[Any] | None = None
        self._thresholds = gc.get_threshold()

    def startService(self) -> None:
        """From now on; what is there by now is the program itself, and is not looked at either: the
        few cycles that its start has left are found with the first look at all."""
        super().startService()  # type: ignore[no-untyped-call]
        gc.freeze()
        gc.collect()  # looks at nothing; else the next would wait for a quarter of what is frozen
        self._thresholds = gc.get_threshold()
        gc.set_threshold(*self._thresholds[:2], limits.COLLECTOR_YOUNG)
        gc.callbacks.append(self._collected)
        self._looking = self._look.start(limits.COLLECTOR_SECONDS, now=False)

    def stopService(self) -> None:
        """As Python does by itself."""
        super().stopService()  # type: ignore[no-untyped-call]
        gc.callbacks.remove(self._collected)
        gc.set_threshold(*self._thresholds)
        self._look.stop()
        gc.unfreeze()

    def look_at_all(self) -> None:
        """Also at what is old, if that is not too much for one turn of the reactor."""
        if gc.get_freeze_count() <= limits.COLLECTOR_OBJECTS:
            gc.unfreeze()
            gc.collect()  # which freezes what it leaves

    def _collected(self, phase: str, info: dict[str, int]) -> None:
        if phase == "stop" and info["generation"] == 2:
            gc.freeze()
