"""What a server owes to all who come, in one place. Pure."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from soak.introductions import Introductions
from soak.names import Names


class Spans:
    """Since and until which link something was so, by what it is about."""

    def __init__(self) -> None:
        self._spans: list[tuple[str, int, int | None]] = []

    def begin(self, what: str, link: int) -> None:
        """It is so for links from the one with this number on, and for those before."""
        self._spans.append((what, link, None))

    def end(self, what: str, link: int) -> None:
        """It is so no more for links behind this one."""
        self._spans = [
            (each, since, link if each == what and until is None else until)
            for each, since, until in self._spans
        ]

    def concern(self, link: int, *whats: str) -> bool:
        """Whether any of these was so at any time of a link."""
        return any(
            each in whats and (until is None or link <= until) for each, _, until in self._spans
        )


UPGRADE, STOP, BAN, FULL = "upgrade", "stop", "ban", "full"
"""What may go on; a ban of one person is `BAN` and who it is."""


class Promises:
    """Knows everybody by a word and by their key; `faults` are broken promises."""

    def __init__(self, keys: Mapping[bytes, str]) -> None:
        self.faults: list[str] = []
        self.names = Names(self.faults)
        self.introductions = Introductions(self.names, self.faults)
        self.spans = Spans()
        self.notices: set[str] = set()
        """What the operator says to people."""
        self.links = 0
        """How many links there were."""
        self._keys = keys
        self._logins: dict[str, dict[int, bool]] = {}
        self._overtaking: set[int] = set()

    def link(self) -> int:
        """The number of one more link."""
        self.links += 1
        return self.links

    def who(self, key: bytes) -> str:
        """Whose key it is."""
        if key not in self._keys:
            self.faults.append("somebody was told of a key that nobody has")
        return self._keys.get(key, "nobody")

    def logs_in(self, who: str, link: int) -> None:
        """A login is said."""
        logins = self._logins.setdefault(who, {})
        if not all(logins.values()):
            self._overtaking.add(link)
        logins[link] = False

    def welcomed(self, who: str, link: int) -> None:
        """It is answered."""
        self._logins[who][link] = True

    def replaced(self, who: str, link: int) -> bool:
        """Whether another login of the same person may have been carried out after that of this
        link: a later one, or one that had to wait for its turn."""
        return link in self._overtaking or any(each > link for each in self._logins.get(who, ()))

    def all_gone(self, found: Mapping[str, str]) -> None:
        """Nobody is there, and these names are held by these people."""
        self._logins.clear()
        self.names.settle(found)

    @contextmanager
    def during(self, what: str) -> Iterator[None]:
        """Something goes on that explains the ends of links."""
        self.spans.begin(what, self.links)
        try:
            yield
        finally:
            self.spans.end(what, self.links)
