"""The two cipher functions."""

import pytest
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher as BlockCipher
from cryptography.hazmat.primitives.ciphers import algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from hypothesis import given
from hypothesis import strategies as st

from chatd import limits
from chatd.errors import BadRecord
from chatd.noise import composite
from chatd.noise.ciphers import AES256CBCHS512, AESGCM, MAX_NONCE, Cipher
from chatd.noise.suites import CBC, GCM, SUITES

KEY = bytes(range(32))

every_cipher = pytest.mark.parametrize("cipher", [AESGCM, AES256CBCHS512], ids=["gcm", "cbc"])

# RFC 7518, appendix B.3
RFC_KEY = bytes(range(64))
RFC_IV = bytes.fromhex("1af38c2dc2b96ffdd86694092341bc04")
RFC_AD = b"The second principle of Auguste Kerckhoffs"
RFC_PLAINTEXT = (
    b"A cipher system must not be required to be secret, and it must be able to fall into "
    b"the hands of the enemy without inconvenience"
)
RFC_SEALED = bytes.fromhex(
    "4affaaadb78c31c5da4b1b590d10ffbd3dd8d5d302423526912da037ecbcc7bd"
    "822c301dd67c373bccb584ad3e9279c2e6d12a1374b77f077553df829410446b"
    "36ebd97066296ae6427ea75c2e0846a11a09ccf5370dc80bfecbad28c73f09b3"
    "a3b75e662a2594410ae496b2e2e6609e31e6e02cc837f053d21f37ff4f51950b"
    "be2638d09dd7a4930930806d0703b1f6"
    "4dd3b4c088a7f45c216839645b2012bf2e6269a8c56a816dbc1b267761955bc5"
)


def test_the_core_is_that_of_rfc_7518() -> None:
    """Appendix B.3 comes out byte for byte, and can be opened again."""
    mac_key, enc_key = RFC_KEY[:32], RFC_KEY[32:]
    assert composite.seal(mac_key, enc_key, RFC_IV, RFC_AD, RFC_PLAINTEXT) == RFC_SEALED
    assert composite.unseal(mac_key, enc_key, RFC_IV, RFC_AD, RFC_SEALED) == RFC_PLAINTEXT


@given(st.binary(min_size=32, max_size=32))
def test_the_keys_of_cbc_are_those_of_hkdf(key: bytes) -> None:
    """They come out of HKDF-Expand (RFC 5869) as a library makes it."""
    expand = HKDFExpand(hashes.SHA512(), 96, b"chatd/1 AES256CBC/HS512")
    keys, cipher = expand.derive(key), AES256CBCHS512(key)
    iv = BlockCipher(algorithms.AES(keys[64:]), modes.ECB()).encryptor().update(bytes(16))
    assert cipher.encrypt(0, b"", b"text") == composite.seal(
        keys[:32], keys[32:64], iv, b"", b"text"
    )


def test_suites_are_in_order_of_preference() -> None:
    """`gcm` comes first, and each label finds its suite."""
    assert list(SUITES.items()) == [("gcm", GCM), ("cbc", CBC)]


@every_cipher
@given(
    n=st.integers(0, MAX_NONCE),
    ad=st.binary(max_size=64),
    plaintext=st.binary(max_size=100),
)
def test_roundtrip(cipher: type[Cipher], n: int, ad: bytes, plaintext: bytes) -> None:
    """What one end encrypts, another with the same key reads, under any nonce and data."""
    ciphertext = cipher(KEY).encrypt(n, ad, plaintext)
    assert len(ciphertext) == cipher.ciphertext_length(len(plaintext))
    assert cipher(KEY).decrypt(n, ad, ciphertext) == plaintext


@every_cipher
@pytest.mark.parametrize("length", [*range(101), limits.SERVER_PLAINTEXT, limits.PEER_PLAINTEXT])
def test_every_length(cipher: type[Cipher], length: int) -> None:
    """`ciphertext_length` is right for every length up to 100 and for the longest records."""
    ciphertext = cipher(KEY).encrypt(7, b"ad", bytes(length))
    assert len(ciphertext) == cipher.ciphertext_length(length)
    assert cipher(KEY).decrypt(7, b"ad", ciphertext) == bytes(length)


