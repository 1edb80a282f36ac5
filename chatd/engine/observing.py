"""Makes the snapshot of a running client."""

from typing import TYPE_CHECKING, Literal

from chatd.engine.decisions.dialog import Dialog
from chatd.engine.decisions.dialog import Stage as Course
from chatd.engine.decisions.presence import At
from chatd.engine.decisions.request import Incoming, Outgoing
from chatd.engine.patience import Timing
from chatd.engine.snapshot import (
    Asked,
    Asks,
    Awaited,
    ConversationState,
    Presence,
    Snapshot,
    Stage,
)
from chatd.store.contact import petname, standing
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
    machine, timing = session.machine, session.server.timing
    requests = machine.requests
    return Snapshot(
        now=session.now,
        server=session.settings.server,
        name=machine.name,
        wanted=machine.wanted,
        presence=_presence(session),
        identity=session.unlocking.identity,
        key=machine.identity,
        server_key=session.server.key,
        server_failure=session.server.failure,
        connecting_since=timing.connecting_since,
        retry=timing.retry,
        awaited=_awaited(session),
        asking_us=tuple(_asks(session, each) for each in requests.incoming.values()),
        asked=tuple(Asked(each.name, each.deadline) for each in requests.outgoing.values()),
        conversations=_conversations(session),
        again=machine.again,
        busy=machine.busy,
        hears=session.profile.hears,
        stays=machine.stays,
        muted=session.profile.muted,
        people=session.profile.people,
        transfers=session.transfers.states,
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
    machine = session.machine
    match machine.at:
        case At.IN:
            return "in"
        case At.AWAY if machine.awaited is not None:
            return "logging-in"
        case At.AWAY if session.server.timing.retry is not None:
            return "away"
        case At.AWAY:
            return "connecting"
    return "apart"


def _awaited(session: "Session") -> Awaited | None:
    awaited = session.machine.awaited
    if awaited is None:
        return None
    command = _COMMANDS.get(type(awaited), "introduction")
    return Awaited(command, getattr(awaited, "name", "") or "", session.server.timing.answer)


def _conversations(session: "Session") -> tuple[ConversationState, ...]:
    machine = session.machine
    found = [_conversation(session, each) for each in machine.conversations]
    if (made := machine.making) is not None and not made.resumes:
        # Whoever is new is so until the conversation has begun.
        called, until = session.petname(made.name, made.key), machine.making_until
        found.append(ConversationState(made.key, made.name, called, "new", "preparing", until))
    return tuple(found)


def _conversation(session: "Session", dialog: Dialog) -> ConversationState:
    stage, deadline = _stage(dialog, session.drivers.of(dialog.key).timing)
    unread = len(session.drivers.inbox.of(dialog.key).unread)
    who = dialog.key, dialog.name, dialog.petname, dialog.standing
    return ConversationState(*who, stage, deadline, unread)


def _stage(dialog: Dialog, timing: Timing) -> tuple[Stage, float | None]:
    match dialog.stage:
        case Course.RACING:
            return "racing", timing.race
        case Course.LEAVING:
            return "leaving", timing.leaving
        case Course.INTERRUPTED if dialog.resumption is not None and dialog.resumption.is_told:
            return "interrupted", dialog.resumption.deadline_of_all
    return "open", None  # at first it may be over before it is worth a word
