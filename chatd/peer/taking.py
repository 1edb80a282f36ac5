"""Which of several links carries a conversation (protocol, "Taking a link").

The guest takes a link by finishing its handshake, and numbers what it takes; the highest number
counts. Pure decisions: each event returns what to do, and links are opaque.
"""

from collections.abc import Hashable
from typing import Protocol

from msgspec import Struct

from chatd import limits
from chatd.errors import Unexpected


class Link(Hashable, Protocol):
    """What is to be known of a link: the higher its rank, the better its kind; and the seconds
    between m1 and m2 on it."""

    @property
    def rank(self) -> int:
        """0 for a relayed link, 1 for a direct one."""

    @property
    def round_trip(self) -> float:
        """Seconds."""


class Take(Struct, frozen=True):
    """Guest: finish this link's handshake, unless that was done, say `take` with this number, and
    send there what is not acknowledged; hang up on every connection that is not finished."""

    link: Link
    number: int


class Use(Struct, frozen=True):
    """Host: acknowledge on this link what was shown, and send there what is to be sent again."""

    link: Link


class HangUp(Struct, frozen=True):
    """End this link, without a word."""

    link: Link


class Ask(Struct, frozen=True):
    """Send a `ping` on the link in use."""


class Look(Struct, frozen=True):
    """There is no link in use: dial."""


Step = Take | Use | HangUp | Ask | Look


class _Question(Struct, frozen=True):
    """What was asked about a link that waits, and when an answer comes too late."""

    number: int
    until: float


class _Left(Struct, frozen=True):
    """Until when a link that was left is read, and whether that was for want of an answer."""

    until: float
    is_silent: bool = False


def answer_time(round_trip: float) -> float:
    """How long an answer may take on a link with this round trip, both in seconds."""
    trips = limits.ROUND_TRIPS * round_trip
    return min(max(trips, limits.ANSWER_LEAST_SECONDS), limits.ANSWER_MOST_SECONDS)


