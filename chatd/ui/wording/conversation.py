"""A conversation from its making to its end, in words."""

from chatd import limits
from chatd.engine.decisions import events as e
from chatd.peer.ending import Ending
from chatd.peer.message import Message
from chatd.peer.path import RELAY
from chatd.store.contact import Standing
from chatd.text import safe_line
from chatd.ui.clock import duration
from chatd.ui.wording.line import Line, Words, details, labelled, line, quoted, said
from chatd.ui.wording.requests import unmade, who


def _preparing_failed(event: e.PreparingFailed) -> list[Line]:
    detail = f" ({safe_line(event.detail)})" if event.detail else ""
    return line("warning", unmade(event) + detail) + _unsent(event.held)


def _racing(event: e.Racing) -> list[Line]:
    seconds = f"up to {event.seconds:.0f} s"
    how = "are introduced" if event.stays else "left the server"
    if event.relay_only:
        tries = "going through the relay, so that an address stays hidden"
    else:
        tries = "trying " + (", ".join(event.candidates) or "nothing, waiting to be dialled")
        tries += "; then the relay" if event.relay else ""
    text = f"{event.name} and you {how}; looking for a path ({seconds})"
    return details([Line("info", text), Line("quiet", tries)])


def _not_connected(event: e.NotConnected) -> list[Line]:
    if event.cancelled:
        return line("warning", f"connecting to {event.name} was cancelled") + _unsent(event.held)
    found = [Line("quiet", f"{safe_line(what)}: {safe_line(why)}") for what, why in event.reasons]
    if not found:
        found = [Line("quiet", "there was no address to try, and nobody dialled us")]
    text = f"no connection to {event.name}: no path was found in time"
    return [Line("error", text), *found, *_unsent(event.held)]


_KNOWN: dict[Standing, Line] = {
    "new": Line("warning", "nobody has checked yet that it is them: /verify shows how"),
    "known": Line("quiet", "they have the key that they had before"),
    "verified": Line("quiet", "they have the key that you have verified"),
}


def _talking(event: e.Talking) -> list[Line]:
    """Who it is, how well they are known, what to type; `status` tells the details as well."""
    role = "you host it" if event.is_host else f"{event.name} hosts it"
    link = f"{event.suite}, {event.path}, {event.standing} key"
    kind = "an encrypted connection" if event.path == RELAY else "a direct, encrypted connection"
    return [
        Line("good", f"talking to {who(event).removesuffix(',')}: {kind} ({role})"),
        *details(labelled("quiet", link, event.fingerprint)),
        _KNOWN[event.standing],
        Line("quiet", "hint: type and press Enter; /leave ends it"),
    ]


def _interrupted(event: e.Interrupted) -> list[Line]:
    lost = event.ending is Ending.LOST
    what = _unanswered(event.name) if lost else "the connection broke"
    detail = f" ({safe_line(event.detail)})" if event.detail else ""
    text = f"interrupted: {what}{detail}; looking for another way to {event.name}"
    hint = "what you type is kept and sent later; /leave gives up"
    return line("warning", f"{text} (up to {event.seconds:.0f} s)", hint)


def _unanswered(name: str) -> str:
    return f"{name} has not answered for {limits.LOST_SECONDS} s"


def _still_away(event: e.StillAway) -> list[Line]:
    wait = duration(event.seconds)
    if event.why:
        return line("warning", f"no way to {event.name}: {event.why}; trying for up to {wait}")
    return line("warning", f"{event.name} is to be found through the server, for up to {wait}")


def _leaving(event: e.Leaving) -> list[Line]:
    messages = "1 message" if event.waiting == 1 else f"{event.waiting} messages"
    wait = duration(limits.LEAVE_SECONDS)
    return line("quiet", f"leaving; waiting up to {wait} for {messages} to arrive")


def _conversation_over(event: e.ConversationOver) -> list[Line]:
    texts = {
        None: f"you left the conversation with {event.name}",
        Ending.LEFT: f"{event.name} left the conversation",
        Ending.QUIT: f"{event.name} quit the program",
        Ending.CUT_OFF: f"cut off: the connection to {event.name} broke",
        Ending.LOST: f"lost: {_unanswered(event.name)}",
        Ending.OVER: f"over: {event.name} has ended the conversation meanwhile",
        Ending.RESTARTED: f"over: {event.name}'s program was restarted",
    }
    detail = f" ({safe_line(event.detail)})" if event.detail else ""
    lost = [
        Line("error", f"not known to be delivered: {quoted(message.text)}")
        for message in event.undelivered
    ]
    again = Line("quiet", f"hint: to ask again: /chat {event.name}")
    is_answer = event.ending in (Ending.OVER, Ending.RESTARTED)
    return [Line("warning", texts[event.ending] + detail), *lost, *([again] if is_answer else [])]


def _unsent(held: list[Message]) -> list[Line]:
    return [Line("error", f"not sent: {quoted(message.text)}") for message in held]


WORDS: dict[type, Words] = {
    e.Preparing: lambda event: details(
        line(
            "info",
            f"connecting to {event.name} … (up to {limits.PREPARING_SECONDS} s)",
            "/cancel stops it",
        )
    ),
    e.PreparingFailed: _preparing_failed,
    e.Racing: _racing,
    e.NotConnected: _not_connected,
    e.Talking: _talking,
    e.InboxFull: said(
        "warning",
        "{unread} messages are unread, and {name} has to wait",
        "/show reads on, /show none forgets them",
    ),
    e.UnreadForgotten: said("info", "forgotten: {count} messages"),
    e.Leaving: _leaving,
    e.ConversationOver: _conversation_over,
    e.Interrupted: _interrupted,
    e.StillAway: _still_away,
    e.Moved: said("quiet", "the conversation with {name} has moved to a direct link ({path})"),
    e.Resumed: said("good", "the conversation with {name} goes on ({path})"),
    e.EndedWithTheProgram: said(
        "warning",
        "the conversation with {name} ended when this program did, and cannot go on",
        "to ask again: /chat {name}",
    ),
}
