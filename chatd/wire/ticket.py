"""Tickets to the relay: one per side of an introduction (protocol.md, "Tickets").

    u32 expiry | 16 pair | 8 person | u8 side | 32 HMAC-SHA256 over all of that    61 bytes

`person` is a pseudonym that only this relay key gives, so that a relay can bound what one person
uses without knowing who that is.
"""

import hmac
import struct
from dataclasses import dataclass
from hashlib import sha256

from chatd.errors import ChatdError

KEY = 32
PAIR = 16
PERSON = 8
_FIELDS = struct.Struct(f">I{PAIR}s{PERSON}sB")
TICKET = _FIELDS.size + 32
HOST, GUEST = 0, 1


class BadTicket(ChatdError):
    """A ticket that this relay's key did not make, or that has run out."""

    text = "the ticket is not valid here, or no longer"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a relay may know: the pair (16 bytes), which side of it, a pseudonym of the person
    (8 bytes), and until when (seconds since 1970)."""

    expiry: int
    pair: bytes
    person: bytes
    side: int


def _mac(key: bytes, label: bytes, data: bytes) -> bytes:
    return hmac.digest(key, label + data, sha256)


def pseudonym(key: bytes, identity: bytes) -> bytes:
    """The 8 bytes by which a relay with this key knows an identity."""
    return _mac(key, b"chatd/1 relay person", identity)[:PERSON]


def pair_of(key: bytes, introduction: bytes) -> bytes:
    """The 16 bytes that stand for an introduction at the relay."""
    return _mac(key, b"chatd/1 relay pair", introduction)[:PAIR]


def issue(key: bytes, ticket: Ticket) -> bytes:
    """The 61 bytes of a ticket, under the relay's key (32 bytes)."""
    fields = _FIELDS.pack(ticket.expiry, ticket.pair, ticket.person, ticket.side)
    return fields + _mac(key, b"chatd/1 relay ticket", fields)


def verify(key: bytes, data: bytes, now: float) -> Ticket:
    """The ticket in `data`, in constant time; raises `BadTicket`."""
    fields, mac = data[: _FIELDS.size], data[_FIELDS.size :]
    if not hmac.compare_digest(mac, _mac(key, b"chatd/1 relay ticket", fields)):
        raise BadTicket
    # Whatever has the right code was written by us, so it has the right form.
    ticket = Ticket(*_FIELDS.unpack(fields))
    if now >= ticket.expiry:
        raise BadTicket
    return ticket
