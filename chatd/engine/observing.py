"""Makes the snapshot of a running client."""

from typing import TYPE_CHECKING, Literal

from chatd.engine.decisions.requests import Incoming, Outgoing
from chatd.engine.decisions.states import Away, Free, Preparing, Racing, Talking
from chatd.engine.snapshot import (
    Asked,
    Asks,
    Awaited,
    ConversationState,
    Presence,
    Snapshot,
    Stage,
)
from chatd.store.contacts import petname, standing
from chatd.wire import server as wire

if TYPE_CHECKING:
    from chatd.engine.session import Session

Command = Literal["login", "username", "release", "search", "request", "introduction"]
_COMMANDS: dict[type, Command] = {
    wire.Login: "login",
    wire.Username: "username",
    wire.Release: "release",
    wire.Search: "search",
    Outgoing: "request",
}


def observe(session: "Session") -> Snapshot:
    """Where everything is at this moment."""
    machine, timing = session.machine, session.timing
    requests = machine.requests
    return Snapshot(
        now=session.now,
        server=session.settings.server,
        name=machine.name,
        wanted=machine.wanted,
        presence=_presence(session),
        identity=session.unlocking.identity,
        key=machine.identity,
        server_failure=session.server_failure,
        connecting_since=timing.connecting_since,
        retry=timing.retry,
        awaited=_awaited(session),
        asking_us=tuple(_asks(session, each) for each in requests.incoming.values()),
        asked=tuple(Asked(each.name, each.deadline) for each in requests.outgoing.values()),
        conversations=_conversations(session),
        again=machine.again,
        busy=machine.busy,
        hears=session.profile.hears,
        people=session.profile.people,
    )


def _asks(session: "Session", request: Incoming) -> Asks:
    judged = session.machine.judge(request.name, request.key)
    return Asks(
        request.name,
        request.key,
        petname(judged),
        request.deadline,
        bool(request.secret),
        standing(judged),
    )


def _presence(session: "Session") -> Presence:
    match session.machine.state:
        case Free() | Preparing():
            return "in"
        case Away() if session.machine.awaited is not None:
            return "logging-in"
        case Away() if session.timing.retry is not None:
            return "away"
        case Away():
            return "connecting"
    return "apart"


def _awaited(session: "Session") -> Awaited | None:
    awaited = session.machine.awaited
    if awaited is None:
        return None
    command = _COMMANDS.get(type(awaited), "introduction")
    return Awaited(command, getattr(awaited, "name", "") or "", session.timing.answer)


def _conversations(session: "Session") -> tuple[ConversationState, ...]:
    machine = session.machine
    if machine.partner is None:
        return ()
    stage, deadline = _stage(session)
    state = ConversationState(
        machine.key_of(machine.partner) or b"",
        machine.partner,
        machine.partner_petname,
        machine.partner_standing,
        stage,
        deadline,
        len(session.inbox.unread),
    )
    return (state,)


def _stage(session: "Session") -> tuple[Stage, float | None]:
    machine, timing = session.machine, session.timing
    match machine.state:
        case _ if machine.is_suspended:
            # At first it may be over before it is worth a word.
            return (
                ("interrupted", machine.resuming_until)
                if machine.is_interrupted
                else ("open", None)
            )
        case Preparing(deadline=deadline):
            return "preparing", deadline
        case Racing():
            return "racing", timing.race
        case Talking(leaving=leaving) if leaving is not None:
            return "leaving", timing.leaving
    return "open", None
