"""Tokens for the door: what the server gives a client to show at its next login (protocol,
"Tokens").

    AES-SIV(door key, u8 rank | u32 run | u32 number | 33 identity)    58 bytes

Nobody but the server can tell one from random bytes. Pure; `now` is in seconds since 1970.
"""

import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from msgspec import Struct

from chatd.wire.seeds import Seeds

IDENTITY = 33
_TEXT = struct.Struct(f">BII{IDENTITY}s")
_TAG = 16
DOOR = _TAG + _TEXT.size
MOST_NUMBER = 2**32 - 1
STRANGER, NAMED, LASTING = range(3)
"""Nobody in particular; who holds a name; who holds one that has outlived its first day."""
_KEY = 64


class Token(Struct, frozen=True):
    """What a token says: the rank of an identity (33 bytes), and the number, in one run of the
    server, that no other token has."""

    rank: int
    run: int
    number: int
    identity: bytes


def seal(seeds: Seeds, now: float, token: Token) -> bytes:
    """The 58 bytes of a token."""
    return sealed(sealing(seeds, now), token)


def sealing(seeds: Seeds, now: float) -> AESSIV:
    """What seals tokens now."""
    return _cipher(seeds, seeds.present(now))


def sealed(cipher: AESSIV, token: Token) -> bytes:
    """The 58 bytes of a token that is sealed by it."""
    text = _TEXT.pack(token.rank, token.run, token.number, token.identity)
    return cipher.encrypt(text, None)


def unseal(seeds: Seeds, now: float, door: bytes) -> tuple[Token, int] | None:
    """The token in 58 bytes, with the epoch in which it was made; None for anything else."""
    for epoch in seeds.readable(now):
        try:
            text = _cipher(seeds, epoch).decrypt(door, None)
        except (InvalidTag, ValueError):
            continue
        return Token(*_TEXT.unpack(text)), epoch
    return None


def _cipher(seeds: Seeds, epoch: int) -> AESSIV:
    return seeds.under_key(epoch, b"chatd/1 door", _KEY, AESSIV)
