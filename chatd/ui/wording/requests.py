"""Requests, ours and theirs, in words."""

from chatd.engine.decisions import events as e
from chatd.engine.snapshot import Asks, Snapshot
from chatd.store.contact import Hears
from chatd.text import named
from chatd.ui.clock import duration
from chatd.ui.wording.line import Line, Words, details, fingerprint, labelled, line, said

_HEARD: dict[Hears, str] = {
    "everyone": "you hear everyone who asks",
    "cards": "you hear your contacts, and whoever holds a card of yours",
    "contacts": "you hear your contacts alone",
}
_OTHERS = "; others see what they see of someone who does not answer"


def heard(hears: Hears) -> str:
    """Whose requests are heard."""
    return _HEARD[hears]


def requests(here: Snapshot, sign: str) -> list[Line]:
    """The open requests in both directions, and whose are heard if that is not everyone's."""
    lines = [
        found
        for each in sorted(here.asking_us, key=lambda each: not each.holds_card)
        for found in _asks(each, here.now)
    ]
    texts = [
        f"you ask {each.name}, {duration(each.deadline - here.now)} left: {sign}cancel {each.name}"
        for each in here.asked
    ]
    if not texts and not lines:
        apart = ": nobody can ask while you talk, unless you stay on"
        texts = [f"no requests{apart if here.presence == 'apart' else ''}"]
    if here.hears != "everyone":
        texts.append(f"{heard(here.hears)}: {sign}requests everyone")
    return [*lines, *(Line("info", text) for text in texts)]


def _asks(asks: Asks, now: float) -> list[Line]:
    left = duration(asks.deadline - now)
    text = f"{named(asks.name, asks.petname)} asks you, {left} left: accept {asks.name}"
    return [Line("info", text), Line("quiet", fingerprint(asks.key), is_copied=True)]


def _asking(event: e.Asking) -> list[Line]:
    here = "will see it when free" if event.here else "is not around, and is asked on arrival"
    wait = duration(event.seconds)
    return line(
        "info", f"asking {event.name}, who {here}; waiting up to {wait}", "/cancel withdraws it"
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
_UNMADE = {
    "withdrawn": "{name} has withdrawn",
    "no-port-there": _NO_PORT_THERE,
    "not-now": "somebody else was first: {name} still asks, and can be accepted after that",
}
_ASKING_ENDED = {
    "no-port": _NO_PORT_THERE,
    "over": "{name} declined: that conversation is over",
    "restarted": "{name} declined: that conversation ended when {name}'s program did",
}


def unmade(event: e.PreparingFailed) -> str:
    """Why an introduction came to nothing."""
    return (_UNMADE.get(event.why) or _ENDED[event.why]).format(name=event.name)


def _asking_ended(event: e.AskingEnded) -> list[Line]:
    text = _ASKING_ENDED.get(event.reason) or _ENDED[event.reason]
    return line("warning", text.format(name=event.name))


def _request_arrived(event: e.RequestArrived) -> list[Line]:
    text = f"{who(event)} asks for a conversation"
    seen: str = "first contact" if event.standing == "new" else event.standing
    seen += ", holds your card" if event.holds_card else ""
    return [
        Line("good", f"{text} ({seen}, {duration(event.seconds)} left)"),
        *_resembling(event),
        *details(labelled("quiet", "key", event.fingerprint)),
        Line("quiet", f"hint: /accept {event.name}, or /decline {event.name}"),
    ]


def _resembling(event: e.RequestArrived) -> list[Line]:
    if not event.resembles:
        return []
    text = f"CAREFUL: {event.name} is NOT {event.resembles}, whom you know: the names look alike"
    return [Line("error", f"{text}, the keys differ")]


def who(event: e.RequestArrived | e.Talking) -> str:
    """Whom it is about, with all that we call them."""
    called = named(event.name, event.petname)
    if event.known_as and event.known_as != event.name:
        return f"{called}, whom you know as {event.known_as},"
    return called


def _request_ended(event: e.RequestEnded) -> list[Line]:
    text = _REQUEST_ENDED.get(event.reason, "the request from {name} is over")
    return line("info", text.format(name=event.name))


def _key_changed(event: e.KeyChanged) -> list[Line]:
    return [
        Line("error", f"REFUSED: {event.name} has another key than before"),
        *labelled("error", "expected", event.expected),
        *labelled("error", "received", event.found),
        Line(
            "warning",
            "a new machine or a lost key, the name expired and someone else took it, "
            "or someone is in between",
        ),
        Line(
            "quiet", f"hint: ask {event.name} in another way; if it is right: /forget {event.name}"
        ),
    ]


WORDS: dict[type, Words] = {
    e.Asking: _asking,
    e.AskingLater: said("info", "chat {name}: as soon as the server answers"),
    e.AskingEnded: _asking_ended,
    e.RequestArrived: _request_arrived,
    e.RequestEnded: _request_ended,
    e.Hearing: lambda event: line(
        "info", heard(event.hears) + (_OTHERS if event.hears != "everyone" else "")
    ),
    e.StaleCard: said(
        "warning",
        "{name} asked with a card that is not yours, or not any more,"
        " or to go on with what is not remembered here; it gets no answer",
    ),
    e.AskedBefore: said(
        "warning",
        "an old ask of {name}'s to go on came once more, and is left open",
        "wait for a fresh one; or /leave, then chat {name}",
    ),
    e.KeyChanged: _key_changed,
    e.OwnKey: said("error", "REFUSED: {name} came with your own key"),
}
