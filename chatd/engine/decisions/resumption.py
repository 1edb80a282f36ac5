"""An interrupted conversation: how it goes on or is given up (protocol, "Resuming").

First both look for another link with the keys that they have; then both return to the server, where
the host asks again, with a proof, and the guest's client accepts by itself.
"""

from typing import TYPE_CHECKING

from chatd import limits
from chatd.engine.decisions import effects as do
from chatd.engine.decisions import events
from chatd.engine.decisions.effects import Show
from chatd.engine.decisions.proofs import Proofs
from chatd.engine.decisions.reintroduction import Reintroduction, Steps
from chatd.peer.ending import Ending
from chatd.wire import codes

if TYPE_CHECKING:
    from chatd.engine.decisions.dialog import Dialog

_ANSWERS: dict[str, Ending] = {"over": Ending.OVER, "restarted": Ending.RESTARTED}
"""What the client of the other side says by itself to an ask for a conversation that is over
there."""


class Resumption(Reintroduction):
    """One interruption of one conversation."""

    def __init__(self, dialog: "Dialog", ending: Ending, detail: str, now: float) -> None:
        super().__init__(dialog)
        self._ending, self._detail = ending, detail
        self.deadline_of_all = now + limits.RESUME_SECONDS
        """When it is given up."""
        self.wants_server = False
        """Whether nothing was found with the keys that both have."""
        self.is_given_up = False
        """Whether that was our person."""
        self._rounds = 0
        self._retry: float | None = None
        self._told: str | None = None
        self._answer: Ending | None = None
        """What the other side says has become of the conversation there."""
        seconds = max(0.0, dialog.patience - limits.QUIET_SECONDS)
        self._news: events.Interrupted | None = events.Interrupted(
            dialog.name, ending, detail, seconds, conversation=dialog.key
        )
        """What the person is to be told, if it lasts until then."""
        self._news_at = now + limits.QUIET_SECONDS

    @property
    def is_told(self) -> bool:
        """Whether the person knows that there is no link."""
        return self._news is None

    @property
    def outcome(self) -> tuple[Ending | None, str]:
        """How it ended, if it does so now."""
        ending = None if self.is_given_up else self._answer or self._ending
        return ending, "" if self._answer else self._detail

    def deadline(self, *, is_free: bool) -> float:
        """When `tick` wants to be called; `is_free` if the server knows us and makes no
        introduction of ours."""
        news = self._news_at if self._news is not None else self.deadline_of_all
        retry = self._retry if self._retry is not None and is_free else self.deadline_of_all
        return 0 if self._is_idle(is_free=is_free) else min(self.deadline_of_all, news, retry)

    # -- links

    def met(self, path: str) -> Steps:
        """There is a link, wherever the client was looking for one."""
        dialog = self._dialog
        resumed = Show(events.Resumed(dialog.name, path, conversation=dialog.key))
        return [*self.taken_back(), *([resumed] if self.is_told else [])]

    def not_met(
        self, reasons: list[tuple[str, str]], now: float, *, is_answered: bool = True
    ) -> Steps:
        """There is no other link for now: return to the server, and go on looking; without an
        answer ever there is nobody to wait for."""
        if not is_answered:
            return [do.Abandon(self._dialog.key)]
        if self.wants_server:
            return []
        self.wants_server = True
        why = dict(reasons).get(events.INTRODUCTION, "")
        return [do.Unprepare(self._dialog.key), *self.still_away(why, now)]

    def introduced(self) -> None:
        """The server has introduced us again: look for a link with the new keys."""
        self.server_lost()
        self.wants_server = False

    def still_away(self, why: str, now: float) -> Steps:
        """Said once, and again for another reason."""
        if why == self._told:
            return []
        self._told = why
        seconds, dialog = self.deadline_of_all - now, self._dialog
        shown = Show(events.StillAway(dialog.name, seconds, why, conversation=dialog.key))
        return [*self._tell(), shown]

    # -- the server

    def taken_back(self) -> Steps:
        """Nothing more is wanted of the server."""
        self._asked = self._retry = None
        return self.ended_there()

    def ended_there(self) -> Steps:
        """One that ended with an introduction of ours to somebody else makes none wait."""
        self._rounds -= self.asks
        return super().ended_there()

    def server_lost(self) -> None:
        """Nothing that was asked is known there any more."""
        self._rounds -= self.asks
        super().server_lost()
        self._retry = None

    def restarted(self) -> Steps:
        """The other side has forgotten the conversation."""
        self._answer = Ending.RESTARTED
        return [do.Abandon(self._dialog.key)]

    # -- time

    def tick(self, now: float, proofs: Proofs, *, is_free: bool, may_ask: bool) -> Steps:
        """Try again, or give up; say what has lasted."""
        told = self._tell() if now >= self._news_at else []
        return [*told, *self._due(now, proofs, is_free=is_free, may_ask=may_ask)]

    # -- inside

    def _tell(self) -> Steps:
        news, self._news = self._news, None
        return [Show(news)] if news is not None else []

    def _due(self, now: float, proofs: Proofs, *, is_free: bool, may_ask: bool) -> Steps:
        if now >= self.deadline_of_all:
            return [do.Abandon(self._dialog.key)]
        if self._is_idle(is_free=is_free):
            self._retry = now + self._pause
        if self._retry is None or now < self._retry or not is_free:
            return []
        if self._dialog.is_host and not may_ask:
            self._retry = now + limits.RESUME_FIRST_PAUSE_SECONDS
            return []
        self._retry = None
        return self._again(now, self.deadline_of_all, proofs, is_free=is_free)

    def _is_idle(self, *, is_free: bool) -> bool:
        """Whether nothing is under way, and only we can change that."""
        is_due = self._dialog.is_host or self._asked is not None
        is_waiting = self._ask is not None or self._retry is not None
        return is_free and self.wants_server and is_due and not is_waiting

    @property
    def _pause(self) -> float:
        if not self._rounds:
            return 0
        first, most = limits.RESUME_FIRST_PAUSE_SECONDS, limits.RESUME_MOST_PAUSE_SECONDS
        return min(float(first << min(self._rounds - 1, 10)), most)

    def _begun(self) -> None:
        self._rounds += 1

    def _ended(self, reason: codes.Ending) -> Steps:
        self._answer = _ANSWERS.get(reason)
        is_over = self._answer or reason == "declined"
        return [do.Abandon(self._dialog.key)] if is_over else []

    def _refused(self, now: float, seconds: int | None) -> None:
        self._retry = now + (seconds or limits.RESUME_FIRST_PAUSE_SECONDS)

    def _by_another(self) -> Steps:
        return [do.Abandon(self._dialog.key)]
