"""Cipher functions and the CipherState (Noise, sections 4.2, 5.1, 11.3 and 12)."""

import hmac
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher as BlockCipher
from cryptography.hazmat.primitives.ciphers import aead, algorithms, modes

from chatd import limits
from chatd.errors import BadRecord, LocalProtocolError
from chatd.noise import composite
from chatd.noise.composite import Buffer

KEY = 32
MAX_NONCE = 2**64 - 1
"""Reserved for `rekey`: no message has it."""
_LAST = MAX_NONCE.to_bytes(12, "big")
_ZEROS = bytes(KEY)
_INFO = b"chatd/1 AES256CBC/HS512"


class Cipher(Protocol):
    """A cipher function under one key of 32 bytes (Noise, section 4.2)."""

    name: str
    """The cipher's part of a protocol name."""

    def __init__(self, key: bytes) -> None: ...

    def encrypt(self, n: int, ad: bytes, plaintext: bytes) -> bytes:
        """The ciphertext of `plaintext` under nonce `n` (64 bits) with associated data `ad`."""
        ...

    def decrypt(self, n: int, ad: bytes, ciphertext: Buffer) -> bytes:
        """The plaintext; raises a bare `BadRecord` if anything does not verify."""
        ...

    def next_key(self) -> bytes:
        """REKEY's default (Noise, section 4.2): the first 32 bytes of the encryption of 32 zeros
        under the reserved nonce."""
        ...

    @classmethod
    def encrypt_once(cls, key: bytes, n: int, plaintext: bytes) -> tuple[bytes, bytes]:
        """What `encrypt`, with no associated data, and `next_key` give under this key."""
        ...

    @classmethod
    def decrypt_once(cls, key: bytes, n: int, ciphertext: Buffer) -> tuple[bytes, bytes]:
        """What `decrypt`, with no associated data, and `next_key` give under this key."""
        ...

    @staticmethod
    def ciphertext_length(plaintext_length: int) -> int:
        """The length of the ciphertext of that many bytes."""
        ...


class AESGCM:
    """AES-256-GCM, the nonce in the last 8 of its 12 bytes, big-endian (Noise, section 12)."""

    name = "AESGCM"

    def __init__(self, key: bytes) -> None:
        self._aead = aead.AESGCM(key)

    def encrypt(self, n: int, ad: bytes, plaintext: bytes) -> bytes:
        """The ciphertext, 16 bytes longer than `plaintext`."""
        return self._aead.encrypt(n.to_bytes(12, "big"), plaintext, ad)

    def decrypt(self, n: int, ad: bytes, ciphertext: Buffer) -> bytes:
        """The plaintext; raises a bare `BadRecord`."""
        try:
            return self._aead.decrypt(n.to_bytes(12, "big"), ciphertext, ad)
        except InvalidTag:
            raise BadRecord from None

    def next_key(self) -> bytes:
        """As the specification says it."""
        return self.encrypt(MAX_NONCE, b"", bytes(KEY))[:KEY]

    @classmethod
    def encrypt_once(cls, key: bytes, n: int, plaintext: bytes) -> tuple[bytes, bytes]:
        """As `Cipher.encrypt_once`."""
        under = aead.AESGCM(key)
        sealed = under.encrypt(n.to_bytes(12, "big"), plaintext, None)
        return sealed, under.encrypt(_LAST, _ZEROS, None)[:KEY]

    @classmethod
    def decrypt_once(cls, key: bytes, n: int, ciphertext: Buffer) -> tuple[bytes, bytes]:
        """As `Cipher.decrypt_once`."""
        under = aead.AESGCM(key)
        try:
            plaintext = under.decrypt(n.to_bytes(12, "big"), ciphertext, None)
        except InvalidTag:
            raise BadRecord from None
        return plaintext, under.encrypt(_LAST, _ZEROS, None)[:KEY]

    @staticmethod
    def ciphertext_length(plaintext_length: int) -> int:
        """16 bytes of tag more."""
        return plaintext_length + 16


