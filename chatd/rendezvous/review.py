"""Ends the links of those who may not be here any more, a few in each turn of the reactor."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Protocol

from chatd import limits
from chatd.rendezvous.access import Access


class Reviewed(Protocol):
    """A link, wherever it is."""

    def review(self, access: Access) -> None:
        """End, if the one who has it may not be here."""


class Review:
    """Looks through links that are there when it begins; those that come meanwhile are judged as
    they come."""

    def __init__(self, clock: Any, access: Access) -> None:
        self._clock = clock
        self._access = access
        self._left: Iterator[Reviewed] = iter(())
        self._later: Any = None

    def begin(self, links: Iterable[Reviewed]) -> None:
        """Look through these, in place of what is left of those before."""
        self._left = iter(list(links))
        if self._later is None:
            self._go_on()

    def _go_on(self) -> None:
        self._later = None
        some = list(islice(self._left, limits.REVIEWED))
        for link in some:
            link.review(self._access)
        if len(some) == limits.REVIEWED:
            self._later = self._clock.callLater(0, self._go_on)
