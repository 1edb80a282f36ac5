"""The commands about invite cards: make one, list them, take one back, use one."""

from typing import TYPE_CHECKING

from chatd import limits
from chatd.engine import commands
from chatd.engine.decisions import events
from chatd.engine.not_done import NotDone
from chatd.store import card
from chatd.store.card import Card
from chatd.store.cards import Issued
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
        lambda profile, server: profile.revoke_card(server, id), events.CardRevoked(id)
    )
