"""The last message of every link (protocol, "Close")."""

from typing import Literal

from chatd.wire.codec import Message

Reason = Literal[
    "left",
    "quit",
    "introduced",
    "full",
    "replaced",
    "banned",
    "private",
    "closing",
    "protocol",
    "malformed",
    "too-large",
    "unexpected",
    "bad-record",
    "bad-key",
    "wrong-key",
    "too-slow",
    "no-suite",
]

Leaving = Literal["left", "quit"]
"""The reasons of a person: the first ends the conversation, the second the program as well."""


class Close(Message):
    """Nothing follows in this direction; whoever receives it closes the connection."""

    reason: Reason
