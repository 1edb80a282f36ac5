"""Says on the link in use where we can be found by now (protocol, "New candidates")."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from twisted.internet.interfaces import IDelayedCall

from chatd import limits
from chatd.addresses import Candidate


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
    """Tells at once, and not again for a while; nothing that the other side knows.

    `ours` is what it may know now, `tell` sends it.
    """

    def __init__(
        self,
        reactor: Any,
        offered: list[Candidate],
        ours: Callable[[], list[Candidate]],
        tell: Callable[[list[Candidate]], None],
    ) -> None:
        self._reactor = reactor
        self._offered = self._known = offered
        self._ours = ours
        self._tell = tell
        self._next = 0.0
        self._timer: IDelayedCall | None = None

    def begin(self) -> None:
        """Another link is in use: what was told on the one before may not have arrived."""
        self._known = self._offered
        self.look()

    def look(self) -> None:
        """Our addresses may be others now."""
        if self._timer is None:
            self._timer = self._reactor.callLater(
                max(0.0, self._next - self._reactor.seconds()), self._look
            )

    def stop(self) -> None:
        """There is no link in use."""
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()

    def _look(self) -> None:
        self._timer = None
        ours = self._ours()
        if ours != self._known:
            self._known = ours
            self._next = self._reactor.seconds() + limits.TELL_SECONDS
            self._tell(ours)
