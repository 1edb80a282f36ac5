"""Noise primitives of a simulation: a hash in the place of X25519 and ML-KEM-768.

They keep nothing secret. Names and lengths are those of the real ones, and public keys pass the
same checks, so that everything around them runs unchanged.
"""

from hashlib import sha256
from random import Random

from chatd.errors import BadKey, BadRecord, LocalProtocolError
from chatd.noise import curve25519
from chatd.noise.keys import MLKEM768, X25519, KeyPair, Primitives


class FakeX25519:
    """A key agreement in which whoever knows both public keys knows the shared secret."""

    name = X25519.name
    length = X25519.length

    def __init__(self, random: Random) -> None:
        self._random = random

    def generate_keypair(self) -> KeyPair:
        """A new key pair."""
        return self.keypair_from_private(self._random.randbytes(self.length))

    def keypair_from_private(self, private: bytes) -> KeyPair:
        """The key pair of 32 bytes; raises `LocalProtocolError` for another length."""
        if len(private) != self.length:
            raise LocalProtocolError("a private X25519 key is 32 bytes")
        public = bytearray(sha256(private).digest())
        # Little-endian and without its two highest bits, it is below p.
        public[-1] &= 0x3F
        return KeyPair(private, bytes(public))

    def dh(self, keypair: KeyPair, public: bytes) -> bytes:
        """The hash of both public keys, whichever side computes it; raises `BadKey`."""
        self.check_public(public)
        return sha256(b"".join(sorted((keypair.public, public)))).digest()

    def check_public(self, public: bytes) -> None:
        """Raise `BadKey` for what the real function refuses."""
        curve25519.check_public(public)


class FakeMLKEM768:
    """A key encapsulation whose ciphertext says all."""

    name = MLKEM768.name
    public_length = MLKEM768.public_length
    ciphertext_length = MLKEM768.ciphertext_length

    def __init__(self, random: Random) -> None:
        self._random = random

    def generate_keypair(self) -> KeyPair:
        """A new key pair, without a private half."""
        return KeyPair(b"", self._random.randbytes(self.public_length))

    def encapsulate(self, public: bytes) -> tuple[bytes, bytes]:
        """A random ciphertext, and the hash of key and ciphertext; raises `BadKey`."""
        if len(public) != self.public_length:
            raise BadKey
        ciphertext = self._random.randbytes(self.ciphertext_length)
        return ciphertext, sha256(public + ciphertext).digest()

    def decapsulate(self, keypair: KeyPair, ciphertext: bytes) -> bytes:
        """The same hash; raises `BadRecord` for a wrong length."""
        if len(ciphertext) != self.ciphertext_length:
            raise BadRecord
        return sha256(keypair.public + ciphertext).digest()


def fake_primitives(random: Random) -> Primitives:
    """Both, with keys and ciphertexts drawn from `random`."""
    return Primitives(FakeX25519(random), FakeMLKEM768(random))
