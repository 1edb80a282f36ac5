"""The commands about invite cards: make one, list them, take one back, use one; and whether a card
is of use here."""

from typing import TYPE_CHECKING

from chatd import limits
from chatd.engine import commands
from chatd.engine.decisions import events
from chatd.engine.not_done import NotDone
from chatd.noise.keys import fingerprint
from chatd.store import card
from chatd.store.card import BadCard, Card
from chatd.store.cards import Issued
from chatd.store.contact import Blocked, KeyChanged
from chatd.text import safe_line
from chatd.wire.proof import SECRET

if TYPE_CHECKING:
    from chatd.engine.session import Session


def use(session: "Session", command: commands.UseCard) -> None:
    """Take what a card says for true, and ask whoever made it."""
    session.use_card(card.read(command.line))


def make(session: "Session", command: commands.MakeCard) -> None:
    """Make one, which holds for one person and one conversation."""
    name = session.machine.name
    if name is None or not session.server.key:
        raise NotDone("no-name")
    if "%" in session.settings.server:
        raise NotDone("local-address")
    secret = session.random_bytes(SECRET)
    made: list[Issued] = []

    def store() -> None:
        made.append(session.profile.issue_card(secret))

    def show() -> None:
        line = card.write(_card(session, name, made[0]))
        id, seconds = made[0].id[:8], limits.CARD_SECONDS
        session.show(events.CardMade(line, id, seconds, command.picture))

    session.profile.in_background(store, show)


def _card(session: "Session", name: str, made: Issued) -> Card:
    settings = session.settings
    expires = int(made.expires.timestamp())
    keys = session.server.key, name, session.identity
    return Card(settings.server, settings.tls, *keys, made.secret, expires)


def list_cards(session: "Session", _: commands.ListCards) -> None:
    """Those that are out, and those that were got."""
    cards, now = session.profile.cards, session.wall_clock()
    out = [
        events.CardOut(each.id[:8], each.expires.timestamp() - now) for each in cards.issued(now)
    ]
    got = [
        events.CardGot(each.name, each.expires.timestamp() - now) for each in cards.received(now)
    ]
    session.show(events.Cards(out, got))


def revoke(session: "Session", command: commands.RevokeCard) -> None:
    """Make one of ours worth nothing."""
    id = command.id
    session.profile.store(
        lambda profile, server: profile.revoke_card(server, id),
        events.CardRevoked(id),
    )


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
