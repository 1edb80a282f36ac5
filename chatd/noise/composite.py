"""The core of A256CBC-HS512: AES in CBC mode under encrypt-then-MAC (RFC 7518, section 5.2)."""

import hmac

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from chatd.errors import BadRecord

Buffer = bytes | bytearray | memoryview
BLOCK = 16
TAG = 32


def sealed_length(plaintext_length: int) -> int:
    """How long `seal` makes a plaintext: 1 to 16 bytes of padding and the tag are added."""
    return (plaintext_length // BLOCK + 1) * BLOCK + TAG


def seal(mac_key: bytes, enc_key: bytes, iv: bytes, ad: bytes, plaintext: bytes) -> bytes:
    """Encrypt, then authenticate; keys of 32 bytes, an IV of 16, the result is E | T."""
    encrypted = encrypt(enc_key, iv, _padded(plaintext))
    return encrypted + _tag(mac_key, ad, iv, encrypted)


def seal_and_go_on(
    mac_key: bytes, enc_key: bytes, iv: bytes, other_iv: bytes, plaintext: bytes
) -> tuple[bytes, bytes]:
    """What `seal` gives with no associated data, and `encrypt` of two blocks of zeros under the
    other IV, in one chain: where both IVs are the block before, the same is encrypted."""
    chain = Cipher(algorithms.AES(enc_key), modes.CBC(iv)).encryptor()
    encrypted = chain.update(_padded(plaintext))
    turn = int.from_bytes(encrypted[-BLOCK:]) ^ int.from_bytes(other_iv)
    zeros = chain.update(turn.to_bytes(BLOCK) + bytes(BLOCK))
    return encrypted + _tag(mac_key, b"", iv, encrypted), zeros


def encrypt(enc_key: bytes, iv: bytes, blocks: bytes) -> bytes:
    """The bare CBC encryption of whole blocks of 16 bytes."""
    # The encryptor of whole blocks keeps nothing back that `finalize` would give.
    return Cipher(algorithms.AES(enc_key), modes.CBC(iv)).encryptor().update(blocks)


def unseal(mac_key: bytes, enc_key: bytes, iv: bytes, ad: bytes, sealed: Buffer) -> bytes:
    """Verify, then decrypt; raises the same bare `BadRecord` for every cause.

    Nothing is decrypted before the tag is known to be right, so padding that is wrong can only
    come from whoever has the keys.
    """
    encrypted, tag = sealed[:-TAG], sealed[-TAG:]
    if not hmac.compare_digest(tag, _tag(mac_key, ad, iv, encrypted)):
        raise BadRecord
    return _decrypt(enc_key, iv, encrypted)


def _padded(plaintext: bytes) -> bytes:
    added = BLOCK - len(plaintext) % BLOCK
    return plaintext + bytes((added,)) * added


def _decrypt(enc_key: bytes, iv: bytes, encrypted: Buffer) -> bytes:
    if not encrypted or len(encrypted) % BLOCK:
        raise BadRecord
    padded = Cipher(algorithms.AES(enc_key), modes.CBC(iv)).decryptor().update(encrypted)
    added = padded[-1]
    if not 1 <= added <= BLOCK or padded[-added:] != bytes((added,)) * added:
        raise BadRecord
    return padded[:-added]


def _tag(mac_key: bytes, ad: bytes, iv: bytes, encrypted: Buffer) -> bytes:
    authenticated = b"".join((ad, iv, encrypted, (8 * len(ad)).to_bytes(8, "big")))
    return hmac.digest(mac_key, authenticated, "sha512")[:TAG]
