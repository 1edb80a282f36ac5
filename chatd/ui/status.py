"""The command `status`: where the client is, and how the conversation is carried."""

from typing import TYPE_CHECKING

from chatd.engine.decisions import events
from chatd.peer.conversation_link import ConversationLink
from chatd.peer.link import PeerLink
from chatd.text import named, safe_line
from chatd.ui import progress_line
from chatd.ui.duration import duration

if TYPE_CHECKING:
    from chatd.engine.session import Session


def status(session: "Session", _: str) -> None:
    """Say how we talk, or that we do not."""
    session.show(events.Answer(_lines(session)))


def _lines(session: "Session") -> list[str]:
    machine, talk = session.machine, session.driver.talk
    if talk is None:
        name = machine.name or "nobody yet"
        where = f"you are {name} on {safe_line(session.settings.server)}"
        tor = session.settings.tor
        onion = [f"onion service for the next conversation: {tor.status}"] if tor else []
        upnp = session.settings.upnp
        mapped = [f"port of the router that leads here: {upnp.status}"] if upnp else []
        waits = [progress_line.of(session) or "no conversation is open", *_failure(session)]
        return [where, *waits, *onion, *mapped]
    who = named(machine.partner or "", machine.partner_petname)
    since = duration(session.now - session.driver.since)
    what = "talking to" if talk.link is not None else "an interrupted conversation with"
    lines = [f"{what} {who} ({machine.partner_standing}), for {since}"]
    if talk.link is None:
        return [*lines, progress_line.of(session), *_failure(session), *_undelivered(talk)]
    return [*lines, *_link(talk.link, talk), *_undelivered(talk), *_tried(session, talk.link)]


def _link(link: PeerLink, talk: ConversationLink) -> list[str]:
    suite = link.secured.suite if link.secured else ""
    times = link.renewals
    keys = f"keys replaced {times} time{'s' if times != 1 else ''}" if times else "first keys"
    there = "not measured yet"
    if talk.round_trip is not None:
        there = f"{talk.round_trip * 1000:.0f} ms"
    channel = link.channel
    return [
        f"path: {link.path}",
        f"round trip: {there}",
        f"suite: {suite}, a new key for every record, {keys}",
        f"bytes: {channel.sent} sent, {channel.read} received",
    ]


def _failure(session: "Session") -> list[str]:
    why = session.server_failure
    return [f"the last try to reach the server: {safe_line(why)}"] if why else []


def _undelivered(talk: ConversationLink) -> list[str]:
    return [f"messages on their way: {talk.waiting}"] if talk.waiting else []


def _tried(session: "Session", link: PeerLink) -> list[str]:
    # A link that came in is from an address that was dialled as well.
    return [
        f"also tried: {safe_line(what)}: {safe_line(why)}"
        for what, why in session.driver.tried
        if not link.path.endswith(f" {what}")
    ]
