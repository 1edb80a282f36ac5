"""Every event in words: the one place where the client's sentences stand.

Remote text is made safe here, so that the terminal and the plain output show the same.
"""

from collections.abc import Callable
from typing import Any, Literal

from msgspec import Struct

from chatd import limits
from chatd.engine.decisions import events as e
from chatd.peer.conversation import Ending
from chatd.peer.link import RELAY
from chatd.peer.message import TEXT
from chatd.text import isolate, named, safe_line, safe_lines
from chatd.ui.duration import duration

Tone = Literal["info", "good", "warning", "error", "quiet"]
SHOWN = 60
"""Characters of an undelivered message that are repeated."""


class Line(Struct, frozen=True):
    """One line for a person, with how it is meant."""

    tone: Tone
    text: str
    is_copied: bool = False
    """Whether a person may want to copy it, so that it stands alone and in one piece."""


def lines(event: e.Event) -> list[Line]:
    """What to show for an event; messages (`Heard`, `Said`, `Delivered`) are left to the view."""
    wording: Callable[[Any], list[Line]] | None = _WORDING.get(type(event))
    return wording(event) if wording is not None else []


def whole(event: e.Whole) -> str:
    """What stands beside a message that is read as a whole."""
    return f"message #{event.heard.number} of {speaker(event.heard)}"


def hidden(lines: int, number: int) -> str:
    """Below a message of which so many lines are not shown; the number 0 is one of ours."""
    more = f"… {lines} more line{'s' if lines != 1 else ''}"
    return f"{more}: /show {number}" if number else more


def folded(count: int) -> str:
    """In place of so many messages."""
    return f"… {count} message{'s' if count != 1 else ''} came too fast to be shown: /show"


def quoted(text: str) -> str:
    """A message of ours, or a remote one, shortened to one safe line."""
    return isolate(safe_line(text, SHOWN))


def speaker(event: e.Heard) -> str:
    """Who said a message; with its kind, if that is none that is known here."""
    name = safe_line(event.name, limits.NAME_LENGTH)
    return name if event.message.kind == TEXT else f"{name} [{event.message.kind}]"


def _line(tone: Tone, text: str, hint: str = "") -> list[Line]:
    hints = [Line("quiet", f"hint: {hint}")] if hint else []
    return [Line(tone, text), *hints]


def _labelled(tone: Tone, label: str, what: str) -> list[Line]:
    """Something to be copied, and above it what it is."""
    return [Line(tone, f"{label}:"), Line(tone, what, is_copied=True)]


def _connecting(event: e.Connecting) -> list[Line]:
    return _line("quiet", f"connecting to {safe_line(event.server)} …")


def _server_seen(event: e.ServerSeen) -> list[Line]:
    if event.first:
        first = f"first visit to {safe_line(event.server)}: its key is now remembered"
        return [Line("info", first), *_labelled("info", "server key", event.fingerprint)]
    key = _labelled("quiet", "server key, as remembered", event.fingerprint)
    if not event.known_as:
        return key
    same = f"{safe_line(event.server)} is the server that you know as {safe_line(event.known_as)}"
    names = [f"your names there: {', '.join(event.names)}"] if event.names else []
    return [*(Line("info", text) for text in (same, *names)), *key]


def _notice(event: e.Notice) -> list[Line]:
    said = safe_lines(event.text, limits.NOTICE)
    shown = [Line("info", f"  {isolate(line)}") for line in said[: limits.NOTICE_LINES]]
    more = len(said) - len(shown)
    rest = _line("quiet", f"  … {more} more line{'s' if more != 1 else ''}") if more else []
    return [*_line("info", f"the operator of {safe_line(event.server)} says:"), *shown, *rest]


def _server_away(event: e.ServerAway) -> list[Line]:
    when = f"in {duration(event.seconds)}, then less and less often"
    text = f"no server: {safe_line(event.why)}; trying again {when}"
    again = [Line("info", f"{name} will be asked again") for name in event.asking]
    return [*_line("warning", text), *again]


def _logged_in(event: e.LoggedIn) -> list[Line]:
    server = safe_line(event.server)
    if event.name is None:
        return _line("good", f"connected to {server}")
    back = "back on" if event.returned else "you are on"
    hint = "" if event.returned else "search NAME, chat NAME, help"
    return _line("good", f"{back} {server} as {event.name}", hint)


