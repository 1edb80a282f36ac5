"""What a decision asks of the one who took it to the links."""

from dataclasses import dataclass

from chatd.wire.server import FromServer


@dataclass(frozen=True, slots=True)
class Send:
    """Send `message` to the session of `key`."""

    key: bytes
    message: FromServer


@dataclass(frozen=True, slots=True)
class Part:
    """Close the link of `key` as introduced, once everything before it is flushed."""

    key: bytes


Effect = Send | Part
