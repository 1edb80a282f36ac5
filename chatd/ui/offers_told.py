"""Which offers of files a person reads about: one after the other, and not a flood of them."""

from typing import Literal

from chatd import limits
from chatd.bucket import Buckets
from chatd.engine.decisions import events as e
from chatd.ui import wording
from chatd.ui.wording.line import Line

_How = Literal["told", "counted", "taken"]
"""Whether a person has read of an offer; or it was counted, for the person or a rule to take."""


class OffersTold:
    """What is offered and goes again is told up to a bound for each person; what comes beyond is
    counted, and listed by `files` as long as it is offered. Times are seconds of any clock."""

    def __init__(self) -> None:
        self._turns = Buckets[bytes](1 / limits.OFFER_TOLD_SECONDS, limits.OFFERS_TOLD)
        self._counted: dict[bytes, int] = {}
        self._offers: dict[bytes, _How] = {}
        """What was said of those that are not over."""

    def lines(self, event: e.Event, now: float) -> list[Line]:
        """What is said of an event; nothing of one that is only counted."""
        match event:
            case e.FilesOffered():
                return self._offered(event, now)
            case e.FilesOver(ours=False) if not self._has_end_told(event, now):
                return []
        return wording.lines(event)

    def _offered(self, event: e.FilesOffered, now: float) -> list[Line]:
        key = event.conversation
        counted = self._counted.pop(key, 0)
        if not self._turns.take(key, now):
            self._keep(event.id, "told")
            return [*_more(counted), *wording.lines(event)]
        self._counted[key] = counted + 1
        self._keep(event.id, "taken" if event.folder else "counted")
        return [] if counted else wording.line("warning", "more is offered than is shown", "/files")

    def _has_end_told(self, event: e.FilesOver, now: float) -> bool:
        match self._offers.pop(event.id, None):
            case "told":
                return True
            case "counted":
                return event.why == "done"
            case "taken":
                return False
        return event.why == "done" or not self._turns.take(event.conversation, now)

    def _keep(self, id: bytes, how: _How) -> None:
        self._offers[id] = how
        if len(self._offers) > limits.OFFERS_FOLLOWED:
            del self._offers[next(iter(self._offers))]


def _more(count: int) -> list[Line]:
    return wording.line("quiet", f"{count} more were offered meanwhile") if count else []