def _replaced(event: e.Replaced) -> list[Line]:
    return _line(
        "error",
        "the same key logged in from somewhere else, so this client stops",
        "if that was not you, someone has a copy of your key: look at your other terminals first",
    )


_REFUSED: dict[str, tuple[str, str]] = {
    "taken": ("{name} belongs to someone else", "choose another: username NAME"),
    "bad-name": ("{name} is not a name", "letters, digits, - and _, 32 at most"),
    "self": ("that is you", ""),
    "too-many": ("too many at the same time", "release a name, or cancel a request"),
    "slow-down": ("too fast for the server", ""),
    "banned": ("the server's operator does not allow it", "choose another name"),
    "failed": ("the server could not store it", "try again later"),
    "not-now": ("not now", ""),
    "not-yours": ("{name} is not yours", ""),
    "full": ("the server has no room for more names", "try later"),
}


def _refused(event: e.Refused) -> list[Line]:
    text, hint = _REFUSED[event.code]
    if event.command == "request" and event.code == "slow-down":
        text = "the server passes on no more requests to {name} for now"
    if event.seconds:
        hint = f"try again in {duration(event.seconds)}"
    return _line("warning", f"{event.command}: {text.format(name=quoted(event.name))}", hint)


def _asking(event: e.Asking) -> list[Line]:
    here = "will see it when free" if event.here else "is not around, and is asked on arrival"
    wait = duration(event.seconds)
    return _line(
        "info", f"asking {event.name}, who {here}; waiting up to {wait}", "cancel withdraws it"
    )


_ENDED = {
    "declined": "{name} declined",
    "withdrawn": "the request to {name} was withdrawn",
    "gone": "{name} is gone",
    "expired": "{name} did not answer in time",
    "no-answer": "the introduction to {name} was not finished in time",
    "closing": "the server is shutting down; ask {name} again later",
    "cancelled": "no longer asking {name}",
    "server-lost": "the server was lost while connecting to {name}; ask again",
    "not-now": "{name} is in another introduction",
    "no-port": "no port to listen on for {name}",
    "bad-offer": "what {name} sent cannot be used",
}
_REQUEST_ENDED = {
    "withdrawn": "{name} no longer asks",
    "gone": "{name} has left and no longer asks",
    "expired": "the request from {name} has expired",
    "closing": "the server is shutting down; the request from {name} is gone",
    "declined-by-us": "declined {name}",
}


_NO_PORT_THERE = "{name} has accepted, but could open no port for it"
_UNMADE = {"withdrawn": "{name} has withdrawn", "no-port-there": _NO_PORT_THERE}
_ASKING_ENDED = {
    "no-port": _NO_PORT_THERE,
    "over": "{name} declined: that conversation is over",
    "restarted": "{name} declined: that conversation ended when {name}'s program did",
}


def _asking_ended(event: e.AskingEnded) -> list[Line]:
    text = _ASKING_ENDED.get(event.reason) or _ENDED[event.reason]
    return _line("warning", text.format(name=event.name))


def _request_arrived(event: e.RequestArrived) -> list[Line]:
    who = f"{_who(event)} asks for a conversation"
    seen: str = "first contact" if event.standing == "new" else event.standing
    seen += ", holds your card" if event.holds_card else ""
    return [
        Line("good", f"{who} ({seen}, {duration(event.seconds)} left)"),
        *_resembling(event),
        *_labelled("quiet", "key", event.fingerprint),
        Line("quiet", f"hint: accept {event.name}, or decline {event.name}"),
    ]


def _resembling(event: e.RequestArrived) -> list[Line]:
    if not event.resembles:
        return []
    text = f"CAREFUL: {event.name} is NOT {event.resembles}, whom you know: the names look alike"
    return [Line("error", f"{text}, the keys differ")]


def _card_made(event: e.CardMade) -> list[Line]:
    return [
        Line("good", event.line, is_copied=True),
        Line(
            "info",
            f"card {event.id}: for one person and one conversation, for {duration(event.seconds)}",
        ),
        Line("quiet", "it is a secret: send it in a way that others cannot read"),
        Line("quiet", "hint: they start with: chat --card, and paste it"),
    ]


