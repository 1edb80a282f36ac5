"""What one person says to the other, from the keyboard to the screen."""

from msgspec import Struct

TEXT = "text"
"""The kind of an ordinary message."""
ACTION = "action"
"""The kind of what someone does rather than says, as in `/me waves`."""


class Message(Struct, frozen=True):
    """One message: its text, its kind, and when it was sent by the clock of its sender (seconds
    since 1970; None if that is not known)."""

    text: str
    kind: str = TEXT
    time: int | None = None
