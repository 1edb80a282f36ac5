"""The lines that open a link, before there are records (protocol.md, "Lines")."""

import base64
import binascii
import hmac
import re
from collections.abc import Sequence

from chatd import limits
from chatd.errors import ChatdError, Malformed

VERSION = b"CHATD/1"
RELAYED = b"RELAYED"
"""The relay's word that both sides are there; what follows is the other side's."""
_LABELS = re.compile(rb"[a-z0-9]{1,16}(,[a-z0-9]{1,16})*\Z")
_REASONS = {
    b"full": "the server has too many connections at the moment",
    b"slow-down": "the server asks to slow down",
    b"closing": "the server is shutting down",
}


class TurnedAway(ChatdError):
    """The server said `NO` instead of greeting; `code` is one of full, slow-down, closing."""

    text = "the server turned us away"
    hint = "try again in a moment"

    def __init__(self, code: bytes) -> None:
        self.code = code.decode()
        super().__init__(_REASONS[code])


def encode(data: bytes) -> bytes:
    """Base64 in its one canonical form (RFC 4648 section 4)."""
    return base64.b64encode(data)


def decode(text: bytes) -> bytes:
    """The bytes behind canonical base64; raises `Malformed` for any other spelling of them."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed from None
    if base64.b64encode(data) != text:  # non-zero bits behind the end
        raise Malformed
    return data


def greeting(suites: Sequence[str]) -> bytes:
    """The server's first line, with the suites that it allows in its order of preference."""
    return VERSION + b" " + ",".join(suites).encode()


def read_greeting(line: bytes) -> list[str]:
    """The suites in a greeting; raises `TurnedAway` for a NO and `Malformed` for anything else."""
    word, _, rest = line.partition(b" ")
    if word == b"NO" and rest in _REASONS:
        raise TurnedAway(rest)
    if word != VERSION or not _LABELS.match(rest):
        raise Malformed("this is not a chatd server, or it speaks another version of the protocol")
    labels = rest.decode().split(",")
    if len(labels) > limits.GREETED_SUITES:
        raise Malformed
    return labels


def refusal(code: str) -> bytes:
    """What the server says instead of a greeting before it closes."""
    return b"NO " + code.encode()


def relay(ticket: bytes) -> bytes:
    """The line that shows a ticket to the relay, instead of a handshake with the server."""
    return b"RELAY " + encode(ticket)


def is_relay(line: bytes) -> bool:
    """Whether this line shows a ticket."""
    return line.startswith(b"RELAY ")


def read_relay(line: bytes) -> bytes:
    """The ticket in a line; raises `Malformed`."""
    word, _, rest = line.partition(b" ")
    if word != b"RELAY":
        raise Malformed
    return decode(rest)


def noise(message: bytes) -> bytes:
    """A handshake message as a line."""
    return b"NOISE " + encode(message)


def noise_with_suite(suite: str, message: bytes) -> bytes:
    """The first handshake message to a server as a line."""
    return b"NOISE " + suite.encode() + b" " + encode(message)


def read_noise(line: bytes) -> bytes:
    """The handshake message in a line; raises `Malformed`."""
    word, _, rest = line.partition(b" ")
    if word != b"NOISE":
        raise Malformed
    return decode(rest)


def read_noise_with_suite(line: bytes) -> tuple[str, bytes]:
    """The suite and the first handshake message in a line; raises `Malformed`."""
    parts = line.split(b" ")
    if len(parts) != 3 or parts[0] != b"NOISE" or not _LABELS.match(parts[1]):
        raise Malformed
    return parts[1].decode(), decode(parts[2])


def knock(secret: bytes) -> bytes:
    """The line with which a host shows on a link that it dialled that it belongs here."""
    return b"KNOCK " + encode(secret)


def is_knock(line: bytes, secret: bytes) -> bool:
    """Whether this line is the right KNOCK, compared in constant time."""
    return hmac.compare_digest(line, knock(secret))
