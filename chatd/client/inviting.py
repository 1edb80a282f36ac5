"""The commands about invite cards: make one, list them, take one back, use one."""

import shutil
from typing import TYPE_CHECKING

from chatd import limits
from chatd.client import card, events
from chatd.client.card import BadCard, Card
from chatd.client.cards import Issued
from chatd.client.contacts import Blocked, KeyChanged
from chatd.client.duration import duration
from chatd.noise.keys import fingerprint
from chatd.text import safe_line
from chatd.wire.proof import SECRET

if TYPE_CHECKING:
    from chatd.client.session import Session


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
        _check(session, given)
    except BadCard as error:
        session.show(events.Misplaced(str(error), error.hint))
        return
    session.take_card(given)


def _check(session: "Session", given: Card) -> None:
    """Raises `BadCard` with the reason why this card is of no use here."""
    if given.expires <= session.wall_clock():
        raise BadCard("that card has run out", f"ask {given.name} for another one")
    if not session.server_key and given != session.settings.card:
        raise BadCard("the server has not shown its key yet", "paste the card again in a moment")
    if session.server_key not in (b"", given.server_key):
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
