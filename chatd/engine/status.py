"""The command about where the client is, and how a conversation is carried."""

from typing import TYPE_CHECKING

from msgspec.structs import replace

from chatd.engine import commands
from chatd.engine.decisions import events

if TYPE_CHECKING:
    from chatd.engine.conversation_driver import ConversationDriver
    from chatd.engine.session import Session
    from chatd.peer.conversation_link import ConversationLink
    from chatd.peer.link import PeerLink


def status(session: "Session", command: commands.ShowStatus) -> None:
    """Say how we talk, or that we do not."""
    tor, upnp = session.settings.tor, session.settings.upnp
    driver = session.drivers.found(command.conversation)
    talk = driver.talk if driver is not None else None
    here = replace(session.snapshot(), people=())
    onion, port = tor.status if tor else "", upnp.status if upnp else ""
    if driver is None or talk is None:
        session.show(events.Status(here, onion, port))
        return
    since = session.now - driver.since
    link = _link(driver, talk, talk.link) if talk.link is not None else None
    carried = events.Carried(since, talk.waiting, link)
    session.show(events.Status(here, onion, port, carried, conversation=driver.key))


def _link(
    driver: "ConversationDriver", talk: "ConversationLink", link: "PeerLink"
) -> events.LinkStatus:
    channel = link.channel
    # A link that came in is from an address that was dialled as well.
    tried = [each for each in driver.tried if not link.path.endswith(f" {each[0]}")]
    return events.LinkStatus(
        link.path,
        link.secured.suite if link.secured else "",
        talk.round_trip,
        link.renewals,
        channel.sent,
        channel.read,
        tried,
    )