def _who(event: e.RequestArrived | e.Talking) -> str:
    who = named(event.name, event.petname)
    if event.known_as and event.known_as != event.name:
        return f"{who}, whom you know as {event.known_as},"
    return who


def _request_ended(event: e.RequestEnded) -> list[Line]:
    text = _REQUEST_ENDED.get(event.reason, "the request from {name} is over")
    return _line("info", text.format(name=event.name))


def _key_changed(event: e.KeyChanged) -> list[Line]:
    return [
        Line("error", f"REFUSED: {event.name} has another key than before"),
        *_labelled("error", "expected", event.expected),
        *_labelled("error", "received", event.found),
        Line(
            "warning",
            "a new machine or a lost key, the name expired and someone else took it, "
            "or someone is in between",
        ),
        Line(
            "quiet", f"hint: ask {event.name} in another way; if it is right: forget {event.name}"
        ),
    ]


def _preparing_failed(event: e.PreparingFailed) -> list[Line]:
    text = (_UNMADE.get(event.why) or _ENDED[event.why]).format(name=event.name)
    detail = f" ({safe_line(event.detail)})" if event.detail else ""
    return _line("warning", text + detail) + _unsent(event.held)


def _racing(event: e.Racing) -> list[Line]:
    seconds = f"up to {event.seconds:.0f} s"
    if event.relay_only:
        tries = "going through the relay, so that an address stays hidden"
    else:
        tries = "trying " + (", ".join(event.candidates) or "nothing, waiting to be dialled")
        tries += "; then the relay" if event.relay else ""
    return [
        Line("info", f"{event.name} and you left the server; looking for a path ({seconds})"),
        Line("quiet", tries),
    ]


def _not_connected(event: e.NotConnected) -> list[Line]:
    if event.cancelled:
        return _line("warning", f"connecting to {event.name} was cancelled") + _unsent(event.held)
    found = [Line("quiet", f"{safe_line(what)}: {safe_line(why)}") for what, why in event.reasons]
    if not found:
        found = [Line("quiet", "there was no address to try, and nobody dialled us")]
    text = f"no connection to {event.name}: no path was found in time"
    return [Line("error", text), *found, *_unsent(event.held)]


def _talking(event: e.Talking) -> list[Line]:
    role = "you host it" if event.is_host else f"{event.name} hosts it"
    who = _who(event).removesuffix(",")
    kind = "an encrypted connection" if event.path == RELAY else "a direct, encrypted connection"
    link = f"{event.suite}, {event.path}, {event.standing} key"
    return [
        Line("good", f"talking to {who}: {kind} ({role})"),
        *_labelled("quiet", link, event.fingerprint),
        Line("quiet", "hint: type and press Enter; /leave ends it"),
    ]


def _interrupted(event: e.Interrupted) -> list[Line]:
    lost = event.ending is Ending.LOST
    what = _unanswered(event.name) if lost else "the connection broke"
    detail = f" ({safe_line(event.detail)})" if event.detail else ""
    text = f"interrupted: {what}{detail}; looking for another way to {event.name}"
    hint = "what you type is kept and sent later; /leave gives up"
    return _line("warning", f"{text} (up to {event.seconds:.0f} s)", hint)


def _unanswered(name: str) -> str:
    return f"{name} has not answered for {limits.LOST_SECONDS} s"


def _still_away(event: e.StillAway) -> list[Line]:
    wait = duration(event.seconds)
    if event.why:
        return _line("warning", f"no way to {event.name}: {event.why}; trying for up to {wait}")
    return _line("warning", f"{event.name} is to be found through the server, for up to {wait}")


def _leaving(event: e.Leaving) -> list[Line]:
    messages = "1 message" if event.waiting == 1 else f"{event.waiting} messages"
    wait = duration(limits.LEAVE_SECONDS)
    return _line("quiet", f"leaving; waiting up to {wait} for {messages} to arrive")


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
    again = Line("quiet", f"hint: to ask again: chat {event.name}")
    is_answer = event.ending in (Ending.OVER, Ending.RESTARTED)
    return [Line("warning", texts[event.ending] + detail), *lost, *([again] if is_answer else [])]


