"""The links of a meeting, as long as none of them carries the conversation."""

from collections import Counter
from collections.abc import Iterator

from chatd import limits
from chatd.peer.link import PeerLink


class Links:
    """In the order in which they came, each with where it came from, and with how many texts the
    other side said on it to have received.

    It says who has to go where there are too many; to end them is left to its owner.
    """

    def __init__(self) -> None:
        self._sources: dict[PeerLink, str] = {}
        self._positions: dict[PeerLink, int] = {}

    def __iter__(self) -> Iterator[PeerLink]:
        return iter(list(self._sources))

    @property
    def standing(self) -> list[PeerLink]:
        """Those that are verified, and that nobody has ended."""
        return [link for link in self if link.secured and not link.channel.is_ending]

    def add(self, link: PeerLink, source: str = "") -> PeerLink | None:
        """One more, from this address if someone dialled us; returns who has to go for it, and is
        not among them any more."""
        self._sources[link] = source
        unfinished = [each for each in self if each.is_unfinished]
        if len(unfinished) <= limits.UNFINISHED_LINKS:
            return None
        over = self._oldest_of_a_crowd(unfinished)
        self.take(over)
        return over

    def take(self, link: PeerLink) -> int:
        """It is not among them any more; returns what was said on it to have been received."""
        self._sources.pop(link, None)
        return self._positions.pop(link, 0)

    def note(self, link: PeerLink, received: int) -> None:
        """Keep what the other side says on it to have received."""
        self._positions[link] = received

    def _oldest_of_a_crowd(self, unfinished: list[PeerLink]) -> PeerLink:
        """The oldest link of whoever has the most, so that a flood evicts itself."""
        counts = Counter(self._sources[link] for link in unfinished)
        return max(unfinished, key=lambda link: counts[self._sources[link]])
