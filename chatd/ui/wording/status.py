"""Where the client is, and how a conversation is carried, in words."""

from chatd.engine.decisions import events as e
from chatd.engine.snapshot import Snapshot
from chatd.text import named, safe_line
from chatd.ui import progress_line
from chatd.ui.clock import duration
from chatd.ui.wording.line import Line, Words, fingerprint, key_line, labelled


def whoami(here: Snapshot) -> list[Line]:
    """Who we are, and where."""
    return [
        Line("info", _where(here)),
        Line("info", "your key:"),
        key_line(here.key),
        *(
            [Line("info", "the server's key:"), key_line(here.server_key)]
            if here.server_key
            else ()
        ),
    ]


def _where(here: Snapshot) -> str:
    if here.name is None and here.wanted is not None:
        return f"you call yourself {here.wanted} on {safe_line(here.server)}, and are not there"
    apart = ", and not there while you talk" if here.presence == "apart" else ""
    return f"you are {here.name or 'nobody yet'} on {safe_line(here.server)}{apart}"


def _status(event: e.Status) -> list[Line]:
    texts = _alone(event) if event.carried is None else _carried(event, event.carried)
    talk = event.here.conversation(event.conversation or None) if event.carried else None
    key = labelled("info", "their key", fingerprint(talk.id)) if talk is not None else []
    return [*(Line("info", text) for text in texts if text), *key]


def _alone(event: e.Status) -> list[str]:
    here = event.here
    onion = f"onion service for the next conversation: {event.onion}" if event.onion else ""
    port = f"port of the router that leads here: {event.port}" if event.port else ""
    waits = progress_line.of(here) or "no conversation is open"
    return [_where(here), waits, *_failure(here), onion, port]


def _carried(event: e.Status, carried: e.Carried) -> list[str]:
    here, link = event.here, carried.link
    talk = here.conversation(event.conversation or None)
    what = "talking to" if link is not None else "an interrupted conversation with"
    who = named(talk.name, talk.petname) if talk else ""
    standing = talk.standing if talk else "new"
    first = f"{what} {who} ({standing}), for {duration(carried.seconds)}"
    waiting = f"messages on their way: {carried.waiting}" if carried.waiting else ""
    if link is None:
        return [first, progress_line.of(here), *_failure(here), waiting]
    tried = [f"also tried: {safe_line(what)}: {safe_line(why)}" for what, why in link.tried]
    return [first, *_link(link), waiting, *tried]


def _link(link: e.LinkStatus) -> list[str]:
    times = link.renewals
    keys = f"keys replaced {times} time{'s' if times != 1 else ''}" if times else "first keys"
    there = "not measured yet"
    if link.round_trip is not None:
        there = f"{link.round_trip * 1000:.0f} ms"
    return [
        f"path: {link.path}",
        f"round trip: {there}",
        f"suite: {link.suite}, a new key for every record, {keys}",
        f"bytes: {link.sent} sent, {link.received} received",
    ]


def _failure(here: Snapshot) -> list[str]:
    why = here.server_failure
    return [f"the last try to reach the server: {safe_line(why)}"] if why else []


WORDS: dict[type, Words] = {e.Status: _status}
