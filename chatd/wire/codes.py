"""What messages say and a client passes on as it is: why something is refused or over, and which
transfer it is about."""

from typing import Annotated, Literal

from msgspec import Meta

from chatd import limits

RefusedCommand = Literal["username", "release", "search", "request", "accept"]
Refusal = Literal[
    "taken",
    "bad-name",
    "self",
    "too-many",
    "slow-down",
    "not-now",
    "not-yours",
    "full",
    "failed",
    "banned",
]
Declining = Literal["declined", "over", "restarted", "no-port"]
"""Why a request is not accepted: the person or the client does not want to; the conversation that
it would go on with is over, or ended when the program did; there is no port to accept it with."""
Ending = Literal[Declining, "withdrawn", "gone", "expired", "no-answer", "closing"]
EndOfTransfer = Literal[
    "done",
    "refused",
    "cancelled",
    "too-many",
    "no-room",
    "read-only",
    "too-large",
    "grown",
    "broken",
    "expired",
    "gone",
]
"""Why a stream is over."""
TransferId = Annotated[bytes, Meta(min_length=limits.TRANSFER_ID, max_length=limits.TRANSFER_ID)]
