"""The commands about invite cards: make one, list them, take one back, use one."""

import shutil
from typing import TYPE_CHECKING

from chatd import limits
from chatd.engine.decisions import events
from chatd.store import card
from chatd.store.card import BadCard, Card
from chatd.store.cards import Issued
from chatd.text import safe_line
from chatd.ui.duration import duration
from chatd.wire.proof import SECRET

if TYPE_CHECKING:
    from chatd.engine.session import Session


def invite(session: "Session", argument: str) -> None:
    """Make a card, also as a QR code; list those that are out; take one back."""
    word, _, rest = argument.lower().partition(" ")
    match word, rest.strip():
        case (("" | "qr"), ""):
            _make(session, qr=word == "qr")
        case "list", "":
            _list(session)
        case "revoke", id if id:
            done = [f"the card {safe_line(id, 40)} is worth nothing any more"]
            session.profile.store(lambda profile, server: profile.revoke_card(server, id), done)
        case _:
            session.show(events.Misplaced("usage: invite [qr | list | revoke ID]"))


def use(session: "Session", line: str) -> None:
    """Take what a card says for true, and ask whoever made it."""
    try:
        given = card.read(line)
    except BadCard as error:
        session.show(events.Misplaced(str(error), error.hint))
        return
    session.use_card(given)


def _make(session: "Session", *, qr: bool) -> None:
    name = session.machine.name
    if name is None or not session.server_key:
        session.show(events.Misplaced("you need a name first", "username NAME"))
        return
    if "%" in session.settings.server:
        text = "you are at the server by an address that means nothing on another machine"
        session.show(events.Misplaced(text, "start with a name or another address of it: --host"))
        return
    secret = session.random_bytes(SECRET)
    made: list[Issued] = []

    def store() -> None:
        made.append(session.profile.issue_card(secret))

    def show() -> None:
        settings = session.settings
        line = card.write(
            Card(
                settings.server,
                settings.tls,
                session.server_key,
                name,
                session.identity,
                secret,
                int(made[0].expires.timestamp()),
            )
        )
        session.show(events.CardMade(line, made[0].id[:8], limits.CARD_SECONDS))
        if qr:
            session.show(events.Answer(_picture(line)))

    session.profile.in_background(store, show)


def _list(session: "Session") -> None:
    now = session.wall_clock()
    lines = [
        f"card {each.id[:8]} of yours, {duration(each.expires.timestamp() - now)} left"
        for each in session.profile.cards.issued(now)
    ]
    lines += [
        f"a card from {each.name}, {duration(each.expires.timestamp() - now)} left"
        for each in session.profile.cards.received(now)
    ]
    session.show(events.Answer(lines or ["no cards: invite makes one"]))


def _picture(line: str) -> list[str]:
    """The card as a QR code in half blocks; light on dark, as most terminals are."""
    import segno

    rows = [list(row) for row in segno.make(line, error="l").matrix_iter(border=2)]
    if len(rows[0]) > shutil.get_terminal_size().columns - 1:
        return [
            f"the picture needs {len(rows[0]) + 1} columns: widen the terminal, or paste the line"
        ]
    rows += [[0] * len(rows[0])] * (len(rows) % 2)
    signs = {(0, 0): "█", (0, 1): "▀", (1, 0): "▄", (1, 1): " "}
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return ["".join(signs[bool(a), bool(b)] for a, b in zip(*pair, strict=True)) for pair in pairs]
