"""Which requests a person reads about: one after the other, and not a flood of them."""

from chatd import limits
from chatd.bucket import Buckets
from chatd.engine.decisions import events as e
from chatd.ui import wording
from chatd.ui.wording.line import Line


class RequestsTold:
    """Who asks is told up to a bound, contacts and strangers each for themselves, and so are keys
    that have changed; who asks beyond is counted in the last row, and listed by `requests`. What
    the person answers counts no more. Times are seconds of any clock."""

    def __init__(self) -> None:
        self._turns = Buckets[str](1 / limits.REQUEST_TOLD_SECONDS, limits.REQUESTS_TOLD)
        self._told: dict[str, str] = {}
        """The names of those who were told and still ask, and whose room that took."""
        self._untold: dict[str, None] = {}
        """The names of those who were only counted, and still ask."""
        self._has_said_more = False

    def lines(self, event: e.Event, now: float) -> list[Line]:
        """What is said of an event; nothing of one that is only counted."""
        match event:
            case e.RequestArrived(name=name, standing=standing):
                whose = "stranger" if standing == "new" else "contact"
                if self._turns.take(whose, now):
                    return self._count(name)
                self._untold.pop(name, None)
                self._keep(name, whose)
                self._has_said_more = False
            case e.Preparing(name=name) | e.RequestEnded(name=name, reason="declined-by-us"):
                self._answered(name)
            case e.RequestEnded(name=name) if name in self._untold:
                del self._untold[name]
                return []
            case e.RequestEnded(name=name):
                self._told.pop(name, None)
            case e.KeyChanged() if self._turns.take("key", now):
                return []
        return wording.lines(event)

    def _keep(self, name: str, whose: str) -> None:
        self._told[name] = whose
        if len(self._told) > limits.ASKED:
            del self._told[next(iter(self._told))]

    def _answered(self, name: str) -> None:
        self._untold.pop(name, None)
        if (whose := self._told.pop(name, None)) is not None:
            self._turns.give_back(whose)

    def _count(self, name: str) -> list[Line]:
        is_first, self._has_said_more = not self._has_said_more, True
        self._untold[name] = None
        if len(self._untold) > limits.ASKED:
            del self._untold[next(iter(self._untold))]
        more = "more people ask than are shown"
        return wording.line("warning", more, "/requests") if is_first else []