class AES256CBCHS512:
    """A256CBC-HS512 with keys and IV derived from one key (protocol, "Suites").

    HKDF-Expand(SHA-512, key, name, 96) gives the MAC key, the encryption key and the IV key.
    The IV is the nonce encrypted under the IV key alone: unpredictable, never sent.
    """

    name = "AES256CBC/HS512"

    def __init__(self, key: bytes) -> None:
        keys = _expanded(key)
        self._mac_key, self._enc_key = keys[:KEY], keys[KEY : 2 * KEY]
        self._ivs = BlockCipher(algorithms.AES(keys[2 * KEY :]), modes.ECB()).encryptor()

    def encrypt(self, n: int, ad: bytes, plaintext: bytes) -> bytes:
        """The ciphertext: whole blocks of 16 bytes, then a tag of 32."""
        return composite.seal(self._mac_key, self._enc_key, self._iv(n), ad, plaintext)

    def decrypt(self, n: int, ad: bytes, ciphertext: Buffer) -> bytes:
        """The plaintext; raises a bare `BadRecord`."""
        return composite.unseal(self._mac_key, self._enc_key, self._iv(n), ad, ciphertext)

    def next_key(self) -> bytes:
        """Noise's default, without the padding and the tag, which it leaves out of the key."""
        return composite.encrypt(self._enc_key, self._iv(MAX_NONCE), bytes(KEY))

    @classmethod
    def encrypt_once(cls, key: bytes, n: int, plaintext: bytes) -> tuple[bytes, bytes]:
        """As `Cipher.encrypt_once`."""
        under = cls(key)
        iv, last = under._iv(n), under._iv(MAX_NONCE)
        return composite.seal_and_go_on(under._mac_key, under._enc_key, iv, last, plaintext)

    @classmethod
    def decrypt_once(cls, key: bytes, n: int, ciphertext: Buffer) -> tuple[bytes, bytes]:
        """As `Cipher.decrypt_once`."""
        under = cls(key)
        return under.decrypt(n, b"", ciphertext), under.next_key()

    @staticmethod
    def ciphertext_length(plaintext_length: int) -> int:
        """16 * (m // 16 + 1) + 32 for m bytes."""
        return composite.sealed_length(plaintext_length)

    def _iv(self, n: int) -> bytes:
        return self._ivs.update(n.to_bytes(composite.BLOCK, "big"))


def _expanded(key: bytes) -> bytes:
    """HKDF-Expand (RFC 5869, section 2.3): T(1) and of T(2) what is needed."""
    first = hmac.digest(key, _INFO + b"\1", "sha512")
    return first + hmac.digest(key, first + _INFO + b"\2", "sha512")[: 3 * KEY - len(first)]


class CipherState:
    """A key and the nonce of its next message; without a key, everything passes as it is.

    The cipher under the key is made when it is first used: a link that waits holds 32 bytes.
    """

    __slots__ = ("_cipher", "_function", "_key", "n")

    def __init__(self, cipher: type[Cipher], key: bytes | None = None) -> None:
        self._function = cipher
        self._key = key
        self._cipher: Cipher | None = None
        self.n = 0

    @property
    def has_key(self) -> bool:
        """Whether messages are encrypted."""
        return self._key is not None

    def ciphertext_length(self, plaintext_length: int) -> int:
        """The length of what `encrypt_with_ad` makes of that many bytes."""
        if self._key is None:
            return plaintext_length
        return self._function.ciphertext_length(plaintext_length)

    def encrypt_with_ad(self, ad: bytes, plaintext: bytes) -> bytes:
        """The next message; raises `LocalProtocolError` if it is too long or nonces are used up."""
        if self.ciphertext_length(len(plaintext)) > limits.NOISE_MESSAGE or self.n >= MAX_NONCE:
            raise LocalProtocolError("a message is too long, or its key is used up")
        if self._key is None:
            return plaintext
        ciphertext = self._under(self._key).encrypt(self.n, ad, plaintext)
        self.n += 1
        return ciphertext

    def decrypt_with_ad(self, ad: bytes, ciphertext: Buffer) -> bytes:
        """The remote side's next message; raises a bare `BadRecord` and then leaves `n` alone."""
        if len(ciphertext) > limits.NOISE_MESSAGE or self.n >= MAX_NONCE:
            raise BadRecord
        if self._key is None:
            return bytes(ciphertext)
        plaintext = self._under(self._key).decrypt(self.n, ad, ciphertext)
        self.n += 1
        return plaintext

    def encrypt_and_rekey(self, plaintext: bytes) -> bytes:
        """`encrypt_with_ad` with no associated data, and `rekey`, in one step, whatever the
        length."""
        if self._key is None or self.n >= MAX_NONCE:
            raise LocalProtocolError("there is no key, or it is used up")
        ciphertext, self._key = self._function.encrypt_once(self._key, self.n, plaintext)
        self._cipher = None
        self.n += 1
        return ciphertext

    def decrypt_and_rekey(self, ciphertext: Buffer) -> bytes:
        """`decrypt_with_ad` with no associated data, and `rekey`, in one step, whatever the
        length."""
        if self._key is None or self.n >= MAX_NONCE:
            raise BadRecord
        plaintext, self._key = self._function.decrypt_once(self._key, self.n, ciphertext)
        self._cipher = None
        self.n += 1
        return plaintext

    def rekey(self) -> None:
        """Replace the key by a one-way function of itself; `n` goes on (Noise, section 5.1)."""
        if self._key is None:
            raise LocalProtocolError("there is no key to replace")
        self._key, self._cipher = self._under(self._key).next_key(), None

    def _under(self, key: bytes) -> Cipher:
        if self._cipher is None:
            self._cipher = self._function(key)
        return self._cipher
