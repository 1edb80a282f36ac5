"""Lines for a conversation that is being made."""

from chatd import limits
from chatd.engine.decisions import events
from chatd.engine.decisions.effects import Show
from chatd.peer.message import Message


def hold(message: Message, held: list[Message], conversation: bytes) -> Show:
    """Keep a line until the conversation opens, and say so, or that too many are kept."""
    if len(held) >= limits.HELD_LINES:
        return Show(events.NotSaid(message.text, "too-many-held", conversation=conversation))
    held.append(message)
    return Show(events.Held(message, conversation=conversation))
