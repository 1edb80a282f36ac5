"""The SymmetricState: the chaining key and the hash of a handshake (Noise, section 5.2)."""

import hashlib
import hmac

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from chatd.errors import LocalProtocolError
from chatd.noise.ciphers import Cipher, CipherState

HASHLEN = 32


class SymmetricState:
    """SHA-256 over everything seen, and keys over everything agreed."""

    def __init__(self, protocol_name: bytes, cipher: type[Cipher]) -> None:
        self._function = cipher
        self._cipher_state = CipherState(cipher)
        self._h = _initial_hash(protocol_name)
        self._ck: bytes | None = self._h

    @property
    def handshake_hash(self) -> bytes:
        """The 32 bytes that stand for the whole transcript so far."""
        return self._h

    def ciphertext_length(self, plaintext_length: int) -> int:
        """The length of what `encrypt_and_hash` makes of that many bytes at this point."""
        return self._cipher_state.ciphertext_length(plaintext_length)

    def mix_key(self, input_key_material: bytes) -> None:
        """MixKey: a new chaining key and a new cipher key."""
        self._ck, key = self._hkdf(input_key_material, 2)
        self._cipher_state = CipherState(self._function, key)

    def mix_hash(self, data: bytes) -> None:
        """MixHash: bind `data` to the transcript."""
        self._h = hashlib.sha256(self._h + data).digest()

    def mix_key_and_hash(self, input_key_material: bytes) -> None:
        """MixKeyAndHash: for pre-shared keys, the transcript is bound to the key as well."""
        self._ck, bound, key = self._hkdf(input_key_material, 3)
        self.mix_hash(bound)
        self._cipher_state = CipherState(self._function, key)

    def encrypt_and_hash(self, plaintext: bytes) -> bytes:
        """EncryptAndHash: `plaintext` itself as long as there is no key."""
        ciphertext = self._cipher_state.encrypt_with_ad(self._h, plaintext)
        self.mix_hash(ciphertext)
        return ciphertext

    def decrypt_and_hash(self, ciphertext: bytes) -> bytes:
        """DecryptAndHash; raises a bare `BadRecord`."""
        plaintext = self._cipher_state.decrypt_with_ad(self._h, ciphertext)
        self.mix_hash(ciphertext)
        return plaintext

    def export(self, label: bytes) -> bytes:
        """32 bytes that nobody else can compute, for the use that `label` names; before `split`."""
        if self._ck is None:
            raise LocalProtocolError("the handshake's keys have been taken")
        return hmac.digest(self._ck, label + self._h, "sha256")

    def split(self) -> tuple[CipherState, CipherState]:
        """Split, once: for messages of the initiator, and of the responder."""
        initiator, responder = self._hkdf(b"", 2)
        self._ck, self._cipher_state = None, CipherState(self._function)
        return CipherState(self._function, initiator), CipherState(self._function, responder)

    def _hkdf(self, input_key_material: bytes, outputs: int) -> list[bytes]:
        """HKDF (Noise, section 4.3), which is that of RFC 5869 with an empty info."""
        if self._ck is None:
            raise LocalProtocolError("the handshake's keys have been taken")
        hkdf = HKDF(hashes.SHA256(), outputs * HASHLEN, self._ck, b"")
        stream = hkdf.derive(input_key_material)
        return [stream[i : i + HASHLEN] for i in range(0, len(stream), HASHLEN)]


def _initial_hash(protocol_name: bytes) -> bytes:
    if len(protocol_name) <= HASHLEN:
        return protocol_name.ljust(HASHLEN, b"\0")
    return hashlib.sha256(protocol_name).digest()
