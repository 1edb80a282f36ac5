"""Key pairs, the functions over them, and identities; the one place in `noise` that is random."""

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from chatd.errors import BadKey, BadRecord, LocalProtocolError
from chatd.noise import curve25519

IDENTITY_X25519 = b"\x01"
"""The type byte of the one kind of identity that there is."""


@dataclass(frozen=True)
class KeyPair:
    """A private key, as the function that made it understands it, and the bytes of its public."""

    private: Any = field(repr=False, compare=False)
    public: bytes


class DH(Protocol):
    """A Diffie-Hellman function (Noise, section 4.1)."""

    name: str
    length: int
    """Of a public key and of a shared secret."""

    def generate_keypair(self) -> KeyPair:
        """A new key pair."""
        ...

    def keypair_from_private(self, private: bytes) -> KeyPair:
        """The key pair of a stored private key; raises `LocalProtocolError` if it is none."""
        ...

    def dh(self, keypair: KeyPair, public: bytes) -> bytes:
        """The shared secret; raises `BadKey` where it would be zero."""
        ...

    def check_public(self, public: bytes) -> None:
        """Raise `BadKey` for a key that no honest side sends."""
        ...


class KEM(Protocol):
    """A key encapsulation mechanism (Noise HFS: the functions behind e1 and ekem1)."""

    name: str
    public_length: int
    ciphertext_length: int

    def generate_keypair(self) -> KeyPair:
        """A new key pair."""
        ...

    def encapsulate(self, public: bytes) -> tuple[bytes, bytes]:
        """A ciphertext and the new shared secret in it; raises `BadKey` for an invalid key."""
        ...

    def decapsulate(self, keypair: KeyPair, ciphertext: bytes) -> bytes:
        """The shared secret; raises `BadRecord` only for a wrong length."""
        ...


class X25519:
    """X25519 (RFC 7748), with the public keys checked by `curve25519`."""

    name = "25519"
    length = curve25519.LENGTH

    def generate_keypair(self) -> KeyPair:
        """A new key pair from the system's randomness."""
        return _x25519_pair(X25519PrivateKey.generate())

    def keypair_from_private(self, private: bytes) -> KeyPair:
        """The key pair of 32 raw bytes; raises `LocalProtocolError` for another length."""
        if len(private) != self.length:
            raise LocalProtocolError("a private X25519 key is 32 bytes")
        return _x25519_pair(X25519PrivateKey.from_private_bytes(private))

    def dh(self, keypair: KeyPair, public: bytes) -> bytes:
        """32 bytes; raises `BadKey` where they would be zero (the library refuses that)."""
        try:
            shared: bytes = keypair.private.exchange(X25519PublicKey.from_public_bytes(public))
        except ValueError:
            raise BadKey from None
        return shared

    def check_public(self, public: bytes) -> None:
        """Raise `BadKey` for a wrong length, a non-canonical key or a low-order point."""
        curve25519.check_public(public)


class MLKEM768:
    """ML-KEM-768 (FIPS 203); the name has no hyphen, which Noise section 8 does not allow."""

    name = "MLKEM768"
    public_length = 1184
    ciphertext_length = 1088

    def generate_keypair(self) -> KeyPair:
        """A new key pair from the system's randomness."""
        private = MLKEM768PrivateKey.generate()
        return KeyPair(private, private.public_key().public_bytes_raw())

    def encapsulate(self, public: bytes) -> tuple[bytes, bytes]:
        """1088 bytes and 32; raises `BadKey` where FIPS 203, section 7.2, refuses the key."""
        try:
            secret, ciphertext = MLKEM768PublicKey.from_public_bytes(public).encapsulate()
        except ValueError:
            raise BadKey from None
        return ciphertext, secret

    def decapsulate(self, keypair: KeyPair, ciphertext: bytes) -> bytes:
        """32 bytes, unrelated ones for a wrong ciphertext; `BadRecord` if it is not 1088 long."""
        try:
            secret: bytes = keypair.private.decapsulate(ciphertext)
        except ValueError:
            raise BadRecord from None
        return secret


@dataclass(frozen=True)
class Primitives:
    """What a handshake computes with; simulations bring their own of the same names and sizes."""

    dh: DH
    kem: KEM


REAL = Primitives(X25519(), MLKEM768())


def private_bytes(keypair: KeyPair) -> bytes:
    """The 32 raw bytes of a DH key pair's private key, for storage and nothing else."""
    if isinstance(keypair.private, bytes):
        return keypair.private
    raw: bytes = keypair.private.private_bytes_raw()
    return raw


def encode_identity(public: bytes) -> bytes:
    """The 33 bytes of an identity: 0x01 and the static X25519 key; raises `BadKey`
    for an unacceptable key."""
    curve25519.check_public(public)
    return IDENTITY_X25519 + public


def fingerprint(identity: bytes) -> str:
    """An identity as text for people to compare: `SHA256:` and 43 characters of base64.

    The same form as `ssh-keygen -l`: the SHA-256 of the 33 bytes, without padding.
    """
    digest = hashlib.sha256(identity).digest()
    return "SHA256:" + base64.b64encode(digest).rstrip(b"=").decode("ascii")


def _x25519_pair(private: X25519PrivateKey) -> KeyPair:
    return KeyPair(private, private.public_key().public_bytes_raw())