def _unsent(held: list[str]) -> list[Line]:
    return [Line("error", f"not sent: {quoted(text)}") for text in held]


def _inbox_full(event: e.InboxFull) -> list[Line]:
    text = f"{event.unread} messages are unread, and {event.name} has to wait"
    return _line("warning", text, "/show reads on, /show none forgets them")


_WORDING: dict[type, Callable[[Any], list[Line]]] = {
    e.Connecting: _connecting,
    e.ServerSeen: _server_seen,
    e.Notice: _notice,
    e.ServerAway: _server_away,
    e.LoggedIn: _logged_in,
    e.Replaced: _replaced,
    e.Named: lambda event: _line("good", f"you are {event.name}"),
    e.Released: lambda event: _line("info", f"{event.name} is no longer yours"),
    e.Found: lambda event: _line(
        "info", f"{event.name} is around" if event.here else f"{event.name} is not around"
    ),
    e.Refused: _refused,
    e.Asking: _asking,
    e.AskingLater: lambda event: _line(
        "info", f"{event.name} will be asked as soon as the server answers"
    ),
    e.CommandLater: lambda event: _line(
        "info", f"{event.command} {event.name}: as soon as the server answers"
    ),
    e.AskingEnded: _asking_ended,
    e.RequestArrived: _request_arrived,
    e.RequestEnded: _request_ended,
    e.CardMade: _card_made,
    e.StaleCard: lambda event: _line(
        "warning",
        f"{event.name} asked with a card that is not yours, or not any more,"
        " or to go on with what is not remembered here; it gets no answer",
    ),
    e.AskedBefore: lambda event: _line(
        "warning",
        f"an old ask of {event.name}'s to go on came once more, and is left open",
        f"wait for a fresh one; or /leave, then chat {event.name}",
    ),
    e.EndedWithTheProgram: lambda event: _line(
        "warning",
        f"the conversation with {event.name} ended when this program did, and cannot go on",
        f"to ask again: chat {event.name}",
    ),
    e.KeyChanged: _key_changed,
    e.OwnKey: lambda event: _line("error", f"REFUSED: {event.name} came with your own key"),
    e.Preparing: lambda event: _line(
        "info",
        f"connecting to {event.name} … (up to {limits.PREPARING_SECONDS} s)",
        "/cancel stops it",
    ),
    e.PreparingFailed: _preparing_failed,
    e.Racing: _racing,
    e.NotConnected: _not_connected,
    e.Talking: _talking,
    e.InboxFull: _inbox_full,
    e.NotSaid: lambda event: _line(
        "error", f"not sent: {quoted(event.text)} ({event.why})", event.hint
    ),
    e.Leaving: _leaving,
    e.ConversationOver: _conversation_over,
    e.Interrupted: _interrupted,
    e.StillAway: _still_away,
    e.NameLater: lambda event: _line(
        "warning",
        f"too fast for the server; asking again for {quoted(event.name)} in"
        f" {duration(event.seconds)}",
    ),
    e.OnionPublished: lambda event: _line(
        "quiet", "an onion service is published for your next conversation"
    ),
    e.OnionMissing: lambda event: _line(
        "warning",
        f"no onion service for your next conversation: {event.why}",
        "it is tried again by itself, with pauses of up to a minute",
    ),
    e.PortNotMapped: lambda event: _line(
        "warning",
        f"your router passes no port on to you: {event.why}",
        "switch on UPnP there, or forward a port: --client-port and --forwarded",
    ),
    e.ForwardedLeftOut: lambda event: _line(
        "warning",
        f"{event.address} is left out: others go only where the server sees you, which is"
        f" {' and '.join(event.places) or 'nowhere'}",
        "with --forwarded PORT it is that address",
    ),
    e.Moved: lambda event: _line(
        "quiet", f"the conversation with {event.name} has moved to a direct link ({event.path})"
    ),
    e.Resumed: lambda event: _line(
        "good", f"the conversation with {event.name} goes on ({event.path})"
    ),
    e.Misplaced: lambda event: _line("warning", event.text, event.hint),
    e.Answer: lambda event: [
        Line("info", line, is_copied=isinstance(line, e.Copied)) for line in event.lines
    ],
}
