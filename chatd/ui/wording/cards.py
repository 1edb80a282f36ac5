"""Invite cards in words."""

import shutil

from chatd.engine.decisions import events as e
from chatd.text import safe_line
from chatd.ui.clock import duration
from chatd.ui.wording.line import Line, Words, line


def _card_made(event: e.CardMade) -> list[Line]:
    return [
        Line("good", event.line, is_copied=True),
        Line(
            "info",
            f"card {event.id}: for one person and one conversation, for {duration(event.seconds)}",
        ),
        Line("quiet", "it is a secret: send it in a way that others cannot read"),
        Line("quiet", "hint: they start with: chat --card, and paste it"),
        *(Line("info", row) for row in (_picture(event.line) if event.picture else ())),
    ]


def _picture(card: str) -> list[str]:
    """The card as a QR code in half blocks; light on dark, as most terminals are."""
    import segno

    rows = [list(row) for row in segno.make(card, error="l").matrix_iter(border=2)]
    if len(rows[0]) > shutil.get_terminal_size().columns - 1:
        return [
            f"the picture needs {len(rows[0]) + 1} columns: widen the terminal, or paste the line"
        ]
    rows += [[0] * len(rows[0])] * (len(rows) % 2)
    signs = {(0, 0): "█", (0, 1): "▀", (1, 0): "▄", (1, 1): " "}
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return ["".join(signs[bool(a), bool(b)] for a, b in zip(*pair, strict=True)) for pair in pairs]


def _cards(event: e.Cards) -> list[Line]:
    texts = [f"card {each.id} of yours, {duration(each.seconds)} left" for each in event.out]
    texts += [f"a card from {each.name}, {duration(each.seconds)} left" for each in event.got]
    return [Line("info", text) for text in texts or ["no cards: invite makes one"]]


WORDS: dict[type, Words] = {
    e.CardMade: _card_made,
    e.Cards: _cards,
    e.CardRevoked: lambda event: line(
        "info", f"the card {safe_line(event.id, 40)} is worth nothing any more"
    ),
}
