"""An interrupted conversation, until it goes on or is given up (protocol.md, "Resuming").

First both look for another link with the keys that they have; then both return to the server, where
the host asks again, with a proof, and the guest's client accepts by itself.
"""

from chatd import limits
from chatd.client import effects as do
from chatd.client import events
from chatd.client.course import Course, Effects
from chatd.client.effects import Show
from chatd.client.proving import Proofs
from chatd.client.requests import Outgoing
from chatd.client.states import Away, Free, Preparing, Racing, Suspended, Talking
from chatd.peer.conversation import Ending
from chatd.peer.talk import Leaving
from chatd.wire import server as wire

_FINAL = ("declined", "expired")


class Resuming:
    """What the client does while `course.suspended` is set."""

    def __init__(self, course: Course, proofs: Proofs) -> None:
        self._course = course
        self._proofs = proofs
        self._ask: Outgoing | None = None
        self._retry: float | None = None
        self._highest = 0
        self._floor = 0
        self._leaving: Leaving | None = None

    @property
    def deadline(self) -> float | None:
        """When `tick` wants to be called."""
        suspended = self._course.suspended
        if suspended is None:
            return None
        return min(suspended.deadline, self._retry or suspended.deadline)

    def broken(self, ending: Ending, detail: str, now: float) -> Effects:
        """The link is gone: look for another."""
        state = self._course.state
        if not isinstance(state, Talking):
            return []
        self._course.suspended = Suspended(state, ending, detail, now + limits.RESUME_SECONDS)
        self._course.state = Racing(state.name, state.key, state.is_host, [], state.secret)
        self._ask, self._retry, self._leaving = None, None, None
        # What an earlier interruption has used up is a replay now; in this one, the same request
        # comes again where our answer to it was lost.
        self._floor = self._highest
        lost = events.Interrupted(state.name, ending, detail, self._course.patience)
        return [Show(lost), do.RaceAgain()]

    def logged_in(self, now: float) -> Effects:
        """The server is there again: the host asks, the guest waits to be asked."""
        suspended = self._course.suspended
        if suspended is None or not suspended.talking.is_host:
            return []
        return self._request(suspended, now)

    def receive(self, message: wire.FromServer, now: float) -> Effects | None:
        """What the server says about this conversation; None for everything else."""
        suspended = self._course.suspended
        if suspended is None:
            return None
        match message:
            case wire.Requested():
                return self._requested(suspended, message, now)
            case wire.Asked(id, name) if self._ask and name == self._ask.name:
                self._ask.id = id
                return []
            case wire.Accepted(id, key) if self._ask and id == self._ask.id:
                return self._accepted(suspended, id, key, now)
            case wire.Ended(id, reason) if self._ask and id == self._ask.id:
                self._ask = None
                return [do.Abandon()] if reason in _FINAL else self._later(now, 1)
            case wire.Ended(id) | wire.Refused("accept", _, id) if self._makes(id):
                return [*self._course.unmade("gone"), *self._later(now, 1)]
            case wire.Refused("request", name, _, _, seconds) if self._ask and (
                name == self._ask.name
            ):
                self._ask = None
                return self._later(now, seconds or 2)
        return None

    def server_lost(self) -> None:
        """Nothing that was asked is known there any more."""
        self._ask = self._retry = None

    def tick(self, now: float) -> Effects:
        """Ask again, or give up."""
        suspended = self._course.suspended
        if suspended is None:
            return []
        if now >= suspended.deadline:
            return [do.Abandon()]
        if self._retry is None or now < self._retry:
            return []
        self._retry = None
        return self.logged_in(now) if isinstance(self._course.state, Free) else []

    def give_up(self, leaving: Leaving) -> Effects:
        """The person does not want to wait."""
        self._leaving = leaving
        return [do.Abandon()]

    def abandoned(self, undelivered: list[str]) -> Effects:
        """It is over, with what could not be delivered; wherever the client was in it."""
        course, suspended = self._course, self._course.suspended
        if suspended is None:
            return []
        course.suspended = None
        talking = suspended.talking
        ending = None if self._leaving else suspended.ending
        shown = Show(events.ConversationOver(talking.name, ending, suspended.detail, undelivered))
        return [shown, do.Unprepare(), *self._let_go(), *self._on(undelivered)]

    # -- inside

    def _on(self, undelivered: list[str]) -> Effects:
        if self._leaving == "quit":
            return self._course.stop(1 if undelivered else 0)
        return self._course.back() if isinstance(self._course.state, Racing) else []

    def _let_go(self) -> Effects:
        """Take back what is being asked or made."""
        state, ask = self._course.state, self._ask
        self._ask = self._retry = None
        if isinstance(state, Preparing):
            self._course.state = Free()
            return [do.Send(wire.Cancel(state.id))]
        if ask is not None and ask.id is not None and not isinstance(state, Away):
            return [do.Send(wire.Cancel(ask.id))]
        return []

    def _makes(self, id: bytes | None) -> bool:
        state = self._course.state
        return isinstance(state, Preparing) and state.id == id

    def _request(self, suspended: Suspended, now: float) -> Effects:
        talking = suspended.talking
        proof = self._proofs.prove(talking.secret, talking.key)
        self._ask = Outgoing(talking.name, suspended.deadline, secret=talking.secret)
        return [do.Send(self._ask.message(now, proof))]

    def _requested(self, suspended: Suspended, asked: wire.Requested, now: float) -> Effects | None:
        """Accept by ourselves, if it is our interrupted conversation, and no replay of an ask."""
        talking = suspended.talking
        if talking.is_host or asked.key != talking.key or asked.proof is None:
            return None
        count = self._proofs.count(asked.proof, talking.secret, asked.key)
        if count is None or count <= self._floor or not isinstance(self._course.state, Free):
            return None
        self._highest = max(self._highest, count)
        return self._course.prepare(asked.id, talking.name, talking.key, False, now, talking.secret)

    def _accepted(self, suspended: Suspended, id: bytes, key: bytes, now: float) -> Effects:
        self._ask = None
        talking = suspended.talking
        if key != talking.key or not isinstance(self._course.state, Free):
            return [do.Send(wire.Cancel(id)), do.Abandon()]
        return self._course.prepare(id, talking.name, key, True, now, talking.secret)

    def _later(self, now: float, seconds: float) -> Effects:
        self._retry = now + seconds
        return []
