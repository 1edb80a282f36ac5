"""An invite card: one line that says where to find someone and proves who was invited
(protocol, "Invite cards").

It is a secret. It is pasted, never given as an argument and never kept in a history.
"""

import base64
import binascii
import struct
from hashlib import sha256

from msgspec import Struct

from chatd import limits
from chatd.errors import ChatdError, Usage
from chatd.store.card_prefix import PREFIX
from chatd.store.documents import check_server
from chatd.text import GUTTER
from chatd.wire.fields import is_name
from chatd.wire.proof import SECRET

_VERSION = 1
_FIXED = struct.Struct(f">BBI33s33s{SECRET}s")
_CHECKSUM = 4
_TLS = 1


class BadCard(ChatdError):
    """A text that is no card that can be used."""

    text = "that is no whole card"
    hint = f"a card is one line that begins with {PREFIX}"


class Card(Struct, frozen=True):
    """The server (HOST:PORT, its key of 33 bytes, whether through TLS), the issuer there (name and
    identity), a secret for one conversation, and until when it holds (seconds since 1970)."""

    server: str
    tls: bool
    server_key: bytes
    name: str
    identity: bytes
    secret: bytes
    expires: int


def is_whole(rows: str) -> bool:
    """Whether no row is missing of the card that a terminal has broken; an empty row ends it, and
    so does what could become no card."""
    last = rows.splitlines()[-1] if rows else ""
    try:
        return not last.strip() or _is_complete(_encoded(rows))
    except BadCard:
        return True


def write(card: Card) -> str:
    """The line to give to someone."""
    fixed = _FIXED.pack(
        _VERSION, _TLS * card.tls, card.expires, card.server_key, card.identity, card.secret
    )
    body = fixed + _short(card.name) + _short(card.server)
    return PREFIX + base64.urlsafe_b64encode(body + _sum(body)).decode().rstrip("=")


def read(line: str) -> Card:
    """The card in a line, which may have been broken by a terminal; raises `BadCard`."""
    body = _checked(_bytes(_encoded(line)))
    version, flags, expires, server_key, identity, secret = _FIXED.unpack_from(body)
    if version != _VERSION or flags & ~_TLS:
        raise BadCard("a newer chatd made that card", "upgrade chatd")
    try:
        name, rest = _take(body[_FIXED.size :])
        server, rest = _take(rest)
        check_server(server)
    except (ValueError, IndexError, Usage):
        raise BadCard from None
    if rest or not is_name(name):
        raise BadCard
    return Card(server, bool(flags & _TLS), server_key, name, identity, secret, expires)


def _encoded(text: str) -> str:
    rows = "".join(text.replace(GUTTER.strip(), " ").split())
    encoded = rows.partition(PREFIX)[2]
    if not encoded or not encoded.isascii() or len(encoded) > limits.CARD:
        raise BadCard
    return encoded


def _bytes(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded + "=" * (-len(encoded) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise BadCard from None


def _checked(data: bytes) -> bytes:
    body, found = data[:-_CHECKSUM], data[-_CHECKSUM:]
    if len(body) < _FIXED.size or found != _sum(body):
        raise BadCard
    return body


def _is_complete(encoded: str) -> bool:
    """Whether as many characters are there as the lengths in a card of this version ask for."""
    begin = _bytes(encoded[: len(encoded) // 4 * 4])
    if begin[:1] not in (b"", bytes([_VERSION])):
        raise BadCard
    size = _FIXED.size
    for _ in ("name", "server"):
        size += 2 + int.from_bytes(begin[size : size + 2])
    return len(encoded) * 3 // 4 >= size + _CHECKSUM


def _sum(body: bytes) -> bytes:
    """Finds a lost character; a card that was forged has a right one, too."""
    return sha256(body).digest()[:_CHECKSUM]


def _short(text: str) -> bytes:
    data = text.encode()
    return struct.pack(">H", len(data)) + data


def _take(data: bytes) -> tuple[str, bytes]:
    length = int.from_bytes(data[:2], "big")
    if len(data) < 2 + length:
        raise ValueError
    return data[2 : 2 + length].decode(), data[2 + length :]
