"""What a person reads of what happens: of what others can bring about without an end, so much."""

from chatd.engine.decisions import events as e
from chatd.ui.offers_told import OffersTold
from chatd.ui.requests_told import RequestsTold
from chatd.ui.wording.line import Line


class Told:
    """The lines of one face; times are seconds of any clock."""

    def __init__(self) -> None:
        self._offers = OffersTold()
        self._requests = RequestsTold()

    def lines(self, event: e.Event, now: float) -> list[Line]:
        """What is said of an event; nothing of one that is only counted."""
        if isinstance(event, e.FilesOffered | e.FilesOver):
            return self._offers.lines(event, now)
        return self._requests.lines(event, now)
