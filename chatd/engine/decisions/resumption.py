"""An interrupted conversation: how it goes on or is given up (protocol, "Resuming").

First both look for another link with the keys that they have; then both return to the server, where
the host asks again, with a proof, and the guest's client accepts by itself.
"""

from typing import TYPE_CHECKING

from chatd import limits
from chatd.engine.decisions import effects as do
from chatd.engine.decisions import events
from chatd.engine.decisions.between import Agreed, Between
from chatd.engine.decisions.effects import Effect, Show
from chatd.engine.decisions.proofs import Proofs
from chatd.engine.decisions.request import Outgoing
from chatd.peer.conversation import Ending
from chatd.wire import server as wire

if TYPE_CHECKING:
    from chatd.engine.decisions.dialog import Dialog

Steps = list[Effect | Between]

_ANSWERS: dict[str, Ending] = {"over": Ending.OVER, "restarted": Ending.RESTARTED}
"""What the client of the other side says by itself to an ask for a conversation that is over
there."""


class Resumption:
    """One interruption of one conversation."""

    def __init__(self, dialog: "Dialog", ending: Ending, detail: str, now: float) -> None:
        self._dialog = dialog
        self._ending, self._detail = ending, detail
        self.deadline_of_all = now + limits.RESUME_SECONDS
        """When it is given up."""
        self.wants_server = False
        """Whether nothing was found with the keys that both have."""
        self.is_given_up = False
        """Whether that was our person."""
        self._ask: Outgoing | None = None
        self._asked: wire.Requested | None = dialog.asked
        """The host's request, as long as the server has it and we are to accept it again."""
        self._rounds = 0
        self._retry: float | None = None
        self._told: str | None = None
        self._is_old_told = False
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
    def asks(self) -> bool:
        """Whether the server has a request of ours for it."""
        return self._ask is not None

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
        self.server_lost()
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
        """The server may have ended what we asked, without a word."""
        ask, self._ask = self._ask, None
        return [do.Send(wire.Cancel(ask.id))] if ask is not None and ask.id is not None else []

    def server_lost(self) -> None:
        """Nothing that was asked is known there any more."""
        self._ask = self._asked = self._retry = None

    def receive(self, message: wire.FromServer, now: float) -> Steps | None:
        """What the server says about this conversation; None for everything else."""
        match message:
            case wire.Asked(id, name, _, crossing) if self._ask and name == self._ask.name:
                self._ask.opened(id)
                self._ask = None if crossing else self._ask  # theirs is another one, and is read
                return []
            case wire.Accepted(id, key) if self._ask and id == self._ask.id:
                return self._accepted(id, key)
            case wire.Ended(id, reason) if self._ask and id == self._ask.id:
                self._ask = None
                self._answer = _ANSWERS.get(reason)
                is_over = self._answer or reason == "declined"
                return [do.Abandon(self._dialog.key)] if is_over else []
            case wire.Ended(id) if self._asked is not None and self._asked.id == id:
                self._asked = None
                return []
            case wire.Refused("request", name, _, _, seconds) if self._ask and (
                name == self._ask.name
            ):
                self._ask = None
                self._retry = now + (seconds or limits.RESUME_FIRST_PAUSE_SECONDS)
                return []
        return None

    def requested(self, asked: wire.Requested, proofs: Proofs, *, is_free: bool) -> Steps | None:
        """Accept by ourselves, if it is our interrupted conversation, and no replay of an ask."""
        dialog = self._dialog
        if asked.proof is None:
            return None
        meant = dialog.meant(asked.proof, proofs)
        if dialog.is_host or meant is None:
            return None
        if not dialog.counts.takes(*meant):
            return self._left_open(asked)
        self._asked = asked
        if not is_free:
            return []  # the one before is not over yet
        self._rounds += 1
        return [Agreed(asked.id, dialog.name, dialog.key, False, meant[0], resumes=True)]

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
        return self._again(now, proofs, is_free=is_free)

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

    def _again(self, now: float, proofs: Proofs, *, is_free: bool) -> Steps:
        dialog, asked = self._dialog, self._asked
        if not dialog.is_host:
            return (self.requested(asked, proofs, is_free=is_free) or []) if asked else []
        self._rounds += 1
        proof = proofs.prove(dialog.secret, dialog.key)
        self._ask = Outgoing(dialog.name, self.deadline_of_all, secret=dialog.secret)
        return [do.Send(self._ask.message(now, proof))]

    def _left_open(self, asked: wire.Requested) -> Steps:
        """An old ask: no refusal, which would end the conversation for whoever asks, and nothing
        that the person could accept. Said once."""
        is_told, self._is_old_told = self._is_old_told, True
        return (
            [] if is_told else [Show(events.AskedBefore(asked.name, conversation=self._dialog.key))]
        )

    def _accepted(self, id: bytes, key: bytes) -> Steps:
        ask, self._ask = self._ask, None
        dialog, secret = self._dialog, ask.secret if ask is not None else b""
        if key != dialog.key:
            return [do.Send(wire.Cancel(id)), do.Abandon(dialog.key)]
        return [Agreed(id, dialog.name, key, True, secret, resumes=True)]
