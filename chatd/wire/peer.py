"""The messages between two people (protocol, "Peer to peer")."""

from typing import Annotated

from msgspec import Meta

from chatd import limits
from chatd.wire.close import Close
from chatd.wire.codec import Decoder, Message
from chatd.wire.fields import Addresses, Features, Kind
from chatd.wire.files import FileMessage

Number = Annotated[int, Meta(ge=1, le=2**53)]
Position = Annotated[int, Meta(ge=0, le=2**53)]
Suite = Annotated[str, Meta(max_length=16, pattern=r"^[a-z0-9]+\Z")]


Time = Annotated[int, Meta(ge=0, le=limits.LAST_SECOND)]
"""Seconds since 1970."""


class Offer(Message):
    """What each side sends through the server before the direct link; opaque to the server."""

    secret: Annotated[bytes, Meta(min_length=limits.OFFER_SECRET, max_length=limits.OFFER_SECRET)]
    suites: Annotated[list[Suite], Meta(min_length=1, max_length=limits.GREETED_SUITES)]
    features: Features


class Take(Message):
    """Guest: from now on we talk on this link. `number` is one more than in its last take of this
    conversation, `received` that of the last text of the host's that has been taken, 0 for none."""

    number: Number
    received: Position


class Text(Message):
    """One message of the conversation; numbers start at 1 and grow by 1. `time` is when it was
    sent by the clock of its sender, `kind` how it is meant."""

    number: Number
    time: Time | None
    kind: Kind
    text: Annotated[str, Meta(min_length=1, max_length=limits.MESSAGE_TEXT)]


class Ack(Message):
    """All messages up to and including this number are kept until they can be read; 0 for none."""

    number: Position


class Ping(Message):
    """Are you there? Numbers start at 1 and grow by 1 in each direction of a conversation."""

    number: Number


class Pong(Message):
    """The answer to the `Ping` with this number."""

    number: Number


class Candidates(Message):
    """Where the sender can be found by now, under the keys of the introduction of this link, in the
    place of what it has said of that before."""

    local: Addresses


class Meet(Message):
    """Come to the server, for another introduction beside this conversation."""


class Renew(Message):
    """Host: begin with new keys."""


class Handshake(Message):
    """One message of the handshake for new keys."""

    message: Annotated[bytes, Meta(min_length=1, max_length=limits.RENEWAL_MESSAGE)]


class Switched(Message):
    """Host: all that follows is under the new keys."""


TalkMessage = (
    Take | Text | Ack | Ping | Pong | Candidates | Meet | Renew | Handshake | Switched | Close
)
PeerMessage = TalkMessage | FileMessage

offers: Decoder[Offer] = Decoder(Offer)
messages: Decoder[PeerMessage] = Decoder(PeerMessage)
