"""What stands beside messages, and in their place."""

from chatd import limits
from chatd.engine.decisions import events as e
from chatd.peer.message import ACTION, TEXT
from chatd.text import safe_line


def whole(event: e.Whole) -> str:
    """What stands beside a message that is read as a whole."""
    return f"message #{event.heard.number} of {speaker(event.heard)}"


def hidden(lines: int, number: int) -> str:
    """Below a message of which so many lines are not shown; the number 0 is one of ours."""
    more = f"… {lines} more line{'s' if lines != 1 else ''}"
    return f"{more}: /show {number}" if number else more


def folded(count: int) -> str:
    """In place of so many messages."""
    return f"… {count} message{'s' if count != 1 else ''} came too fast to be shown: /show"


def speaker(event: e.Heard) -> str:
    """Who said a message; with its kind, if that is none that is known here."""
    name = safe_line(event.name, limits.NAME_LENGTH)
    return name if event.message.kind in (TEXT, ACTION) else f"{name} [{event.message.kind}]"


def said_by(who: str, kind: str) -> str:
    """What stands before a message: who said it, or who does what it says."""
    return f"* {who} " if kind == ACTION else f"{who}: "
