"""The last message of every link (protocol, "Close")."""

from typing import Literal

from chatd.wire.codec import Message

Leaving = Literal["left", "quit"]
"""The reasons of a person: the first ends the conversation, the second the program as well."""
TurnedAway = Literal["full", "banned", "private"]
"""Why a server lets somebody not in who did nothing wrong."""
Fault = Literal[
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
"""What the other side of a link did wrong: the codes of `RemoteProtocolError`."""
Reason = Literal[Leaving, "introduced", TurnedAway, "replaced", "closing", Fault]


class Close(Message):
    """Nothing follows in this direction; whoever receives it closes the connection."""

    reason: Reason
