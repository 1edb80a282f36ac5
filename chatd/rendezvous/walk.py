"""Does something with very many links, a few of them in each turn of the reactor."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Generic, TypeVar

from chatd import limits

Link = TypeVar("Link")


class Walk(Generic[Link]):
    """Visits links that are there when it begins; those that come meanwhile are not its affair."""

    def __init__(self, clock: Any, visit: Callable[[Link], None]) -> None:
        self._clock = clock
        self._visit = visit
        self._left: Iterator[Link] = iter(())
        self._later: Any = None

    def begin(self, links: Iterable[Link]) -> None:
        """Visit these, in place of what is left of those before."""
        self._left = iter(list(links))
        if self._later is None:
            self._go_on()

    def _go_on(self) -> None:
        self._later = None
        some = list(islice(self._left, limits.VISITED))
        for link in some:
            self._visit(link)
        if len(some) == limits.VISITED:
            self._later = self._clock.callLater(0, self._go_on)
