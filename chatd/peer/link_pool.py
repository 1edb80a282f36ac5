"""The links of one introduction, as long as none of them carries the conversation."""

from collections import Counter
from collections.abc import Iterator

from chatd import limits
from chatd.peer.link import PeerLink


class LinkPool:
    """In the order in which they came, each with where it came from.

    It says who has to go where there are too many; to end them is left to its owner.
    """

    def __init__(self) -> None:
        self._sources: dict[PeerLink, str] = {}

    def __iter__(self) -> Iterator[PeerLink]:
        return iter(list(self._sources))

    def add(self, link: PeerLink, source: str = "") -> PeerLink | None:
        """One more, from this address if someone dialled us; returns who has to go for it, and is
        not among them any more: perhaps the new one itself, but none that is verified."""
        self._sources[link] = source
        over = self._over(link)
        if over is not None:
            self.take(over)
        return over

    def take(self, link: PeerLink) -> bool:
        """It is not among them any more; returns whether it was."""
        return self._sources.pop(link, None) is not None

    def _over(self, new: PeerLink) -> PeerLink | None:
        unfinished = [link for link in self if link.is_unfinished]
        if len(unfinished) > limits.UNFINISHED_LINKS:
            return self._oldest_of_a_crowd(unfinished)
        if len(self._sources) <= limits.MEETING_LINKS:
            return None
        ending = [link for link in self if link.channel.is_ending]
        if ending:
            return ending[0]
        # A guest's word may be on its way on any of those that are verified.
        return self._oldest_of_a_crowd(unfinished) if unfinished else new

    def _oldest_of_a_crowd(self, unfinished: list[PeerLink]) -> PeerLink:
        """The oldest link of whoever has the most, so that a flood evicts itself."""
        counts = Counter(self._sources[link] for link in unfinished)
        return max(unfinished, key=lambda link: counts[self._sources[link]])
