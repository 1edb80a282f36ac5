"""The vectors of messages: what each is in MessagePack, and bodies that are refused."""

from typing import Any

import msgspec
from message_samples import FROM_CLIENT, FROM_SERVER, OFFERS, PEER
from msgspec import Struct

from chatd.errors import Malformed
from chatd.wire import peer, server
from chatd.wire.codec import Decoder, encode

DECODERS: dict[str, tuple[Decoder[Any], list[Struct]]] = {
    "client": (server.from_client, FROM_CLIENT),
    "server": (server.from_server, FROM_SERVER),
    "peer": (peer.messages, PEER),
    "offer": (peer.offers, OFFERS),
}
_PING, _ACK = b"\x92\xa4ping\x01", b"\x92\xa3ack\x01"
REFUSED = {
    "peer": {
        b"": "nothing",
        _PING + _PING: "two messages",
        _PING + b"\0": "a byte behind it",
        _PING[:-1]: "cut off",
        b"\x81\xa4ping\x01": "a map",
        b"\xa4ping": "no array",
        b"\x90": "an empty array",
        b"\x92\xa4Ping\x01": "a tag in upper case",
        b"\x92\xa5pings\x01": "an unknown tag",
        b"\x92\xc4\x04ping\x01": "a tag that is no string",
        b"\x91\xa3ack": "a field is missing",
        b"\x93\xa3ack\x01\x01": "a field too many",
        b"\x92\xa4ping\x00": "below the bounds",
        b"\x92\xa3ack\xcf\x00\x20\x00\x00\x00\x00\x00\x01": "above the bounds",
        b"\x92\xa3ack\xca\x3f\x80\x00\x00": "a float",
        b"\x92\xa3ack\xc0": "nil where no nil may be",
        b"\x92\xa5close\xa4gone": "an unknown reason",
        b"\x95\xa4text\x01\xc0\xa4text\xa1\xff": "no UTF-8",
    },
    "client": {b"\x92\xa6search\xd9\x41" + b"n" * 65: "a name of 65 characters"},
}
LONGER = [b"\xdc\x00\x02\xa3ack\x01", b"\x92\xd9\x03ack\x01", b"\x92\xa3ack\xcd\x00\x01"]
"""The same message in other than the shortest forms, which readers take."""


def _shown(value: Any) -> Any:
    """As JSON has it: bytes are an object with their hexadecimal."""
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, list):
        return [_shown(each) for each in value]
    return value


def _case(decoder: Decoder[Any], sender: str, body: bytes) -> dict[str, Any]:
    decoder.decode(body)
    return {"of": sender, "body": body.hex(), "message": _shown(msgspec.msgpack.decode(body))}


def _refused(decoder: Decoder[Any], sender: str, body: bytes, why: str) -> dict[str, str]:
    try:
        decoder.decode(body)
    except Malformed:
        return {"of": sender, "body": body.hex(), "why": why}
    raise AssertionError(why)


def _is_short(message: Struct) -> bool:
    """A text at its limit would be most of the file."""
    return len(encode(message)) < 4096


def messages() -> dict[str, Any]:
    """One of each message, most of them with fields at their limits."""
    return {
        "accepted": [
            _case(decoder, sender, encode(message))
            for sender, (decoder, samples) in DECODERS.items()
            for message in filter(_is_short, samples)
        ],
        "longer": [_case(peer.messages, "peer", body) for body in LONGER],
        "refused": [
            _refused(DECODERS[sender][0], sender, body, why)
            for sender, bodies in REFUSED.items()
            for body, why in bodies.items()
        ],
    }
