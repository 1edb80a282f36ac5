"""What a conversation decides at an event: the steps that whoever carries it out takes, and why a
message cannot be said."""

from msgspec import Struct

from chatd import limits
from chatd.errors import ChatdError
from chatd.peer.ending import Ending
from chatd.peer.message import Message
from chatd.wire.peer import PeerMessage


class TooMuchUnacknowledged(ChatdError):
    """Nothing more can be kept for a remote side that does not acknowledge."""

    text = "too much is waiting to be delivered"
    hint = "wait for the ticks, or leave"


class TextTooLong(ChatdError):
    """One message is over its limit."""

    text = f"a message can be at most {limits.MESSAGE_TEXT // 1024} KiB long"
    hint = "send it in parts"


class Unreadable(ChatdError):
    """One message has characters that no encoding of text carries, such as half a character."""

    text = "the message has characters that cannot be sent"
    hint = "type it again"


class Transmit(Struct, frozen=True):
    """Send this message."""

    message: PeerMessage


class Arrived(Struct, frozen=True):
    """Keep this message until the person can read it; it is acknowledged at the same time."""

    number: int
    message: Message


class Delivered(Struct, frozen=True):
    """The other side has these messages of ours."""

    numbers: list[int]


class Over(Struct, frozen=True):
    """The other side ended the conversation, or is gone; hang up."""

    ending: Ending
    detail: str = ""


class Answered(Struct, frozen=True):
    """The other side is there: it has answered the `ping` with this number."""

    number: int


class MeetWanted(Struct, frozen=True):
    """The other side wants another introduction beside this conversation."""


Step = Transmit | Arrived | Delivered | Answered | MeetWanted | Over
