"""What both say on the link in use of where they can be found by now (protocol, "New
candidates")."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from chatd import limits
from chatd.addresses import Candidate
from chatd.bucket import TokenBucket
from chatd.timer import Timer


class Exchange(Protocol):
    """What two people may tell each other of their addresses, under one introduction."""

    @property
    def offered(self) -> list[Candidate]:
        """What the other side knows of us by the introduction."""
        ...

    def ours(self, here: Sequence[str]) -> list[Candidate]:
        """What it may know now; `here` has our ends of the links that were in use."""

    def theirs(self, told: Sequence[Candidate], there: Sequence[str]) -> list[Candidate]:
        """Which of its addresses are dialled; `there` has its ends of them."""


class Telling:
    """Tells at once, and not again for a while; nothing that the other side knows. `tell` sends
    it."""

    def __init__(
        self, reactor: Any, exchange: Exchange, tell: Callable[[list[Candidate]], None]
    ) -> None:
        self._reactor = reactor
        self._exchange = exchange
        self._offered = self._known = exchange.offered
        self._tell = tell
        self._here: list[str] = []
        self._there: list[str] = []
        self._read = TokenBucket(1 / limits.TELL_SECONDS, limits.TELLINGS, reactor.seconds())
        self._next = 0.0
        self._timer = Timer(reactor, lambda _: self._look())

    def links(self, here: str, there: str) -> None:
        """A link that is in use has its ends there, without Tor."""
        self._here, self._there = _newest(self._here, here), _newest(self._there, there)

    def told(self, candidates: Sequence[Candidate]) -> list[Candidate] | None:
        """Which of the other side's are dialled from now on; None where it says too much."""
        if self._read.take(self._reactor.seconds()):
            return None
        return self._exchange.theirs(candidates, self._there)

    def begin(self) -> None:
        """Another link is in use: what was told on the one before may not have arrived."""
        self._known = self._offered
        self.look()

    def look(self) -> None:
        """Our addresses may be others now."""
        if self._timer.due is None:
            self._timer.set(self._next)

    def stop(self) -> None:
        """There is no link in use."""
        self._timer.stop()

    def _look(self) -> None:
        ours = self._exchange.ours(self._here)
        if ours != self._known:
            self._known = ours
            self._next = self._reactor.seconds() + limits.TELL_SECONDS
            self._tell(ours)


def _newest(hosts: list[str], host: str) -> list[str]:
    return [*(each for each in hosts if each != host), host][-limits.CAME_FROM :]
