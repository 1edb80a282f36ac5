"""The proof that a request may carry: its sender holds a secret that the asked one knows
(protocol, "Proofs").

    8 key id | u32 count | 32 HMAC-SHA256(secret, ...)    44 bytes
"""

import hmac
import struct
from hashlib import sha256

from msgspec import Struct

from chatd.wire.keying import lp

SECRET = 32
KEY_ID = 8
_HEAD = struct.Struct(f">{KEY_ID}sI")
PROOF = _HEAD.size + 32
MOST_COUNT = 2**32 - 1
FAREWELL = 0
"""The count of a proof that asks for nothing: the sender's side of the conversation is over."""


class Ask(Struct, frozen=True):
    """What a proof binds: the server, and who asks whom (identities of 33 bytes)."""

    server_key: bytes
    asker: bytes
    asked: bytes


def key_id(secret: bytes) -> bytes:
    """The 8 bytes that tell which secret is meant."""
    return sha256(b"chatd/1 ask id" + secret).digest()[:KEY_ID]


def prove(secret: bytes, ask: Ask, count: int) -> bytes:
    """The 44 bytes of a proof; `count` (u32) is larger than in any earlier one."""
    return _HEAD.pack(key_id(secret), count) + _mac(secret, ask, count)


def read(proof: bytes) -> tuple[bytes, int]:
    """Which secret a proof (44 bytes) speaks of, and its count; nothing is verified yet."""
    id, count = _HEAD.unpack_from(proof)
    return id, count


def verifies(proof: bytes, secret: bytes, ask: Ask) -> bool:
    """Whether the proof (44 bytes) was made with this secret for this ask, in constant time."""
    _, count = read(proof)
    return hmac.compare_digest(proof[_HEAD.size :], _mac(secret, ask, count))


def _mac(secret: bytes, ask: Ask, count: int) -> bytes:
    parts = (ask.server_key, ask.asker, ask.asked, struct.pack(">I", count))
    data = b"chatd/1 ask" + b"".join(map(lp, parts[:3])) + parts[3]
    return hmac.digest(secret, data, sha256)
