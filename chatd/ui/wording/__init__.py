"""Every event in words: the one place where the client's sentences stand.

Remote text is made safe here, so that the terminal and the plain output show the same.
"""

from chatd.engine.decisions import events as e
from chatd.ui.wording import (
    cards,
    contacts,
    conversation,
    failures,
    files,
    requests,
    server,
    status,
)
from chatd.ui.wording.failures import not_sent, reason
from chatd.ui.wording.line import SHOWN, Line, Tone, line, quoted
from chatd.ui.wording.messages import folded, hidden, said_by, speaker, whole

__all__ = [
    "SHOWN",
    "Line",
    "Tone",
    "folded",
    "hidden",
    "line",
    "lines",
    "not_sent",
    "quoted",
    "reason",
    "said_by",
    "speaker",
    "whole",
]

WORDS = {
    **server.WORDS,
    **requests.WORDS,
    **conversation.WORDS,
    **files.WORDS,
    **contacts.WORDS,
    **cards.WORDS,
    **status.WORDS,
    **failures.WORDS,
}


def lines(event: e.Event) -> list[Line]:
    """What to show for an event; messages (`Heard`, `Said`, `Delivered`) are left to the view."""
    words = WORDS.get(type(event))
    return words(event) if words is not None else []
