"""How often one person may be asked in vain by another, or from one source (protocol,
"Introductions")."""

from math import ceil

from chatd import limits
from chatd.rendezvous.introduction import Introduction
from chatd.rendezvous.presence import Person
from chatd.shares import Counted, Shares


class Patience:
    """Counts the requests for each name that came to nothing.

    It does so whether or not somebody was there to see them, as whoever has to wait would learn
    that. Keys are free, so that a source is counted as well. `now` is in seconds.
    """

    def __init__(self) -> None:
        self._keys = _shares(limits.VAIN_ASKS)
        self._sources = _shares(limits.VAIN_ASKS_PER_SOURCE)

    def in_vain(self, request: Introduction, now: float) -> None:
        """A request is over without having been accepted."""
        self._keys.spend(_by_key(request.asker, request.name), now)
        self._sources.spend(_by_source(request.asker, request.name), now)

    def left(self, asker: Person, name: str, now: float) -> int:
        """The seconds that `asker` has to wait before the next request for `name`, rounded up."""
        return ceil(
            max(
                self._keys.wait(_by_key(asker, name), now),
                self._sources.wait(_by_source(asker, name), now),
            )
        )


def _shares(most: int) -> Shares:
    return Shares(most, most * limits.DECLINED_SECONDS, limits.COUNTED)


def _by_key(asker: Person, name: str) -> Counted:
    return (((asker.key, name), 1),)


def _by_source(asker: Person, name: str) -> Counted:
    return tuple(((network, name), weight) for network, weight in asker.source)
