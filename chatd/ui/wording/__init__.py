"""Every event in words: the one place where the client's sentences stand.

Remote text is made safe here, so that the terminal and the plain output show the same.
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

from chatd.engine.decisions import events as e
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

PARTS = (
    "server",
    "requests",
    "conversation",
    "files",
    "contacts",
    "cards",
    "status",
    "failures",
)
"""Where they stand; each is imported when an event wants it."""


def lines(event: e.Event) -> list[Line]:
    """What to show for an event; messages (`Heard`, `Said`, `Delivered`) are left to the view."""
    words = _words(type(event))
    return words(event) if words is not None else []


@cache
def _words(kind: type[e.Event]) -> Callable[[Any], list[Line]] | None:
    parts = (import_module(f"{__name__}.{part}") for part in PARTS)
    return next((part.WORDS[kind] for part in parts if kind in part.WORDS), None)
