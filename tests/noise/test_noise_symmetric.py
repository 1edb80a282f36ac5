"""The SymmetricState by hand: HMAC and SHA-256 as sections 4.3 and 5.2 of Noise write them."""

import hashlib
import hmac
from collections.abc import Callable

import pytest
from noise_pairs import PSK

from chatd.errors import LocalProtocolError
from chatd.noise.ciphers import AES256CBCHS512, AESGCM, Cipher
from chatd.noise.symmetric import SymmetricState

NAME = b"Noise_XX_25519_AESGCM_SHA256"
START = NAME.ljust(32, b"\0")
every_cipher = pytest.mark.parametrize("cipher", [AESGCM, AES256CBCHS512], ids=["gcm", "cbc"])


def sha256(*parts: bytes) -> bytes:
    """The hash of all parts behind each other."""
    return hashlib.sha256(b"".join(parts)).digest()


def hkdf(ck: bytes, material: bytes) -> list[bytes]:
    """Three outputs of 32 bytes."""
    temp, outputs = hmac.digest(ck, material, "sha256"), [b""]
    for number in (b"\x01", b"\x02", b"\x03"):
        outputs.append(hmac.digest(temp, outputs[-1] + number, "sha256"))
    return outputs[1:]


def test_a_name_of_up_to_32_bytes_is_its_own_hash() -> None:
    """Filled with zeros; a longer one is hashed."""
    for size in (0, 1, 31, 32):
        name = b"n" * size
        assert SymmetricState(name, AESGCM).handshake_hash == name + bytes(32 - size)
    assert SymmetricState(b"n" * 33, AESGCM).handshake_hash == sha256(b"n" * 33)


@every_cipher
def test_a_key_is_mixed_in(cipher: type[Cipher]) -> None:
    """The first output goes on, the second encrypts, and the hash does not change."""
    state = SymmetricState(NAME, cipher)
    state.mix_key(b"one")
    ck, key, _ = hkdf(START, b"one")
    assert state.handshake_hash == START
    assert state.encrypt_and_hash(b"text") == cipher(key).encrypt(0, START, b"text")
    state.mix_key(b"two")
    _, key, _ = hkdf(ck, b"two")
    h = state.handshake_hash
    assert state.encrypt_and_hash(b"text") == cipher(key).encrypt(0, h, b"text")


@every_cipher
def test_a_pre_shared_key_is_mixed_into_keys_and_hash(cipher: type[Cipher]) -> None:
    """The first output goes on, the second is hashed, and the third encrypts at once."""
    state = SymmetricState(NAME, cipher)
    state.mix_key_and_hash(PSK)
    ck, bound, key = hkdf(START, PSK)
    h = sha256(START, bound)
    assert state.handshake_hash == h
    shown = cipher(key).encrypt(0, h, b"text")
    assert state.encrypt_and_hash(b"text") == shown
    assert state.handshake_hash == sha256(h, shown)
    initiator, responder, _ = hkdf(ck, b"")
    for keys, key in zip(state.split(), (initiator, responder), strict=True):
        assert keys.encrypt_with_ad(b"", b"text") == cipher(key).encrypt(0, b"", b"text")


@every_cipher
def test_what_one_side_encrypts_the_other_reads_and_hashes(cipher: type[Cipher]) -> None:
    """Both hash the ciphertext; without a key, that is the text itself."""
    ours, theirs = SymmetricState(NAME, cipher), SymmetricState(NAME, cipher)
    assert theirs.decrypt_and_hash(ours.encrypt_and_hash(b"clear")) == b"clear"
    assert ours.handshake_hash == theirs.handshake_hash == sha256(START, b"clear")
    for state in (ours, theirs):
        state.mix_key(b"one")
    assert theirs.decrypt_and_hash(ours.encrypt_and_hash(b"secret")) == b"secret"
    assert ours.handshake_hash == theirs.handshake_hash


def test_what_is_exported_is_bound_to_keys_hash_and_use() -> None:
    """HMAC under the chaining key, over the label and the hash."""
    state = SymmetricState(NAME, AESGCM)
    state.mix_key(b"one")
    state.mix_hash(b"data")
    ck, h = hkdf(START, b"one")[0], sha256(START, b"data")
    for label in (b"", b"this", b"that"):
        assert state.export(label) == hmac.digest(ck, label + h, "sha256")


def test_keys_are_taken_once() -> None:
    """After `split` there is nothing to take, to export, to mix into, or to encrypt with."""
    state = SymmetricState(NAME, AESGCM)
    state.mix_key(b"one")
    state.split()
    steps: list[Callable[[], object]] = [
        state.split,
        lambda: state.export(b"label"),
        lambda: state.mix_key(b"two"),
        lambda: state.mix_key_and_hash(PSK),
    ]
    for step in steps:
        with pytest.raises(LocalProtocolError):
            step()
    assert state.encrypt_and_hash(b"text") == b"text"
