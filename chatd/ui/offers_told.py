"""Which offers of files a person reads about: one after the other, and not a flood of them."""

from chatd import limits
from chatd.bucket import TokenBucket
from chatd.engine.decisions import events as e
from chatd.ui import wording
from chatd.ui.wording.line import Line


class OffersTold:
    """What is offered and goes again is told up to a bound for each person; what comes beyond is
    counted, and listed by `files` as long as it is offered. Times are seconds of any clock."""

    def __init__(self) -> None:
        self._buckets: dict[bytes, TokenBucket] = {}
        self._counted: dict[bytes, int] = {}
        self._untold: dict[bytes, bool] = {}
        """Offers that were only counted, and whether a rule takes them."""

    def lines(self, event: e.Event, now: float) -> list[Line]:
        """What is said of an event; nothing of one that is only counted."""
        match event:
            case e.FilesOffered():
                return self._offered(event, now)
            case e.FilesOver(id, ours=False, why=why) if id in self._untold:
                # What a person took though it was not told of has its end told.
                if self._untold.pop(id) or why != "done":
                    return []
        return wording.lines(event)

    def _offered(self, event: e.FilesOffered, now: float) -> list[Line]:
        key = event.conversation
        if key not in self._buckets:
            rate = 1 / limits.OFFER_TOLD_SECONDS
            self._buckets[key] = TokenBucket(rate, limits.OFFERS_TOLD, now)
        counted = self._counted.pop(key, 0)
        if not self._buckets[key].take(now):
            return [*_more(counted), *wording.lines(event)]
        self._counted[key] = counted + 1
        self._untold[event.id] = bool(event.folder)
        if len(self._untold) > limits.OFFERS_UNTOLD:
            del self._untold[next(iter(self._untold))]
        return [] if counted else wording.line("warning", "more is offered than is shown", "/files")


def _more(count: int) -> list[Line]:
    return wording.line("quiet", f"{count} more were offered meanwhile") if count else []
