"""What a decision asks of the one who took it to the links."""

from msgspec import Struct

from chatd.wire.server import FromServer


class Send(Struct, frozen=True):
    """Send `message` to the session of `key`."""

    key: bytes
    message: FromServer


class Part(Struct, frozen=True):
    """Close the link of `key` as introduced, once everything before it is flushed, unless they
    stay."""

    key: bytes


Effect = Send | Part
