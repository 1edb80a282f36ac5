"""The client's half of an introduction, state by state (protocol.md, "The client's states").

Pure decisions: what the person, the server, the race and the conversation do goes in, and a list
of effects comes out. `now` is in seconds of any clock that does not jump.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from chatd import limits
from chatd.client import effects as do
from chatd.client import events
from chatd.client.contacts import Judgement, KeyChanged, KnownAs, New
from chatd.client.effects import Effect, Show
from chatd.client.requests import Incoming, Outgoing, Requests
from chatd.errors import Unexpected
from chatd.noise.keys import fingerprint
from chatd.peer.conversation import Ending
from chatd.peer.talk import Leaving as LeaveReason
from chatd.wire import server as wire
from chatd.wire.close import Close, Reason

Effects = list[Effect]
PATIENT_COMMANDS = 16
"""Commands that wait for the server while it is away."""
CANCELLED = 64
"""Introductions that we withdrew and for which a "go" may still be on its way."""


@dataclass(frozen=True)
class Away:
    """Not logged in: connecting, returning from a conversation, or waiting for the server."""


@dataclass(frozen=True)
class Free:
    """Logged in, and in no introduction."""


@dataclass
class Preparing:
    """We have sent our offer, or are about to; the listener is open."""

    id: bytes
    name: str
    key: bytes
    is_host: bool
    deadline: float
    held: list[str] = field(default_factory=list)


@dataclass
class Racing:
    """Both have left the server and look for a path."""

    name: str
    key: bytes
    is_host: bool
    held: list[str]


@dataclass
class Talking:
    """In a conversation; `leaving` while the last messages are on their way."""

    name: str
    leaving: LeaveReason | None = None


@dataclass(frozen=True)
class Stopped:
    """The client is done."""


State = Away | Free | Preparing | Racing | Talking | Stopped


class Machine:
    """One client.

    `identity` is our key (33 bytes) and `judge` says what we know about a name with a key. Both
    belong to the profile, which may change as long as no name was taken.
    """

    def __init__(
        self, server: str, identity: bytes, judge: Callable[[str, bytes], Judgement]
    ) -> None:
        self.server = server
        self.identity = identity
        self.judge = judge
        self.state: State = Away()
        self.name: str | None = None
        self.wanted: str | None = None
        self.requests = Requests()
        self._unanswered = 0
        self._patient: list[wire.FromClient] = []
        self._cancelled: dict[bytes, None] = {}
        self._was_named = False
        self._status = 0

    # -- what others may ask

    @property
    def in_conversation(self) -> bool:
        """Whether bare lines are messages: from the making of a conversation to its end."""
        return isinstance(self.state, Preparing | Racing | Talking)

    @property
    def partner(self) -> str | None:
        """The other person of a conversation, open or in the making."""
        return self.state.name if isinstance(self.state, Preparing | Racing | Talking) else None

    @property
    def busy(self) -> bool:
        """Whether something is undecided: a command, a request of ours, an introduction."""
        if isinstance(self.state, Talking):
            return self.state.leaving is not None
        return not isinstance(self.state, Free | Stopped) or bool(
            self._unanswered or self.requests.outgoing
        )

    @property
    def deadline(self) -> float | None:
        """When `tick` wants to be called."""
        if isinstance(self.state, Preparing):
            return self.state.deadline
        return self.requests.deadline

    def login(self) -> wire.Login:
        """The first message of a server link."""
        return wire.Login(self.name or self.wanted, [])

    # -- the person

    def username(self, name: str) -> Effects:
        """Take a name, or another one."""
        match self.state:
            case Away():
                self.wanted, self.name = name, None
                return []
            case Free():
                self.wanted = name
                return self._command(wire.Username(name))
        return [self._busy_with_someone()]

    def restart(self, name: str) -> None:
        """Begin again with another profile and this name."""
        self.__init__(self.server, self.identity, self.judge)  # type: ignore[misc]
        self.wanted = name

    def release(self, name: str) -> Effects:
        """Give a name back."""
        return self._command(wire.Release(name))

    def search(self, name: str) -> Effects:
        """Ask whether someone is here."""
        return self._command(wire.Search(name))

    def chat(self, name: str, now: float) -> Effects:
        """Ask someone for a conversation, or accept their request."""
        if not isinstance(self.state, Free | Away):
            return [self._busy_with_someone()]
        if (self.name or self.wanted) is None:
            return [_misplaced("you need a name first", "username NAME")]
        if self.requests.from_name(name):
            return self.accept(name, now)
        if name in self.requests.outgoing:
            return [_misplaced(f"you are asking {name} already", "cancel, or wait")]
        if len(self.requests.outgoing) >= limits.ASKING:
            return [_misplaced("you are asking as many people as you can", "cancel one first")]
        return self._ask(name, now)

    def _ask(self, name: str, now: float) -> Effects:
        out = self.requests.ask(name, now)
        if isinstance(self.state, Away):
            return [Show(events.AskingLater(name))]
        return [do.Send(_request(out, now))]

    def accept(self, name: str | None, now: float) -> Effects:
        """Accept a request; without a name the only one."""
        if not isinstance(self.state, Free):
            return [self._busy_with_someone()]
        request = self._incoming(name)
        return self._accept(request, now) if isinstance(request, Incoming) else [request]

    def _accept(self, request: Incoming, now: float) -> Effects:
        del self.requests.incoming[request.id]
        if (refused := self._refusal(request.name, request.key)) is not None:
            return [refused, do.Send(wire.Decline(request.id))]
        return self._prepare(request.id, request.name, request.key, False, now)

    def decline(self, name: str | None) -> Effects:
        """Decline a request; without a name the only one."""
        request = self._incoming(name)
        if not isinstance(request, Incoming):
            return [request]
        del self.requests.incoming[request.id]
        return [
            do.Send(wire.Decline(request.id)),
            Show(events.RequestEnded(request.name, "declined-by-us")),
        ]

    def cancel(self, name: str | None) -> Effects:
        """Withdraw a request of ours, or stop what is being made."""
        match self.state:
            case Preparing() as preparing:
                return self._cancel_preparing(preparing)
            case Racing() as racing:
                return self.not_met([], cancelled=True) if racing else []
            case Talking():
                return [_misplaced("the conversation is open", "/leave")]
        return self._cancel_request(name)

    def say(self, text: str) -> Effects:
        """A line for the other person; while the conversation is being made it is held."""
        match self.state:
            case Talking(leaving=None):
                return [do.Say(text)]
            case Preparing(held=held) | Racing(held=held) if len(held) < limits.HELD_LINES:
                held.append(text)
                return [Show(events.Held(text))]
            case Talking():
                return [Show(events.NotSaid(text, "you are leaving", ""))]
        return [Show(events.NotSaid(text, "there is no conversation", "chat NAME"))]

    def leave(self) -> Effects:
        """End the conversation and return to the server."""
        return self._leave("left")

    def quit(self, status: int = 0) -> Effects:
        """End everything; a second time without waiting for anything."""
        self._status = max(self._status, status)
        match self.state:
            case Talking(leaving="quit") | Stopped():
                return self._stop()
            case Talking(leaving=None):
                return self._leave("quit")
            case Talking() as talking:
                talking.leaving = "quit"
                return []
            case Preparing(id=id):
                return [do.Send(wire.Cancel(id)), *self._stop()]
        return self._stop()

    # -- the server

    def logged_in(self, welcome: wire.Welcome, now: float) -> Effects:
        """The server answered our login."""
        self.state = Free()
        returned, self._was_named = self._was_named, self._was_named or welcome.name is not None
        self.name = welcome.name
        shown = Show(events.LoggedIn(self.server, welcome.name, returned))
        held: Effects = [do.NameHeld(welcome.name)] if welcome.name else []
        asks = [do.Send(_request(out, now)) for out in self.requests.outgoing.values()]
        patient = [do.Send(message) for message in self._patient]
        self._unanswered = len(patient) + (1 if welcome.name is None and self.wanted else 0)
        self._patient.clear()
        return [*held, shown, *(asks if welcome.name else []), *patient]

    def server_lost(self, why: str, seconds: float) -> Effects:
        """The server link is gone, and the next try comes in `seconds`."""
        self._unanswered = 0
        match self.state:
            case Racing() | Talking() | Stopped():
                return []
            case Preparing() as preparing:
                self.requests.outgoing.pop(preparing.name, None)
                failed = events.PreparingFailed(preparing.name, "server-lost", preparing.held)
                shown: Effects = [do.Unprepare(), Show(failed)]
            case _:
                shown = []
        self.state = Away()
        self.requests.server_lost()
        asking = list(self.requests.outgoing)
        return [*shown, Show(events.ServerAway(self.server, why, seconds, asking))]

    def replaced(self) -> Effects:
        """The same key logged in elsewhere: do not come back."""
        self._status = 1
        return [Show(events.Replaced()), *self._stop()]

    def receive(self, message: wire.FromServer, now: float) -> Effects:
        """One message of the server; raises `Unexpected` for what no honest server sends now."""
        match message:
            case wire.Named() | wire.Released() | wire.Found():
                return self._answered(message)
            case wire.Refused():
                return self._refused(message)
            case wire.Asked():
                return self._asked(message, now)
            case wire.Requested():
                return self._requested(message, now)
            case wire.Accepted():
                return self._accepted(message, now)
            case wire.Ended():
                return self._ended(message)
            case wire.Go():
                return self._go(message)
            case Close(reason=reason):
                return self._closed(reason)
        raise Unexpected

    def _closed(self, reason: Reason) -> Effects:
        return self.replaced() if reason == "replaced" else []

    def _answered(self, message: wire.Named | wire.Released | wire.Found) -> Effects:
        self._answer()
        match message:
            case wire.Named(name):
                self.name = self.wanted = name
                self._was_named = True
                return [do.NameHeld(name), Show(events.Named(name))]
            case wire.Released(name):
                return [Show(events.Released(name))]
            case wire.Found(name, here):
                return [Show(events.Found(name, here))]

    def _refused(self, refused: wire.Refused) -> Effects:
        if refused.to == "accept":
            return self._accept_refused(refused)
        name = refused.name or ""
        if refused.to == "request":
            if self.requests.outgoing.pop(name, None) is None:
                return []
        else:
            self._answer()
        if refused.to == "username":
            self.wanted = self.name
        return [Show(events.Refused(refused.to, name, refused.code, refused.seconds))]

    def _accept_refused(self, refused: wire.Refused) -> Effects:
        preparing = self._preparing(refused.id)
        return self._prepare_failed(preparing, "not-now") if preparing else []

    def _asked(self, asked: wire.Asked, now: float) -> Effects:
        out = self.requests.outgoing.get(asked.name)
        if out is None:
            # Cancelled before the server had answered; a crossing one is not ours to withdraw.
            return [] if asked.crossing else [self._withdraw(asked.id)]
        out.id = asked.id
        if asked.crossing:
            return []  # their request is here, or comes next, and is accepted by itself
        return [Show(events.Asking(out.name, asked.here, _left(out.deadline, now)))]

    def _requested(self, message: wire.Requested, now: float) -> Effects:
        request = Incoming(message.id, message.name, message.key, now + message.seconds)
        if (refused := self._refusal(request.name, request.key)) is not None:
            self.requests.outgoing.pop(request.name, None)
            return [refused, do.Send(wire.Decline(request.id))]
        self.requests.add(request)
        if request.name in self.requests.outgoing and isinstance(self.state, Free):
            return self._accept(request, now)
        judged = self.judge(request.name, request.key)
        known_as = judged.name if isinstance(judged, KnownAs) else None
        standing: events.Standing = "new" if isinstance(judged, New) else "known"
        who = fingerprint(request.key)
        return [Show(events.RequestArrived(request.name, who, standing, known_as, message.seconds))]

    def _accepted(self, accepted: wire.Accepted, now: float) -> Effects:
        out = self.requests.asked(accepted.id)
        if out is None:
            return [self._withdraw(accepted.id)]
        del self.requests.outgoing[out.name]
        if (refused := self._refusal(out.name, accepted.key)) is not None:
            return [refused, self._withdraw(accepted.id)]
        return [
            *self._give_way(),
            *self._prepare(accepted.id, out.name, accepted.key, True, now),
        ]

    def _give_way(self) -> Effects:
        """We had just accepted someone else; the server has refused that, as we were locked."""
        if isinstance(self.state, Free):
            return []
        if not isinstance(self.state, Preparing) or self.state.is_host:
            raise Unexpected
        return self._prepare_failed(self.state, "not-now")

    def _ended(self, ended: wire.Ended) -> Effects:
        if (preparing := self._preparing(ended.id)) is not None:
            return self._prepare_failed(preparing, ended.reason)
        if (out := self.requests.asked(ended.id)) is not None:
            del self.requests.outgoing[out.name]
            return [Show(events.AskingEnded(out.name, ended.reason))]
        if (request := self.requests.incoming.pop(ended.id, None)) is not None:
            return [Show(events.RequestEnded(request.name, ended.reason))]
        return []

    def _go(self, go: wire.Go) -> Effects:
        preparing = self._preparing(go.id)
        if preparing is None:
            if go.id not in self._cancelled:
                raise Unexpected
            return [do.CloseServer(None), *self._return()]
        if (go.name, go.key) != (preparing.name, preparing.key):
            changed = events.KeyChanged(
                preparing.name, fingerprint(preparing.key), fingerprint(go.key)
            )
            failed = events.PreparingFailed(preparing.name, "cancelled", preparing.held)
            return [
                do.CloseServer(None),
                do.Unprepare(),
                Show(changed),
                Show(failed),
                *self._return(),
            ]
        self.requests = Requests()
        self.state = Racing(preparing.name, preparing.key, preparing.is_host, preparing.held)
        return [do.CloseServer(None), do.Race(go, preparing.is_host)]

    # -- the making of a conversation

    def _prepare(self, id: bytes, name: str, key: bytes, is_host: bool, now: float) -> Effects:
        self.requests.outgoing.pop(name, None)
        self.state = Preparing(id, name, key, is_host, now + limits.PREPARING_SECONDS)
        return [Show(events.Preparing(name, is_host)), do.Prepare(id, is_host)]

    def offer_failed(self, why: str) -> Effects:
        """Our own part of the introduction could not be made, for instance for want of a port."""
        if not isinstance(self.state, Preparing):
            return []
        preparing = self.state
        refuse = wire.Cancel if preparing.is_host else wire.Decline
        return [
            do.Send(refuse(preparing.id)),
            *self._prepare_failed(preparing, "no-port", why),
        ]

    def race_refused(self, why: str) -> Effects:
        """The introduction is of no use, for instance because there is no suite in common."""
        return self.not_met([("the introduction", why)])

    def _cancel_preparing(self, preparing: Preparing) -> Effects:
        return [
            self._withdraw(preparing.id),
            *self._prepare_failed(preparing, "cancelled"),
        ]

    def _prepare_failed(self, preparing: Preparing, why: str, detail: str = "") -> Effects:
        self.state = Free()
        failed = events.PreparingFailed(preparing.name, why, preparing.held, detail)  # type: ignore[arg-type]
        return [do.Unprepare(), Show(failed)]

    def met(self, suite: str, path: str) -> Effects:
        """A path was found and both have chosen it."""
        if not isinstance(self.state, Racing):
            return []
        racing = self.state
        self.state = Talking(racing.name)
        standing: events.Standing = (
            "new" if isinstance(self.judge(racing.name, racing.key), New) else "known"
        )
        who = fingerprint(racing.key)
        opened = events.Talking(racing.name, racing.is_host, suite, who, path, standing)
        return [
            do.Pin(racing.name, racing.key),
            Show(opened),
            *(do.Say(text) for text in racing.held),
        ]

    def not_met(self, reasons: list[tuple[str, str]], cancelled: bool = False) -> Effects:
        """No path was found in time."""
        if not isinstance(self.state, Racing):
            return []
        failed = events.NotConnected(self.state.name, cancelled, reasons, self.state.held)
        return [do.Unprepare(), Show(failed), *self._return()]

    # -- the conversation

    def over(self, ending: Ending, detail: str, undelivered: list[str]) -> Effects:
        """The other side ended the conversation, or is gone."""
        return self._over(ending, detail, undelivered)

    def left(self, undelivered: list[str]) -> Effects:
        """We have left the conversation."""
        return self._over(None, "", undelivered)

    def _over(self, ending: Ending | None, detail: str, undelivered: list[str]) -> Effects:
        if not isinstance(self.state, Talking):
            return []
        talking = self.state
        shown = Show(events.ConversationOver(talking.name, ending, detail, undelivered))
        if talking.leaving == "quit":
            return [shown, *self._stop()]
        return [shown, *self._return()]

    def _leave(self, reason: LeaveReason) -> Effects:
        if not isinstance(self.state, Talking):
            return [_misplaced("there is no conversation to leave", "exit ends the client")]
        if self.state.leaving:
            return []
        self.state.leaving = reason
        return [do.Leave(reason)]

    # -- time

    def tick(self, now: float) -> Effects:
        """Whatever has run out by `now`."""
        if isinstance(self.state, Preparing):
            if now < self.state.deadline:
                return []
            preparing = self.state
            return [
                self._withdraw(preparing.id),
                *self._prepare_failed(preparing, "no-answer"),
            ]
        return [Show(_expired(request)) for request in self.requests.expire(now)]

    # -- small parts

    def _command(self, message: wire.FromClient) -> Effects:
        match self.state:
            case Free():
                self._unanswered += 1
                return [do.Send(message)]
            case Away() if len(self._patient) < PATIENT_COMMANDS:
                self._patient.append(message)
                return []
            case Away():
                return [_misplaced("too many commands wait for the server", "wait for it")]
        return [self._busy_with_someone()]

    def _answer(self) -> None:
        if self._unanswered <= 0:
            raise Unexpected
        self._unanswered -= 1

    def _preparing(self, id: bytes | None) -> Preparing | None:
        state = self.state
        return state if isinstance(state, Preparing) and state.id == id else None

    def _refusal(self, name: str, key: bytes) -> Show | None:
        """Why this name with this key is not to be talked to."""
        if key == self.identity:
            return Show(events.OwnKey(name))
        judged = self.judge(name, key)
        if isinstance(judged, KeyChanged):
            expected = fingerprint(judged.expected)
            return Show(events.KeyChanged(name, expected, fingerprint(key)))
        return None

    def _withdraw(self, id: bytes) -> do.Send:
        self._cancelled[id] = None
        if len(self._cancelled) > CANCELLED:
            del self._cancelled[next(iter(self._cancelled))]
        return do.Send(wire.Cancel(id))

    def _cancel_request(self, name: str | None) -> Effects:
        outgoing = self.requests.outgoing
        if name is None and len(outgoing) == 1:
            name = next(iter(outgoing))
        if name is None or name not in outgoing:
            return [_choose("you are asking", outgoing, "cancel")]
        out = outgoing.pop(name)
        shown = Show(events.AskingEnded(name, "cancelled"))
        return [self._withdraw(out.id), shown] if out.id else [shown]

    def _incoming(self, name: str | None) -> Incoming | Show:
        waiting = {request.name: request for request in self.requests.incoming.values()}
        if name is None and len(waiting) == 1:
            return next(iter(waiting.values()))
        if name is None or name not in waiting:
            return _choose("a request waits from", waiting, "accept")
        return waiting[name]

    def _busy_with_someone(self) -> Show:
        match self.state:
            case Preparing(name=name) | Racing(name=name):
                return _misplaced(f"connecting to {name}", "/cancel first")
            case Talking(name=name):
                return _misplaced(f"you are talking to {name}", "/leave first")
        return _misplaced("the server is away", "wait for it")

    def _return(self) -> Effects:
        self.state = Away()
        self.requests = Requests()
        return [do.Connect(soon=True)]

    def _stop(self) -> Effects:
        self.state = Stopped()
        return [do.Unprepare(), do.CloseServer("left"), do.Stop(self._status)]


def _left(deadline: float, now: float) -> int:
    return max(0, math.ceil(deadline - now))


def _request(out: Outgoing, now: float) -> wire.Request:
    seconds = min(max(1, _left(out.deadline, now)), limits.REQUEST_SECONDS)
    return wire.Request(out.name, seconds)


def _misplaced(text: str, hint: str) -> Show:
    return Show(events.Misplaced(text, hint))


def _choose(text: str, names: Iterable[str], command: str) -> Show:
    names = sorted(names)
    if not names:
        return _misplaced(f"{text} nobody", "")
    return _misplaced(f"{text} {', '.join(names)}", f"{command} {names[0]}")


def _expired(request: Outgoing | Incoming) -> events.Event:
    if isinstance(request, Outgoing):
        return events.AskingEnded(request.name, "expired")
    return events.RequestEnded(request.name, "expired")
