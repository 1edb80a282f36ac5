"""Addresses that two people tell each other within their conversation (protocol, "New candidates").

There the rules are those of their introduction, with what was seen since: a link shows where its
other end is as well as a server could.
"""

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from chatd import limits
from chatd.addresses import Candidate, Kind, kind_if_any, shown
from chatd.bucket import TokenBucket
from chatd.dialling import Near, Rules, introducible


class Introduced(Struct, frozen=True):
    """What both know of each other by one introduction: whether its server is on this machine, my
    places, the other person's with their ports, the candidates of theirs that are dialled, and
    those of mine that I offered."""

    server_is_loopback: bool
    mine: Sequence[str]
    theirs: Sequence[Candidate]
    dialled: Sequence[Candidate]
    offered: Sequence[Candidate]


class Retelling:
    """Of one introduction; `own` says where I listen, `now` is in seconds of any clock."""

    def __init__(
        self, introduced: Introduced, own: Callable[[], Iterable[Candidate]], now: float
    ) -> None:
        self._introduced = introduced
        self._own = own
        self._near = Near(limits.TOLD_NEAR)
        self._bucket = TokenBucket(1 / limits.TOLD_SECONDS, limits.TOLD_CANDIDATES, now)
        self._known: list[Candidate] = []
        for each in introduced.dialled:
            if _is_near(each[0]):
                self._near.takes(each)

    def mine(self, local: Sequence[Candidate], here: Iterable[str]) -> list[Candidate]:
        """Those of my own that the other person may be told: what a server would pass on that had
        seen me at this end (`here`) of our links as well."""
        known = self._introduced
        seen = [*known.mine, *(host for host in here if kind_if_any(host) is Kind.GLOBAL)]
        places = [host for host in seen if kind_if_any(host) is not None]
        return introducible(local, places, [host for host, _ in known.theirs])

    @property
    def offered(self) -> list[Candidate]:
        """What the other person was told of me by the introduction."""
        return self.mine(self._introduced.offered, ())

    def theirs(
        self, told: Sequence[Candidate], there: Iterable[str], now: float
    ) -> list[Candidate]:
        """Which of those that I was told are dialled; `there` has hosts at the other end of our
        links."""
        known = self._introduced
        rules = Rules(
            known.server_is_loopback, known.mine, known.theirs, self._own(), self._near, there
        )
        fresh = [each for each in dict.fromkeys(map(shown, told)) if each not in known.dialled]
        return [each for each in fresh if not rules.refusal(each) and self._pays(each, now)]

    def _pays(self, candidate: Candidate, now: float) -> bool:
        """Whether it was dialled before, or there is room for one that was not."""
        if candidate not in self._known:
            if self._bucket.take(now):
                return False
            self._known = [*self._known, candidate][-limits.TOLD_CANDIDATES :]
        return True


def _is_near(host: str) -> bool:
    return kind_if_any(host) in (Kind.PRIVATE, Kind.LOOPBACK)
