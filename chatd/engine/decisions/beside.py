"""Another introduction beside an open conversation, which may lead to a better link, or to one at
all where that in use may be dead (protocol, "Another introduction"). The person is told of none of
it."""

from typing import TYPE_CHECKING

from chatd import limits
from chatd.bucket import TokenBucket
from chatd.engine.decisions import effects as do
from chatd.engine.decisions.proofs import Proofs
from chatd.engine.decisions.reintroduction import Reintroduction, Steps
from chatd.wire import codes

if TYPE_CHECKING:
    from chatd.engine.decisions.dialog import Dialog

_ANSWERS = ("declined", "over", "restarted")
"""What the other side says to an ask, so that it is not asked again."""


class Beside(Reintroduction):
    """Of one conversation, for as long as that lasts."""

    def __init__(self, dialog: "Dialog") -> None:
        super().__init__(dialog)
        self.wants_server = False
        """Whether both are to meet there."""
        self._is_wanted = self._has_carried = self._has_begun = self._races = False
        self._bucket = TokenBucket(1 / limits.MEET_SECONDS, limits.MEETS, 0)
        self._pause: float = limits.MEET_FIRST_PAUSE_SECONDS
        self._next: float | None = None
        """When we say `meet`."""
        self._doubt: float | None = None
        """When we go to the server, as our link may be dead."""
        self._is_doubted = False
        """Whether we are there, or look for a link, for that reason."""
        self._ask_at = 0.0
        """When we do our part there, once more."""
        self._until: float | None = None
        """When we wait no longer at the server, or for a better link."""

    def deadline(self, *, is_free: bool) -> float | None:
        """When `tick` wants to be called."""
        if self._until is not None:
            return min(self._until, self._ask_at) if self._is_due(is_free=is_free) else self._until
        return min((each for each in (self._next, self._doubt) if each is not None), default=None)

    # -- what makes it wanted

    def carried(self, now: float, *, is_wanted: bool) -> Steps:
        """The conversation is on a link, of which a better one is wanted, or not."""
        was_there, self._has_carried, self._is_wanted = self._has_carried, True, is_wanted
        self.trusted()
        if not is_wanted:
            self._next = None
            return self.ends()
        self._pause = limits.MEET_FIRST_PAUSE_SECONDS
        if was_there:
            self._next = now + limits.MEET_AFTER_SECONDS
        else:
            self._wait(now)
        return []

    def changed(self, now: float) -> None:
        """Our network is another one."""
        if self._is_wanted:
            self._pause = limits.MEET_FIRST_PAUSE_SECONDS
            soon = now + limits.MEET_AFTER_SECONDS
            self._next = soon if self._next is None else min(self._next, soon)

    def wanted(self, now: float) -> None:
        """The other side has said `meet`."""
        if self._is_wanted and self._until is None and not self._bucket.take(now):
            self._wait(now)
            self._begin(now)

    def doubted(self, now: float) -> None:
        """Our link may be dead: the other side may come to the server as well."""
        is_late = now >= self._dialog.introduced + limits.RELAY_TICKET_SECONDS
        is_soon = is_late or self._dialog.asked is not None
        self._doubt = now if is_soon else now + limits.MEET_DOUBT_SECONDS

    def trusted(self) -> bool:
        """It is not, or is another one; returns whether anything is under way for that reason."""
        is_doubted, self._is_doubted, self._doubt = self._is_doubted, False, None
        return is_doubted

    def broken(self) -> Steps:
        """There is no link, beside which anything could be."""
        self._is_wanted, self._next = False, None
        self.trusted()
        return self.ends()

    # -- what comes of it

    def introduced(self, now: float) -> None:
        """Both look for a better link under the new keys."""
        self.server_lost()
        self.wants_server, self._races = False, True
        self._until = now + limits.MEET_RACE_SECONDS

    def ends(self) -> Steps:
        """Nothing more is wanted of the server, or found; harmless while nothing is."""
        self.wants_server, self._until, self._asked = False, None, None
        self._is_doubted = False
        raced, self._races = self._races, False
        return [*self.ended_there(), *([do.Unprepare(self._dialog.key)] if raced else [])]

    def not_made(self) -> Steps:
        """The introduction came to nothing; in doubt there may be another one."""
        if not self._is_doubted:
            return self.ends()
        self._has_begun = False
        return []

    def server_lost(self) -> None:
        """Nothing that was asked is known there any more; it is asked again in the time that is
        left."""
        super().server_lost()
        self._has_begun = False

    # -- time

    def tick(self, now: float, proofs: Proofs, *, is_free: bool, may_ask: bool) -> Steps:
        """Say `meet`, do our part at the server, or give up."""
        if self._until is not None and now >= self._until:
            return self.ends()
        if self._is_due(is_free=is_free) and now >= self._ask_at:
            self._has_begun, self._ask_at = True, now + limits.MEET_AGAIN_SECONDS
            if self._dialog.is_host and not may_ask:
                return self.not_made()
            return self._again(now, self._until or now, proofs, is_free=is_free)
        if self._until is not None:
            return []
        if self._doubt is not None and now >= self._doubt:
            self._go_in_doubt(now)
        elif self._next is not None and now >= self._next:
            return self._wish(now)
        return []

    # -- inside

    def _wish(self, now: float) -> Steps:
        self._wait(now)
        if self._bucket.take(now):
            return []
        self._begin(now)
        return [do.Meet(self._dialog.key)]

    def _go_in_doubt(self, now: float) -> None:
        self._doubt = None
        if not self._bucket.take(now):
            self._is_doubted = True
            self._begin(now, limits.LOST_SECONDS)

    def _is_due(self, *, is_free: bool) -> bool:
        is_ours = self._dialog.is_host or self._asked is not None
        return self.wants_server and is_free and is_ours and not self._has_begun

    def _wait(self, now: float) -> None:
        """Until the host says it again, without a change."""
        self._next = now + self._pause if self._dialog.is_host else None
        self._pause = min(2 * self._pause, limits.MEET_MOST_PAUSE_SECONDS)

    def _begin(self, now: float, seconds: float = limits.MEETING_SECONDS) -> None:
        self.wants_server, self._has_begun = True, False
        self._until, self._ask_at = now + seconds, now
        self._asked, self._dialog.asked = self._dialog.asked, None
        self._dialog.counts.interrupted()

    def _begun(self) -> None:
        self._has_begun = True

    def _ended(self, reason: codes.Ending) -> Steps:
        return self.ends() if reason in _ANSWERS else self.not_made()

    def _refused(self, now: float, seconds: int | None) -> None:
        if self._is_doubted:
            self._has_begun, self._ask_at = False, max(self._ask_at, now + (seconds or 0))
        else:
            self._until = now

    def _by_another(self) -> Steps:
        return self.ends()
