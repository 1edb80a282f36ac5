"""The primitives of simulations: fast, repeatable, and accepted wherever the real ones are."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulated import fake_primitives

from chatd.errors import BadKey, BadRecord, LocalProtocolError
from chatd.noise.handshake import HandshakeState
from chatd.noise.keys import (
    REAL,
    KeyPair,
    Primitives,
    encode_identity,
    private_bytes,
)
from chatd.noise.patterns import XXHFS, XXHFS_PSK0, Pattern
from chatd.noise.suites import CBC, GCM, Suite


def primitives() -> Primitives:
    """Those of seed 1."""
    return fake_primitives(Random(1))


@given(st.integers())
def test_keys_look_like_real_ones(seed: int) -> None:
    """Every public key makes an identity that the real checks accept."""
    pair = fake_primitives(Random(seed)).dh.generate_keypair()
    assert encode_identity(pair.public).endswith(pair.public)


def test_names_and_sizes_are_the_real_ones() -> None:
    """A handshake with them has the name and the lengths of a real one."""
    fake = primitives()
    assert (fake.dh.name, fake.dh.length) == (REAL.dh.name, REAL.dh.length)
    assert (fake.kem.name, fake.kem.public_length, fake.kem.ciphertext_length) == (
        REAL.kem.name,
        REAL.kem.public_length,
        REAL.kem.ciphertext_length,
    )
    kem_pair = fake.kem.generate_keypair()
    ciphertext, secret = fake.kem.encapsulate(kem_pair.public)
    assert (len(kem_pair.public), len(ciphertext), len(secret)) == (1184, 1088, 32)


def test_both_sides_compute_the_same() -> None:
    """The key agreement and the KEM give both sides one secret, and others another."""
    fake = primitives()
    ours, theirs, other = (fake.dh.generate_keypair() for _ in range(3))
    shared = fake.dh.dh(ours, theirs.public)
    assert shared == fake.dh.dh(theirs, ours.public) != fake.dh.dh(ours, other.public)
    pair = fake.kem.generate_keypair()
    ciphertext, secret = fake.kem.encapsulate(pair.public)
    assert fake.kem.decapsulate(pair, ciphertext) == secret
    assert fake.kem.decapsulate(fake.kem.generate_keypair(), ciphertext) != secret


def test_a_seed_is_a_sequence_of_keys() -> None:
    """The same seed gives the same keys, one after another, and a stored key comes back."""
    first, second = primitives().dh, primitives().dh
    pairs = [first.generate_keypair() for _ in range(3)]
    assert pairs == [second.generate_keypair() for _ in range(3)]
    assert len({pair.public for pair in pairs}) == 3
    assert first.keypair_from_private(private_bytes(pairs[0])) == pairs[0]


@pytest.mark.parametrize("public", [b"", bytes(31), bytes(33), bytes(32), b"\xff" * 32])
def test_unacceptable_keys(public: bytes) -> None:
    """Wrong lengths, low order and non-canonical keys are refused as by the real function."""
    fake = primitives()
    with pytest.raises(BadKey):
        fake.dh.check_public(public)
    with pytest.raises(BadKey):
        fake.dh.dh(fake.dh.generate_keypair(), public)


def test_wrong_lengths() -> None:
    """Private keys, KEM keys and ciphertexts of another length raise what the real ones raise."""
    fake = primitives()
    for length in (31, 33):
        with pytest.raises(LocalProtocolError):
            fake.dh.keypair_from_private(bytes(length))
    for length in (1183, 1185):
        with pytest.raises(BadKey):
            fake.kem.encapsulate(bytes(length))
    for length in (1087, 1089):
        with pytest.raises(BadRecord):
            fake.kem.decapsulate(KeyPair(b"", bytes(1184)), bytes(length))


@pytest.mark.parametrize(("pattern", "psk"), [(XXHFS, None), (XXHFS_PSK0, bytes(32))])
@pytest.mark.parametrize("suite", [GCM, CBC])
def test_a_whole_handshake(pattern: Pattern, psk: bytes | None, suite: Suite) -> None:
    """The real state machines run over them and agree, in messages of the real lengths."""
    lengths = []
    for used in (primitives(), REAL):
        sides = [
            HandshakeState(
                pattern,
                suite,
                initiator=initiator,
                prologue=b"",
                s=used.dh.generate_keypair(),
                psk=psk,
                primitives=used,
            )
            for initiator in (True, False)
        ]
        messages = []
        for turn in range(3):
            messages.append(sides[turn % 2].write_message())
            sides[1 - turn % 2].read_message(messages[-1])
        assert sides[0].handshake_hash == sides[1].handshake_hash
        lengths.append([len(message) for message in messages])
    assert lengths[0] == lengths[1]
