"""A secret under a passphrase: Argon2id (RFC 9106), then AES-256-GCM with the header as associated
data (docs/keys.md, "The sealed form"). Pure, but slow on purpose: a tenth of a second and 64 MiB.
"""

import struct
import unicodedata
from collections.abc import Callable
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from chatd import limits
from chatd.errors import ChatdError

MEMORY, ITERATIONS, LANES = 64 * 1024, 3, 4
"""In KiB, and as RFC 9106 calls them; what is written today."""

Purpose = Literal["identity", "export"]
"""What is sealed: one does not open as the other."""


class WrongPassphrase(ChatdError):
    """The passphrase does not open it, or it was changed."""

    text = "that is not the passphrase"
    hint = "if you are sure that it is, the file was damaged: take it from a copy"


class TooLittleMemory(ChatdError):
    """This machine does not give what the file asks for."""

    text = "there is not enough memory to open it"


class Sealed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file holds of a secret; `public` (32 bytes) tells whose key it is."""

    public: Annotated[bytes, Meta(min_length=32, max_length=32)]
    salt: Annotated[bytes, Meta(min_length=16, max_length=16)]
    memory: Annotated[int, Meta(ge=8 * LANES, le=limits.SEALED_MEMORY)]
    iterations: Annotated[int, Meta(ge=1, le=limits.SEALED_ITERATIONS)]
    lanes: Annotated[int, Meta(ge=1, le=LANES)]
    nonce: Annotated[bytes, Meta(min_length=12, max_length=12)]
    data: Annotated[bytes, Meta(min_length=16, max_length=limits.KEPT_FILE)]


def seal(
    secret: bytes,
    passphrase: str,
    public: bytes,
    purpose: Purpose,
    random_bytes: Callable[[int], bytes],
) -> Sealed:
    """Seal a secret that belongs to a public key (32 bytes); raises `TooLittleMemory`."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    empty = Sealed(public, random_bytes(16), MEMORY, ITERATIONS, LANES, random_bytes(12), bytes(16))
    cipher = AESGCM(_key(empty, passphrase))
    data = cipher.encrypt(empty.nonce, secret, _header(empty, purpose))
    return msgspec.structs.replace(empty, data=data)


def unseal(sealed: Sealed, passphrase: str, purpose: Purpose) -> bytes:
    """The secret; raises `WrongPassphrase`, also for a file that was changed, `TooLittleMemory`."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        cipher = AESGCM(_key(sealed, passphrase))
        return cipher.decrypt(sealed.nonce, sealed.data, _header(sealed, purpose))
    except InvalidTag:
        raise WrongPassphrase from None


def _key(sealed: Sealed, passphrase: str) -> bytes:
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    # The same keys give the same characters on every keyboard and system.
    typed = unicodedata.normalize("NFKC", passphrase).encode("utf-8", "surrogateescape")
    stretch = Argon2id(
        salt=sealed.salt,
        length=32,
        iterations=sealed.iterations,
        lanes=sealed.lanes,
        memory_cost=sealed.memory,
    )
    try:
        return stretch.derive(typed)
    except MemoryError:
        hint = f"it takes {sealed.memory // 1024} MiB for a moment: close something, or ulimit -v"
        raise TooLittleMemory(hint=hint) from None


def _header(sealed: Sealed, purpose: Purpose) -> bytes:
    numbers = struct.pack(">III", sealed.memory, sealed.iterations, sealed.lanes)
    label = f"chatd/1 sealed {purpose}".encode()
    return label + sealed.public + sealed.salt + numbers + sealed.nonce
