"""Tickets to the relay: one per side of an introduction (protocol, "Tickets").

    AES-SIV(ticket key, u32 expiry | 16 pair | 8 person | u8 side)    45 bytes

Whoever sees one on its way learns nothing from it, and cannot use it: each is shown with a proof
of its owner's secret over what the relay has just said. Pure; `now` is in seconds since 1970.
"""

import hmac
import struct
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from msgspec import Struct

from chatd.errors import ChatdError
from chatd.wire.seeds import Seeds

PAIR = 16
PERSON = 8
SECRET = PROOF = 32
_FIELDS = struct.Struct(f">I{PAIR}s{PERSON}sB")
_TAG = 16
TICKET = _TAG + _FIELDS.size
SHOWN = TICKET + PROOF
HOST, GUEST = 0, 1
_KEY = 64


class BadTicket(ChatdError):
    """A ticket that is not of this relay, is not shown by its owner, or has run out."""

    text = "the ticket is not valid here, or no longer"


class Ticket(Struct, frozen=True):
    """What a relay may know: the pair (16 bytes), which side of it, a pseudonym of the person
    (8 bytes), and until when (seconds since 1970)."""

    expiry: int
    pair: bytes
    person: bytes
    side: int


class OwnTicket(Struct, frozen=True):
    """One's own ticket (45 bytes), and the secret (32 bytes) by which one
    shows that one is its owner; the relay is never sent that."""

    ticket: bytes
    secret: bytes

    def shown(self, greeting: bytes) -> bytes:
        """The 77 bytes to say to a relay that has just greeted with this line."""
        return self.ticket + _proof(self.secret, greeting)


def pair_of(seed: bytes, introduction: bytes) -> bytes:
    """The 16 bytes that stand for an introduction at the relay, under the seed of an epoch."""
    return _mac(seed, b"chatd/1 relay pair", introduction)[:PAIR]


def pseudonym(seed: bytes, identity: bytes) -> bytes:
    """The 8 bytes by which a relay knows an identity (33 bytes) for one epoch."""
    return _mac(seed, b"chatd/1 relay person", identity)[:PERSON]


def issue(
    seeds: Seeds, now: float, introduction: bytes, identity: bytes, side: int, seconds: int
) -> OwnTicket:
    """The ticket of one side of an introduction, good for so many seconds."""
    epoch = seeds.present(now)
    seed = seeds.at(epoch)
    pair, person = pair_of(seed, introduction), pseudonym(seed, identity)
    fields = _FIELDS.pack(int(now) + seconds, pair, person, side)
    ticket = AESSIV(_key(seeds, epoch)).encrypt(fields, None)
    return OwnTicket(ticket, _secret(seed, ticket))


def admit(seeds: Seeds, now: float, shown: bytes, greeting: bytes) -> Ticket:
    """The ticket of whoever says these bytes after this greeting line; raises `BadTicket`."""
    ticket, proof = shown[:TICKET], shown[TICKET:]
    epoch, fields = _opened(seeds, now, ticket)
    if not hmac.compare_digest(proof, _proof(_secret(seeds.at(epoch), ticket), greeting)):
        raise BadTicket
    # Whatever opens was written by us, so it has the right form.
    found = Ticket(*_FIELDS.unpack(fields))
    if now >= found.expiry:
        raise BadTicket
    return found


def _opened(seeds: Seeds, now: float, ticket: bytes) -> tuple[int, bytes]:
    for epoch in seeds.readable(now):
        try:
            return epoch, AESSIV(_key(seeds, epoch)).decrypt(ticket, None)
        except (InvalidTag, ValueError):
            continue
    raise BadTicket


def _key(seeds: Seeds, epoch: int) -> bytes:
    return seeds.key(epoch, b"chatd/1 relay ticket", _KEY)


def _secret(seed: bytes, ticket: bytes) -> bytes:
    return _mac(seed, b"chatd/1 relay owner", ticket)


def _proof(secret: bytes, greeting: bytes) -> bytes:
    return _mac(secret, b"chatd/1 relay link", greeting)


def _mac(key: bytes, label: bytes, data: bytes) -> bytes:
    return hmac.digest(key, label + data, sha256)