class GuestTaking:
    """The guest's side; `now` is in seconds of any clock."""

    is_host = False

    def __init__(self) -> None:
        self.in_use: Link | None = None
        """The link on which everything is sent."""
        self.number = 0
        """That of the last `take`."""
        self._waiting: dict[Link, _Question] = {}
        self._left: dict[Link, _Left] = {}
        self._unanswered: float | None = None
        """Until when something has to come on the link that was taken last."""
        self._taken = float("-inf")
        self._doublings = 0

    @property
    def left(self) -> list[Link]:
        """The links that are read, but not sent on."""
        return list(self._left)

    @property
    def waiting(self) -> list[Link]:
        """Those whose handshake waits for an answer on the link in use."""
        return list(self._waiting)

    @property
    def deadline(self) -> float | None:
        """When `tick` wants to be called."""
        if not self._left and not self._waiting:
            return None
        times = [left.until for left in self._left.values()]
        times += [asked.until for asked in self._waiting.values()]
        if self._unanswered is not None and self._answering and not self._waiting:
            times.append(self._unanswered)
        return min(times)

    def ready(self, link: Link, question: int, now: float, *, in_doubt: bool = False) -> list[Step]:
        """m2 is right on this link; `question` is the number of the next `ping`. `in_doubt` if an
        earlier question has no answer yet, and we look beside the link in use."""
        if self.in_use is None or link.rank > self.in_use.rank or self._is_enough(in_doubt, now):
            return self._take(link, now)
        if len(self._waiting) >= limits.STANDBY_LINKS:
            return [HangUp(link)]
        self._waiting[link] = _Question(question, now + self._answer)
        return [Ask()]

    def heard(self) -> None:
        """Something came on the link in use."""
        self._unanswered = None

    def answered(self, question: int) -> list[Step]:
        """The `pong` with this number came on the link in use: what was asked about can go."""
        over = [link for link, asked in self._waiting.items() if asked.number <= question]
        for link in over:
            del self._waiting[link]
        return [HangUp(link) for link in over]

    def doubted(self, now: float) -> list[Step]:
        """A question on the link in use has had no answer for so long that we look beside it: what
        waits is taken."""
        return self.no_answer(now) if self._waiting and self._is_enough(True, now) else []

    def ended(self, link: Link, now: float) -> list[Step]:
        """This link is gone, whichever it was."""
        self._left.pop(link, None)
        self._waiting.pop(link, None)
        if link is not self.in_use:
            return []
        self.in_use = None
        waiting = next(iter(self._waiting), None)
        other = waiting or self._answering or next(reversed(self._left), None)
        return [Look()] if other is None else self._take(other, now)

    def no_answer(self, now: float) -> list[Step]:
        """`ANSWER` is over on the link in use."""
        if self._waiting:
            return self._take(next(iter(self._waiting)), now)
        other = self._answering
        if self._unanswered is None or other is None:
            return []
        return self._take(other, now, is_silent=True)

    def let_go(self, link: Link) -> list[Step]:
        """A link that was left long enough ago."""
        del self._left[link]
        return [HangUp(link)]

    def tick(self, now: float) -> list[Step]:
        """Whatever has run out by `now`."""
        steps: list[Step] = []
        for link in [link for link, left in self._left.items() if left.until <= now]:
            steps += self.let_go(link)
        asked = [each.until for each in self._waiting.values()]
        due = asked if asked or self._unanswered is None else [self._unanswered]
        return steps + self.no_answer(now) if due and min(due) <= now else steps

    def _is_enough(self, in_doubt: bool, now: float) -> bool:
        """Whether nothing more is asked: not where links are taken again and again."""
        return in_doubt and (not self._doublings or now - self._taken > limits.TAKES_SECONDS)

    @property
    def _answering(self) -> Link | None:
        """The newest of those that were left, and not for want of an answer."""
        return next((link for link in reversed(self._left) if not self._left[link].is_silent), None)

    @property
    def _answer(self) -> float:
        """`ANSWER`, in seconds, for the link in use."""
        first = answer_time(self.in_use.round_trip if self.in_use is not None else 0)
        return min(first * (1 << self._doublings), limits.ANSWER_GROWN_SECONDS)

    def _take(self, link: Link, now: float, *, is_silent: bool = False) -> list[Step]:
        """`is_silent` if the link in use, which is left for this one, did not answer."""
        steps: list[Step] = [HangUp(other) for other in self._waiting if other is not link]
        self._waiting.clear()
        self._left.pop(link, None)
        if self.in_use is not None:
            self._left[self.in_use] = _Left(now + limits.LINK_SECONDS, is_silent)
        if len(self._left) > limits.STANDBY_LINKS:
            steps += self.let_go(next(iter(self._left)))
        is_soon = now - self._taken <= limits.TAKES_SECONDS
        self._doublings = min(self._doublings + 1, 8) if is_soon else 0
        self._taken, self.in_use = now, link
        self._unanswered = now + self._answer
        self.number += 1
        return [*steps, Take(link, self.number)]


class HostTaking:
    """The host's side."""

    is_host = True
    deadline = None

    def __init__(self) -> None:
        self.in_use: Link | None = None
        """The link on which everything is sent."""
        self.number = 0
        """The highest that was read."""

    def took(self, link: Link, number: int) -> list[Step]:
        """`take` came on this link; raises `Unexpected` where it says nothing new."""
        if number <= self.number:
            if link is self.in_use:
                raise Unexpected
            return [HangUp(link)]
        before, self.in_use, self.number = self.in_use, link, number
        closed: list[Step] = [] if before in (None, link) else [HangUp(before)]
        return [*closed, Use(link)]

    def ended(self, link: Link, now: float) -> list[Step]:
        """This link is gone, whichever it was."""
        if link is not self.in_use:
            return []
        self.in_use = None
        return [Look()]

    def tick(self, now: float) -> list[Step]:
        """A host waits for the guest."""
        return []


Taking = GuestTaking | HostTaking
