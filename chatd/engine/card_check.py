"""Whether an invite card is of any use to this person, at this server, now."""

from typing import TYPE_CHECKING

from chatd.noise.keys import fingerprint
from chatd.store.card import BadCard, Card
from chatd.store.contact import Blocked, KeyChanged
from chatd.text import safe_line

if TYPE_CHECKING:
    from chatd.engine.session import Session


def check_card(session: "Session", given: Card) -> None:
    """Raises `BadCard` with the reason why this card is of no use here."""
    if given.expires <= session.wall_clock():
        raise BadCard("that card has run out", f"ask {given.name} for another one")
    if not session.server.key and given != session.settings.card:
        raise BadCard("the server has not shown its key yet", "paste the card again in a moment")
    if session.server.key not in (b"", given.server_key):
        if given.server == session.settings.server:
            raise BadCard(
                f"the card names another key for {given.server} than the server has shown",
                f"ask {given.name} which is right: {fingerprint(given.server_key)}?",
            )
        server = safe_line(given.server)
        raise BadCard(f"that card is for the server {server}", "start with it: chat --card")
    if given.identity == session.identity:
        raise BadCard("that is a card of your own", "give it to somebody else")
    judged = session.profile.contacts.judge(given.name, given.identity)
    if isinstance(judged, Blocked):
        raise BadCard(f"{given.name} is blocked", f"unblock {given.name}")
    if isinstance(judged, KeyChanged):
        raise BadCard(
            f"the card has another key for {given.name} than the one you know",
            f"if {given.name} has a new key: forget {given.name}, then paste the card again",
        )
