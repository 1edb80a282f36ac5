"""The core of A256CBC-HS512: AES in CBC mode under encrypt-then-MAC (RFC 7518, section 5.2)."""

import hmac

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from chatd.errors import BadRecord

BLOCK = 16
TAG = 32


def sealed_length(plaintext_length: int) -> int:
    """How long `seal` makes a plaintext: 1 to 16 bytes of padding and the tag are added."""
    return (plaintext_length // BLOCK + 1) * BLOCK + TAG


def seal(mac_key: bytes, enc_key: bytes, iv: bytes, ad: bytes, plaintext: bytes) -> bytes:
    """Encrypt, then authenticate; keys of 32 bytes, an IV of 16, the result is E | T."""
    added = BLOCK - len(plaintext) % BLOCK
    encrypted = encrypt(enc_key, iv, plaintext + bytes((added,)) * added)
    return encrypted + _tag(mac_key, ad, iv, encrypted)


def encrypt(enc_key: bytes, iv: bytes, blocks: bytes) -> bytes:
    """The bare CBC encryption of whole blocks of 16 bytes."""
    # The encryptor of whole blocks keeps nothing back that `finalize` would give.
    return Cipher(algorithms.AES(enc_key), modes.CBC(iv)).encryptor().update(blocks)


def unseal(mac_key: bytes, enc_key: bytes, iv: bytes, ad: bytes, sealed: bytes) -> bytes:
    """Verify, then decrypt; raises the same bare `BadRecord` for every cause.

    Nothing is decrypted before the tag is known to be right, so padding that is wrong can only
    come from whoever has the keys.
    """
    encrypted, tag = sealed[:-TAG], sealed[-TAG:]
    if not hmac.compare_digest(tag, _tag(mac_key, ad, iv, encrypted)):
        raise BadRecord
    try:
        return _decrypt(enc_key, iv, encrypted)
    except ValueError:
        raise BadRecord from None


def _tag(mac_key: bytes, ad: bytes, iv: bytes, encrypted: bytes) -> bytes:
    authenticated = b"".join((ad, iv, encrypted, (8 * len(ad)).to_bytes(8, "big")))
    return hmac.digest(mac_key, authenticated, "sha512")[:TAG]


def _decrypt(enc_key: bytes, iv: bytes, encrypted: bytes) -> bytes:
    decryptor = Cipher(algorithms.AES(enc_key), modes.CBC(iv)).decryptor()
    unpadder = padding.PKCS7(8 * BLOCK).unpadder()
    padded = decryptor.update(encrypted) + decryptor.finalize()
    return unpadder.update(padded) + unpadder.finalize()
