"""Key pairs, the checks on public keys, and identities."""

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from noise_pairs import dh_pair

from chatd.errors import BadKey, BadRecord, LocalProtocolError
from chatd.noise import curve25519
from chatd.noise.keys import (
    MLKEM768,
    X25519,
    KeyPair,
    encode_identity,
    fingerprint,
    private_bytes,
)

P, A = curve25519.P, 486662
LOW_ORDER = [u.to_bytes(32, "little") for u in sorted(curve25519.LOW_ORDER)]
NON_CANONICAL = [u.to_bytes(32, "little") for u in (P, P + 1, P + 9, 2**255 - 1, 2**255 + 9)]
WRONG_LENGTH = [b"", b"\x09", bytes([9]) * 31, bytes([9]) * 33, bytes([9]) * 64]
BAD = [*LOW_ORDER, *NON_CANONICAL, *WRONG_LENGTH]

bad_keys = pytest.mark.parametrize("public", BAD, ids=lambda key: key.hex()[:16] or "empty")


def square_roots(value: int) -> list[int]:
    """The square roots of `value` modulo p, which is 5 modulo 8."""
    root = pow(value, (P + 3) // 8, P)
    candidates = {sign * root * twist % P for sign in (1, -1) for twist in (1, pow(2, P // 4, P))}
    return [candidate for candidate in candidates if candidate**2 % P == value % P]


def halves(u: int) -> set[int]:
    """The u coordinates of all points, on the curve and its twist, whose double has `u`, 1 or -1.

    Doubling takes v to (v^2 - 1)^2 / (4v(v^2 + Av + 1)). That this is u means
    (v - u)^4 = 4u(A + 2u)v^2 for u = 1 or -1, so v^2 - 2(u + r)v + 1 = 0 with r^2 = u(A + 2u).
    """
    middles = {u + r for r in square_roots(u * (A + 2 * u))}
    return {(m + d) % P for m in middles for d in square_roots(m * m - 1)}


def test_the_prime_is_that_of_curve25519() -> None:
    """2^255 - 19, as the 19 bits and the exponent say, and prime by Fermat's test."""
    assert P.bit_length() == 255
    assert 2**255 - P == 19
    assert all(pow(base, P - 1, P) == 1 for base in (2, 3, 5, 7))


def test_low_order_points_are_the_halves_of_the_halves_of_zero() -> None:
    """The five constants are found again by halving: 0, then 1 and -1, then their halves."""
    assert {0, 1, P - 1} | halves(1) | halves(-1) == curve25519.LOW_ORDER


@pytest.mark.parametrize("public", LOW_ORDER, ids=lambda key: key.hex()[:16])
def test_low_order_points_make_zero(public: bytes) -> None:
    """X25519 itself, which the library refuses to return, is zero for each of them."""
    private = X25519PrivateKey.generate()
    with pytest.raises(ValueError, match="shared key"):
        private.exchange(X25519PublicKey.from_public_bytes(public))
    with pytest.raises(BadKey):
        X25519().dh(KeyPair(private, b""), public)


@bad_keys
def test_unacceptable_public_keys(public: bytes) -> None:
    """Wrong lengths, bit 255, values from p up and low-order points are all refused."""
    with pytest.raises(BadKey):
        X25519().check_public(public)


def test_the_greatest_acceptable_key() -> None:
    """p - 2 is canonical and of high order; the values next to it are not."""
    X25519().check_public((P - 2).to_bytes(32, "little"))
    X25519().check_public((2).to_bytes(32, "little"))


@given(st.binary(max_size=40))
def test_a_key_is_refused_or_works(public: bytes) -> None:
    """Whatever passes the check can be computed with; nothing raises anything but `BadKey`."""
    dh = X25519()
    try:
        dh.check_public(public)
    except BadKey:
        return
    assert dh.dh(dh_pair(1), public) != bytes(32)


def test_dh_with_a_wrong_length() -> None:
    """Even unchecked, a key of another length is `BadKey` and nothing else."""
    with pytest.raises(BadKey):
        X25519().dh(dh_pair(1), bytes(31))


def test_x25519_is_that_of_rfc_7748() -> None:
    """The two key pairs and the shared secret of section 6.1."""
    dh = X25519()
    one, other = (
        dh.keypair_from_private(bytes.fromhex(private))
        for private in (
            "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
            "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
        )
    )
    shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"
    assert one.public.hex() == "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"
    assert other.public.hex() == "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"
    assert dh.dh(one, other.public).hex() == dh.dh(other, one.public).hex() == shared


def test_generated_keys_differ_and_agree() -> None:
    """Two new pairs are acceptable, distinct and come to the same secret."""
    dh = X25519()
    one, other = dh.generate_keypair(), dh.generate_keypair()
    assert one != other
    for pair in (one, other):
        dh.check_public(pair.public)
    assert dh.dh(one, other.public) == dh.dh(other, one.public)


def test_private_keys_can_be_stored() -> None:
    """32 bytes bring the same key pair back."""
    pair = X25519().generate_keypair()
    assert len(private_bytes(pair)) == 32
    assert X25519().keypair_from_private(private_bytes(pair)) == pair


def test_private_bytes_of_a_simulated_pair() -> None:
    """A private key that is bytes already is stored as it is."""
    assert private_bytes(KeyPair(b"simulated", b"public")) == b"simulated"


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_stored_key_of_another_length(length: int) -> None:
    """It is for the reader of the file to check; here it is our own mistake."""
    with pytest.raises(LocalProtocolError):
        X25519().keypair_from_private(bytes(length))


def test_kem_agrees_and_is_as_long_as_it_says() -> None:
    """Both sides get the same 32 bytes; the sizes are those of FIPS 203."""
    kem = MLKEM768()
    pair = kem.generate_keypair()
    ciphertext, secret = kem.encapsulate(pair.public)
    assert kem.decapsulate(pair, ciphertext) == secret
    assert len(secret) == 32
    assert (len(pair.public), len(ciphertext)) == (kem.public_length, kem.ciphertext_length)


def test_a_wrong_kem_ciphertext_gives_another_secret() -> None:
    """Decapsulation rejects without a sign: another secret, the same one each time."""
    kem = MLKEM768()
    pair = kem.generate_keypair()
    ciphertext, secret = kem.encapsulate(pair.public)
    wrong = bytes([ciphertext[0] ^ 1]) + ciphertext[1:]
    assert kem.decapsulate(pair, wrong) != secret
    assert kem.decapsulate(pair, wrong) == kem.decapsulate(pair, wrong)


@pytest.mark.parametrize("length", [0, 1087, 1089])
def test_a_kem_ciphertext_of_another_length(length: int) -> None:
    """Only its length makes a ciphertext unreadable."""
    kem = MLKEM768()
    with pytest.raises(BadRecord):
        kem.decapsulate(kem.generate_keypair(), bytes(length))


@pytest.mark.parametrize(
    "public",
    [b"", bytes(1183), bytes(1185), b"\xff" * 1184, b"\x01\x0d" + bytes(1182)],
    ids=["empty", "short", "long", "coefficients-above-q", "first-coefficient-is-q"],
)
def test_invalid_kem_keys(public: bytes) -> None:
    """Wrong lengths, and coefficients that are not below q = 3329 = 0xd01, are refused."""
    with pytest.raises(BadKey):
        MLKEM768().encapsulate(public)


def test_the_greatest_kem_coefficient() -> None:
    """A first coefficient of 3328 is still valid."""
    ciphertext, _ = MLKEM768().encapsulate(b"\x00\x0d" + bytes(1182))
    assert len(ciphertext) == 1088


def test_key_pairs_do_not_show_their_private_key() -> None:
    """Neither repr nor str nor a format string holds anything but the public key."""
    pair = KeyPair(b"the private key", b"the public key")
    for shown in (repr(pair), str(pair), f"{pair}"):
        assert "the public key" in shown
        assert "private" not in shown


def test_identities_are_typed() -> None:
    """0x01 and the key, 33 bytes."""
    public = dh_pair(1).public
    assert encode_identity(public) == b"\x01" + public


@bad_keys
def test_identities_of_unacceptable_keys(public: bytes) -> None:
    """No identity of a bad key is written."""
    with pytest.raises(BadKey):
        encode_identity(public)


def test_fingerprints_look_like_those_of_ssh() -> None:
    """`SHA256:` and the hash of the identity in base64 without padding."""
    identity = encode_identity(dh_pair(1).public)
    shown = fingerprint(identity)
    label, _, encoded = shown.partition(":")
    assert label == "SHA256"
    assert base64.b64decode(encoded + "=") == hashlib.sha256(identity).digest()
    assert len(shown) == 50
    assert shown != fingerprint(encode_identity(dh_pair(2).public))