@every_cipher
def test_every_flipped_bit_is_found(cipher: type[Cipher]) -> None:
    """No bit of a ciphertext can change, with the same bare error for every one."""
    ciphertext = cipher(KEY).encrypt(1, b"ad", b"a text of more than one block")
    for bit in range(8 * len(ciphertext)):
        changed = bytearray(ciphertext)
        changed[bit // 8] ^= 1 << bit % 8
        assert_bare_failure(cipher(KEY), bytes(changed))


@every_cipher
def test_every_truncation_and_an_extension_are_found(cipher: type[Cipher]) -> None:
    """A ciphertext of any other length, also of none, is the same bare error."""
    ciphertext = cipher(KEY).encrypt(1, b"ad", b"a text of more than one block")
    for length in range(len(ciphertext)):
        assert_bare_failure(cipher(KEY), ciphertext[:length])
    assert_bare_failure(cipher(KEY), ciphertext + b"\0")


@every_cipher
def test_nonce_data_and_key_are_bound(cipher: type[Cipher]) -> None:
    """Another nonce, other associated data or another key opens nothing."""
    ciphertext = cipher(KEY).encrypt(1, b"ad", b"text")
    for key, n, ad in [(KEY, 2, b"ad"), (KEY, 1, b"a"), (KEY, 1, b""), (KEY[::-1], 1, b"ad")]:
        with pytest.raises(BadRecord):
            cipher(key).decrypt(n, ad, ciphertext)


def test_cbc_data_and_ciphertext_do_not_run_into_each_other() -> None:
    """Moving bytes between the associated data and the IV or ciphertext changes the tag."""
    mac_key, enc_key = KEY, KEY[::-1]
    sealed = composite.seal(mac_key, enc_key, RFC_IV, b"ad" * 8, b"text")
    shifted = RFC_IV + sealed
    with pytest.raises(BadRecord):
        composite.unseal(mac_key, enc_key, b"ad" * 8, b"", shifted)


def test_cbc_ivs_are_never_repeated_nor_guessable() -> None:
    """Equal plaintexts under neighbouring nonces share no block."""
    cipher = AES256CBCHS512(KEY)
    first, second = (cipher.encrypt(n, b"", bytes(64)) for n in (0, 1))
    blocks = [text[i : i + 16] for text in (first, second) for i in range(0, len(text), 16)]
    assert len(set(blocks)) == len(blocks)


@pytest.mark.parametrize(
    "encrypted",
    [b"", bytes(15), bytes(17)],
    ids=["empty", "short-block", "odd-length"],
)
def test_cbc_wrong_lengths_under_a_right_tag(encrypted: bytes) -> None:
    """Even who has the MAC key gets the same bare error for a body that is not whole blocks."""
    sealed = encrypted + forged_tag(encrypted)
    assert_same_as_bad_tag(sealed)


@pytest.mark.parametrize("last", [0, 2, 17, 255])
def test_cbc_wrong_padding_under_a_right_tag(last: int) -> None:
    """Even who has the MAC key learns nothing about the padding from the error."""
    block = bytes(15) + bytes([last])
    encryptor = BlockCipher(algorithms.AES(RFC_KEY[32:]), modes.CBC(RFC_IV)).encryptor()
    encrypted = encryptor.update(block)
    assert_same_as_bad_tag(encrypted + forged_tag(encrypted))


def test_cbc_decrypts_nothing_before_the_tag_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong tag stops before AES; a right one lets it run."""
    decrypted: list[bytes] = []
    original = composite._decrypt

    def watched(enc_key: bytes, iv: bytes, encrypted: bytes) -> bytes:
        decrypted.append(encrypted)
        return original(enc_key, iv, encrypted)

    monkeypatch.setattr(composite, "_decrypt", watched)
    with pytest.raises(BadRecord):
        composite.unseal(RFC_KEY[:32], RFC_KEY[32:], RFC_IV, RFC_AD, RFC_SEALED[:-1] + b"\0")
    assert decrypted == []
    composite.unseal(RFC_KEY[:32], RFC_KEY[32:], RFC_IV, RFC_AD, RFC_SEALED)
    assert decrypted == [RFC_SEALED[:-32]]


def forged_tag(encrypted: bytes) -> bytes:
    mac = hmac.HMAC(RFC_KEY[:32], hashes.SHA512())
    mac.update(RFC_AD + RFC_IV + encrypted + (8 * len(RFC_AD)).to_bytes(8, "big"))
    return mac.finalize()[:32]


def assert_same_as_bad_tag(sealed: bytes) -> None:
    """The error for `sealed` has the type, arguments and causes of that for a wrong tag."""
    seen = []
    for text in (sealed, RFC_SEALED[:-1] + b"\0"):
        with pytest.raises(BadRecord) as caught:
            composite.unseal(RFC_KEY[:32], RFC_KEY[32:], RFC_IV, RFC_AD, text)
        error = caught.value
        shown = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        seen.append((type(error), error.args, error.hint, shown))
    assert seen[0] == seen[1]


def assert_bare_failure(cipher: Cipher, ciphertext: bytes) -> None:
    with pytest.raises(BadRecord) as caught:
        cipher.decrypt(1, b"ad", ciphertext)
    assert caught.value.args == BadRecord().args
