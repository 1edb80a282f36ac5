"""What the client waits for, for how long, and what comes then: one line that counts seconds."""

from chatd.engine.snapshot import Awaited, ConversationState, Snapshot
from chatd.ui.clock import duration


def of(here: Snapshot, shown: ConversationState | None = None) -> str:
    """The stage of the conversation `shown`, else of the newest that has one, else what the server
    is waited for; '' for nothing but the person."""
    talks = (shown,) if shown is not None else here.conversations[::-1]
    stages = (_talk(talk, here) for talk in talks)
    is_for_the_server = bool(here.asked) or not here.conversations
    return next(filter(None, stages), _server(here) if is_for_the_server else "")


def _talk(talk: ConversationState, here: Snapshot) -> str:
    ends = _ends(talk.deadline, here.now)
    match talk.stage:
        case "interrupted":
            server = f"; {_no_server(here)}" if here.retry is not None else ""
            return f"interrupted; looking for {talk.name}{ends}{server}"
        case "preparing":
            return f"connecting to {talk.name}{ends}"
        case "racing":
            return f"looking for a path to {talk.name}{ends}"
        case "leaving":
            most = f", {_left(talk.deadline, here.now)} at most" if talk.deadline else "…"
            return f"leaving {talk.name}{most}"
    return ""


def _server(here: Snapshot) -> str:
    if here.awaited is not None:
        return f"{_awaited(here.awaited)}{_ends(here.awaited.deadline, here.now)}"
    if here.presence in ("connecting", "away"):
        return _no_server(here) if here.wanted or here.name else ""
    return _asking(here)


def _awaited(awaited: Awaited) -> str:
    match awaited.command:
        case "login":
            return "logging in"
        case "username":
            return f"asking the server for the name {awaited.name}"
        case "release":
            return f"giving back the name {awaited.name}"
        case "search":
            return f"asking the server whether {awaited.name} is here"
        case "request":
            return f"asking the server for a request to {awaited.name}"
    return "waiting for the server"


def _no_server(here: Snapshot) -> str:
    if here.retry is not None:
        return f"no server, trying again in {_left(here.retry, here.now)}"
    if here.connecting_since is None:
        return "connecting…"
    return f"connecting for {duration(here.now - here.connecting_since)}"


def _asking(here: Snapshot) -> str:
    asked = here.asked
    if not asked:
        return ""
    more = f" and {len(asked) - 1} more" if asked[1:] else ""
    return f"asking {asked[0].name}{more}{_ends(asked[0].deadline, here.now)}"


def _ends(deadline: float | None, now: float) -> str:
    return f", giving up in {_left(deadline, now)}" if deadline is not None else "…"


def _left(deadline: float | None, now: float) -> str:
    return duration((deadline or now) - now)
