"""The messages between a client and the server (protocol, "Client and server")."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from chatd import limits
from chatd.wire.close import Close
from chatd.wire.codec import Decoder, Message
from chatd.wire.codes import Declining, Ending, Refusal, RefusedCommand
from chatd.wire.fields import (
    Address,
    Addresses,
    Features,
    IntroductionId,
    Key,
    Name,
    Port,
    RelayHost,
    WantedName,
)

Offer = Annotated[bytes, Meta(max_length=limits.OFFER)]
Places = Annotated[list[Address], Meta(max_length=limits.PLACES)]
"""Where the server has seen someone."""
Voucher = Annotated[bytes, Meta(min_length=limits.VOUCHER, max_length=limits.VOUCHER)]
VoucherRandom = Annotated[
    bytes, Meta(min_length=limits.VOUCHER_RANDOM, max_length=limits.VOUCHER_RANDOM)
]
Proof = Annotated[bytes, Meta(min_length=limits.PROOF, max_length=limits.PROOF)]
Seconds = Annotated[int, Meta(ge=0, le=86_400)]
Token = Annotated[bytes, Meta(min_length=limits.DOOR, max_length=limits.DOOR)]
Tokens = Annotated[list[Token], Meta(min_length=limits.DOOR_TOKENS, max_length=limits.DOOR_TOKENS)]
"""For the door, at later logins."""

Observed = Literal["none", "address", "address-port"]
"""What the server adds to an offer: nothing, the addresses that it sees with the offered port, or
the addresses and the ports that it sees."""


class Candidates(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """Where the sender can be reached: what the server may add, its listening port, and its own
    local addresses."""

    observed: Observed
    port: Port
    local: Addresses


# -- client to server


class Login(Message):
    """The first message; `name` is taken at once if it can be, and whoever is `unlisted` is found
    by nobody."""

    name: WantedName | None
    unlisted: bool
    features: Features


class Username(Message):
    """Take this name."""

    name: WantedName


class Release(Message):
    """Give back a name that is bound to this key and not in use."""

    name: WantedName


class Search(Message):
    """Is this person here?"""

    name: WantedName


class Request(Message):
    """Ask for an introduction, open for `seconds`; the server passes `proof` on unread."""

    name: WantedName
    seconds: Annotated[int, Meta(ge=1, le=limits.REQUEST_SECONDS)]
    proof: Proof | None


class Accept(Message):
    """Accept a request."""

    id: IntroductionId
    offer: Offer
    candidates: Candidates


class Decline(Message):
    """Decline a request; its asker is told why."""

    id: IntroductionId
    reason: Declining


class Cancel(Message):
    """Withdraw one's own request, or an introduction that is not made yet."""

    id: IntroductionId


class OfferMade(Message, tag="offer"):
    """The asker's offer, after `Accepted`."""

    id: IntroductionId
    offer: Offer
    candidates: Candidates


class ShowVoucher(Message, tag="seen"):
    """Where the server saw us in the other family, and the bytes behind the commitment."""

    voucher: Voucher
    random: VoucherRandom


# -- server to client


class Welcome(Message):
    """The answer to `Login`: the name if it was taken, and tokens to show at later logins."""

    name: Name | None
    features: Features
    tokens: Tokens


class Named(Message):
    """The answer to `Username`."""

    name: Name


class Released(Message):
    """The answer to `Release`."""

    name: Name


class Refused(Message):
    """The answer to a command that was not carried out, with its name or introduction."""

    to: RefusedCommand
    name: WantedName | None
    id: IntroductionId | None
    code: Refusal
    seconds: Seconds | None


class Found(Message):
    """The answer to `Search`."""

    name: Name
    here: bool


class Asked(Message):
    """The answer to `Request`; `crossing`: the other side already asks, and its request is to be
    accepted."""

    id: IntroductionId
    name: Name
    here: bool
    crossing: bool


class Requested(Message, tag="request"):
    """Someone asks for an introduction; it stays open for `seconds`."""

    id: IntroductionId
    name: Name
    key: Key
    seconds: Seconds
    proof: Proof | None


class Accepted(Message):
    """The other side accepted: check its key, then answer `OfferMade` or `Cancel`."""

    id: IntroductionId
    key: Key


class SeenAt(Message, tag="seen"):
    """The answer to `ShowVoucher`: the address that now counts, None if none was taken."""

    address: Address | None


class Ended(Message):
    """An introduction is over without having been made."""

    id: IntroductionId
    reason: Ending


class Relay(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """A place at the relay: its host and port and whether it is inside TLS, or None if the server
    itself is one."""

    at: tuple[RelayHost, Port, bool] | None
    ticket: Annotated[bytes, Meta(min_length=limits.RELAY_TICKET, max_length=limits.RELAY_TICKET)]
    secret: Annotated[bytes, Meta(min_length=limits.RELAY_SECRET, max_length=limits.RELAY_SECRET)]


class Notice(Message):
    """What the operator of the server wants people to read, after `Welcome`."""

    text: Annotated[str, Meta(min_length=1, max_length=limits.NOTICE)]


class Closing(Message):
    """`Close` follows, as the server shuts down: come back at a random moment of so many
    seconds."""

    seconds: Annotated[int, Meta(ge=0, le=limits.CLOSING_SECONDS)]


class Go(Message):
    """The introduction: the other side's name, key, offer and addresses. The link ends here."""

    id: IntroductionId
    name: Name
    key: Key
    offer: Offer
    observed: Places
    local: Addresses
    relay: Relay | None


FromClient = (
    Login
    | Username
    | Release
    | Search
    | Request
    | Accept
    | Decline
    | Cancel
    | OfferMade
    | ShowVoucher
    | Close
)
FromServer = (
    Welcome
    | Named
    | Released
    | Refused
    | Found
    | Asked
    | Requested
    | Accepted
    | SeenAt
    | Ended
    | Notice
    | Closing
    | Go
    | Close
)

from_client: Decoder[FromClient] = Decoder(FromClient)
from_server: Decoder[FromServer] = Decoder(FromServer)
