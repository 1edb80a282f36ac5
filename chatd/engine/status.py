"""The command about where the client is, and how a conversation is carried."""

from typing import TYPE_CHECKING

from msgspec.structs import replace

from chatd.engine import commands
from chatd.engine.decisions import events
from chatd.peer.conversation_link import ConversationLink
from chatd.peer.link import PeerLink

if TYPE_CHECKING:
    from chatd.engine.session import Session


def status(session: "Session", _: commands.ShowStatus) -> None:
    """Say how we talk, or that we do not."""
    talk, tor, upnp = session.driver.talk, session.settings.tor, session.settings.upnp
    here = replace(session.snapshot(), people=())
    onion, port = tor.status if tor else "", upnp.status if upnp else ""
    if talk is None:
        session.show(events.Status(here, onion, port))
        return
    since = session.now - session.driver.since
    link = _link(session, talk, talk.link) if talk.link is not None else None
    session.show(events.Status(here, onion, port, events.Carried(since, talk.waiting, link)))


def _link(session: "Session", talk: ConversationLink, link: PeerLink) -> events.LinkStatus:
    channel = link.channel
    # A link that came in is from an address that was dialled as well.
    tried = [each for each in session.driver.tried if not link.path.endswith(f" {each[0]}")]
    return events.LinkStatus(
        link.path,
        link.secured.suite if link.secured else "",
        talk.round_trip,
        link.renewals,
        channel.sent,
        channel.read,
        tried,
    )
