"""An interrupted conversation: how it goes on or is given up (protocol, "Resuming").

First both look for another link with the keys that they have; then both return to the server, where
the host asks again, with a proof, and the guest's client accepts by itself.
"""

from chatd import limits
from chatd.engine.decisions import effects as do
from chatd.engine.decisions import events
from chatd.engine.decisions.conversations import Conversations, Effects
from chatd.engine.decisions.effects import Show
from chatd.engine.decisions.proofs import Proofs
from chatd.engine.decisions.requests import Outgoing
from chatd.engine.decisions.states import Away, Free, Preparing, Racing, Suspended, Talking
from chatd.peer.conversation import Ending
from chatd.peer.message import Message
from chatd.wire import server as wire
from chatd.wire.close import Leaving
from chatd.wire.proof import FAREWELL, read

_ANSWERS: dict[str, Ending] = {"over": Ending.OVER, "restarted": Ending.RESTARTED}
"""What the client of the other side says by itself to an ask for a conversation that is over
there."""


class Resuming:
    """What the client does while `conversations.suspended` is set."""

    def __init__(self, conversations: Conversations, proofs: Proofs) -> None:
        self._conversations = conversations
        self._proofs = proofs
        self._ask: Outgoing | None = None
        self._asked: wire.Requested | None = None
        """The host's request, as long as the server has it and we are to accept it again."""
        self._is_there = False
        """Whether the server knows us by name."""
        self._rounds = 0
        self._retry: float | None = None
        self._told: str | None = None
        self._is_old_told = False
        self._news: events.Interrupted | None = None
        """What the person is to be told, if it lasts until then."""
        self._news_at = 0.0
        self._leaving: Leaving | None = None
        self._answer: Ending | None = None
        """What the other side says has become of the conversation there."""

    @property
    def deadline(self) -> float | None:
        """When `tick` wants to be called."""
        suspended = self._conversations.suspended
        if suspended is None:
            return None
        if self._is_idle(suspended):
            return 0
        news = self._news_at if self._news is not None else suspended.deadline
        retry = suspended.deadline if self._retry is None else self._retry
        return min(suspended.deadline, news, retry)

    @property
    def is_told(self) -> bool:
        """Whether the person knows that there is no link."""
        return self._conversations.suspended is not None and self._news is None

    def broken(self, ending: Ending, detail: str, now: float) -> Effects:
        """The link is gone: look for another."""
        state = self._conversations.state
        if not isinstance(state, Talking):
            return []
        self._conversations.suspended = Suspended(
            state, ending, detail, now + limits.RESUME_SECONDS
        )
        self._conversations.state = Racing(state.name, state.key, state.is_host, [])
        self.server_lost()
        self._rounds, self._told, self._leaving, self._answer = 0, None, None, None
        self._is_old_told = False
        state.counts.interrupted()
        seconds = max(0.0, self._conversations.patience - limits.QUIET_SECONDS)
        self._news = events.Interrupted(state.name, ending, detail, seconds)
        self._news_at = now + limits.QUIET_SECONDS
        return [do.RaceAgain()]

    def met(self, path: str) -> Effects:
        """There is a link, wherever the client was looking for one."""
        conversations, suspended = self._conversations, self._conversations.suspended
        if suspended is None:
            return []
        is_racing = isinstance(conversations.state, Racing)
        shown = [Show(events.Resumed(suspended.talking.name, path))] if self.is_told else []
        self.server_lost()
        self._news = None
        conversations.state, conversations.suspended = suspended.talking, None
        return [do.Unprepare(), *([] if is_racing else [do.CloseServer("left")]), *shown]

    def not_met(self, reasons: list[tuple[str, str]], now: float) -> Effects:
        """There is no other link for now: both return to the server, and go on looking."""
        suspended = self._conversations.suspended
        if suspended is None or not isinstance(self._conversations.state, Racing):
            return []
        self.server_lost()
        why = dict(reasons).get(events.INTRODUCTION, "")
        return [do.Unprepare(), *self._still_away(suspended, why, now), *self._conversations.back()]

    def never_answered(self) -> Effects:
        """There is no other link, and nobody to wait for."""
        return [do.Abandon()]

    def offer_failed(self, why: str, now: float) -> Effects:
        """Our part of an introduction cannot be made at the moment; a guest leaves the request
        open, to accept it later."""
        suspended, state = self._conversations.suspended, self._conversations.state
        if suspended is None or not isinstance(state, Preparing):
            return []
        cancel = [do.Send(wire.Cancel(state.id))] if state.is_host else []
        return [
            *cancel,
            *self._conversations.unmade("no-port"),
            *self._still_away(suspended, why, now),
        ]

    def logged_in(self, now: float) -> Effects:
        """The server is there again: the host asks, the guest waits to be asked."""
        suspended = self._conversations.suspended
        if suspended is None:
            return []
        self._is_there = True
        is_first = suspended.talking.is_host and not self._rounds
        return self._request(suspended, now) if is_first else []

    def receive(self, message: wire.FromServer, now: float) -> Effects | None:
        """What the server says about this conversation; None for everything else."""
        suspended = self._conversations.suspended
        match message:
            case wire.Requested() if self._conversations.is_blocked(message.name, message.key):
                return None
            case wire.Requested() if (answer := self._answered(message)) is not None:
                return answer
            case _ if suspended is None:
                return None
            case wire.Requested():
                return self._requested(suspended, message, now)
            case wire.Asked(id, name, _, crossing) if self._ask and name == self._ask.name:
                self._ask.id = id
                self._ask = None if crossing else self._ask  # theirs is another one, and is read
                return []
            case wire.Accepted(id, key) if self._ask and id == self._ask.id:
                return self._accepted(suspended, id, key, now)
            case wire.Ended(id, reason) if self._ask and id == self._ask.id:
                self._ask = None
                self._answer = _ANSWERS.get(reason)
                return [do.Abandon()] if self._answer or reason == "declined" else []
            case wire.Refused("accept", _, id) if self._makes(id):
                return self._conversations.unmade("gone")  # the request stays open
            case wire.Ended(id) if self._concerns(id):
                return self._ended(id)
            case wire.Refused("request", name, _, _, seconds) if self._ask and (
                name == self._ask.name
            ):
                self._ask = None
                self._retry = now + (seconds or limits.RESUME_FIRST_PAUSE_SECONDS)
                return []
        return None

    def anew(self, message: wire.FromServer) -> Effects:
        """Whoever asks, and not to go on, has no conversation with us any more."""
        suspended = self._conversations.suspended
        if suspended is None or not isinstance(message, wire.Requested):
            return []
        talking, proof = suspended.talking, message.proof
        if message.key != talking.key:
            return []
        if proof and self._meant(talking, proof) is not None:
            return []
        self._answer = Ending.RESTARTED
        return [do.Abandon()]

    def server_lost(self) -> None:
        """Nothing that was asked is known there any more."""
        self._ask = self._asked = self._retry = None
        self._is_there = False

    def tick(self, now: float) -> Effects:
        """Try again, or give up; say what has lasted."""
        suspended = self._conversations.suspended
        if suspended is None:
            return []
        return [*(self._tell() if now >= self._news_at else []), *self._due(suspended, now)]

    def _tell(self) -> Effects:
        news, self._news = self._news, None
        return [Show(news)] if news is not None else []

    def _due(self, suspended: Suspended, now: float) -> Effects:
        if now >= suspended.deadline:
            return [do.Abandon()]
        if self._is_idle(suspended):
            self._retry = now + self._pause
        if self._retry is None or now < self._retry:
            return []
        self._retry = None
        return self._again(suspended, now)

    def give_up(self, leaving: Leaving) -> Effects:
        """The person does not want to wait."""
        self._leaving = leaving
        return [do.Abandon()]

    def abandoned(self, undelivered: list[Message]) -> Effects:
        """It is over, with what could not be delivered; wherever the client was in it."""
        conversations, suspended = self._conversations, self._conversations.suspended
        if suspended is None:
            return []
        conversations.suspended = self._news = None
        ending = None if self._leaving else self._answer or suspended.ending
        detail = "" if self._answer else suspended.detail
        ended = conversations.ended(suspended.talking, ending, detail, undelivered)
        return [*ended, do.Unprepare(), *self._let_go(), *self._on(undelivered)]

    # -- trying again

    def _is_idle(self, suspended: Suspended) -> bool:
        """Whether nothing is under way, and only we can change that."""
        is_due = suspended.talking.is_host or self._asked is not None
        is_waiting = self._ask is not None or self._retry is not None
        is_free = self._is_there and isinstance(self._conversations.state, Free)
        return is_free and is_due and not is_waiting

    @property
    def _pause(self) -> float:
        first, most = limits.RESUME_FIRST_PAUSE_SECONDS, limits.RESUME_MOST_PAUSE_SECONDS
        return min(float(first << min(max(self._rounds - 1, 0), 10)), most)

    def _again(self, suspended: Suspended, now: float) -> Effects:
        if not isinstance(self._conversations.state, Free):
            return []
        if suspended.talking.is_host:
            return self._request(suspended, now)
        asked = self._asked
        return (self._requested(suspended, asked, now) or []) if asked is not None else []

    def _request(self, suspended: Suspended, now: float) -> Effects:
        talking = suspended.talking
        self._rounds += 1
        proof = self._proofs.prove(talking.secret, talking.key)
        self._ask = Outgoing(talking.name, suspended.deadline, secret=talking.secret)
        return [do.Send(self._ask.message(now, proof))]

    def _requested(self, suspended: Suspended, asked: wire.Requested, now: float) -> Effects | None:
        """Accept by ourselves, if it is our interrupted conversation, and no replay of an ask."""
        talking = suspended.talking
        if talking.is_host or asked.key != talking.key or asked.proof is None:
            return None
        meant = self._meant(talking, asked.proof)
        if meant is None:
            return None
        secret, count = meant
        if not talking.counts.takes(secret, count):
            return self._left_open(asked)
        self._asked = asked
        if not isinstance(self._conversations.state, Free):
            return []  # the one before is not over yet
        self._rounds += 1
        return self._conversations.prepare(asked.id, talking.name, talking.key, False, now, secret)

    def _meant(self, talking: Talking, proof: bytes) -> tuple[bytes, int] | None:
        """Which of the secrets of this conversation it proves, and its count; None for none."""
        for secret in reversed(talking.secrets):
            count = self._proofs.count(proof, secret, talking.key)
            if count is not None:
                return secret, count
        return None

    def _left_open(self, asked: wire.Requested) -> Effects:
        """An old ask: no refusal, which would end the conversation for whoever asks, and nothing
        that the person could accept. Said once."""
        is_told, self._is_old_told = self._is_old_told, True
        return [] if is_told else [Show(events.AskedBefore(asked.name))]

    def _accepted(self, suspended: Suspended, id: bytes, key: bytes, now: float) -> Effects:
        ask, self._ask = self._ask, None
        talking, secret = suspended.talking, ask.secret if ask is not None else b""
        if key != talking.key or not isinstance(self._conversations.state, Free):
            return [do.Send(wire.Cancel(id)), do.Abandon()]
        return self._conversations.prepare(id, talking.name, key, True, now, secret)

    # -- inside

    def _still_away(self, suspended: Suspended, why: str, now: float) -> Effects:
        """Said once, and again for another reason."""
        if why == self._told:
            return []
        self._told = why
        seconds = suspended.deadline - now
        return [*self._tell(), Show(events.StillAway(suspended.talking.name, seconds, why))]

    def _on(self, undelivered: list[Message]) -> Effects:
        if self._leaving == "quit":
            return self._conversations.stop(1 if undelivered else 0)
        return self._conversations.back() if isinstance(self._conversations.state, Racing) else []

    def _let_go(self) -> Effects:
        """Take back what is being asked or made."""
        state, ask = self._conversations.state, self._ask
        self._ask = self._asked = self._retry = None
        if isinstance(state, Preparing):
            self._conversations.state = Free()
            return [do.Send(wire.Cancel(state.id))]
        if ask is not None and ask.id is not None and not isinstance(state, Away):
            return [do.Send(wire.Cancel(ask.id))]
        return []

    def _concerns(self, id: bytes) -> bool:
        """Whether this is what we have accepted, or are to accept."""
        return self._makes(id) or (self._asked is not None and self._asked.id == id)

    def _ended(self, id: bytes) -> Effects:
        if self._asked is not None and self._asked.id == id:
            self._asked = None
        return self._conversations.unmade("gone") if self._makes(id) else []

    def _makes(self, id: bytes | None) -> bool:
        state = self._conversations.state
        return isinstance(state, Preparing) and state.id == id

    def _answered(self, asked: wire.Requested) -> Effects | None:
        """What we say by ourselves to an ask for a conversation that is over on either side."""
        proof = asked.proof
        if proof is None:
            return None
        if read(proof)[1] == FAREWELL:
            return [do.Send(wire.Decline(asked.id, "over")), *self._farewell(asked.key, proof)]
        past = self._proofs.past(proof, asked.key)
        if past is None:
            return None
        return [do.Send(wire.Decline(asked.id, "restarted" if past.restarted else "over"))]

    def _farewell(self, key: bytes, proof: bytes) -> Effects:
        suspended = self._conversations.suspended
        if suspended is None or suspended.talking.key != key:
            return []
        if self._meant(suspended.talking, proof) is None:
            return []
        self._answer = Ending.RESTARTED
        return [do.Abandon()]
