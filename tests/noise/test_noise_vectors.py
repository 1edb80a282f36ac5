"""The handshakes against vectors of an independent implementation."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from noise_pairs import VECTORS, FixedDH, FixedKEM, dh_pair

from chatd.noise.ciphers import CipherState
from chatd.noise.handshake import HandshakeState
from chatd.noise.keys import REAL, KeyPair, Primitives
from chatd.noise.patterns import XXHFS, XXHFS_PSK0, protocol_name
from chatd.noise.suites import SUITES, Suite

Vector = dict[str, Any]

every_vector = pytest.mark.parametrize("vector", VECTORS, ids=[v["name"] for v in VECTORS])


def suite_of(vector: Vector) -> Suite:
    (suite,) = (suite for suite in SUITES.values() if suite.cipher.name in vector["name"])
    return suite


def side(vector: Vector, *, initiator: bool) -> HandshakeState:
    base = vector["seed_base"]
    private = MLKEM768PrivateKey.from_seed_bytes(bytes([base + 5]) * 64)
    kem = FixedKEM(
        KeyPair(private, private.public_key().public_bytes_raw()),
        (bytes.fromhex(vector["kem_ct"]), bytes.fromhex(vector["kem_ss"])),
    )
    return HandshakeState(
        XXHFS_PSK0 if "psk" in vector else XXHFS,
        suite_of(vector),
        initiator=initiator,
        prologue=bytes.fromhex(vector["prologue"]),
        s=dh_pair(base + (1 if initiator else 2)),
        psk=bytes.fromhex(vector["psk"]) if "psk" in vector else None,
        primitives=Primitives(FixedDH(dh_pair(base + (3 if initiator else 4))), kem),
    )


def play(vector: Vector, *, initiator: bool) -> HandshakeState:
    """One side against the recorded messages of the other."""
    state = side(vector, initiator=initiator)
    for i, message in enumerate(map(bytes.fromhex, vector["messages"])):
        if initiator == (i % 2 == 0):
            assert state.write_message() == message
        else:
            state.read_message(message)
    return state


def test_every_protocol_on_the_wire_has_a_vector() -> None:
    """The four names that we make are the four names of the vectors."""
    ours = {
        protocol_name(pattern, suite, REAL).decode()
        for pattern in (XXHFS, XXHFS_PSK0)
        for suite in SUITES.values()
    }
    assert ours == {vector["name"] for vector in VECTORS}


@every_vector
@pytest.mark.parametrize("initiator", [True, False], ids=["initiator", "responder"])
def test_handshake(vector: Vector, initiator: bool) -> None:
    """Each side writes the recorded messages, reads the other's, and ends at the same hash."""
    state = play(vector, initiator=initiator)
    assert state.finished
    assert state.handshake_hash.hex() == vector["handshake_hash"]
    assert state.remote_static == dh_pair(vector["seed_base"] + (2 if initiator else 1)).public
    assert state.remote_ephemeral == dh_pair(vector["seed_base"] + (4 if initiator else 3)).public


@every_vector
def test_messages_are_as_long_as_recorded(vector: Vector) -> None:
    """The recorded sizes are those of the recorded messages."""
    assert [len(message) // 2 for message in vector["messages"]] == vector["sizes"]


@every_vector
@pytest.mark.parametrize("initiator", [True, False], ids=["initiator", "responder"])
def test_split_gives_the_recorded_keys(vector: Vector, initiator: bool) -> None:
    """Both keys of both sides are the recorded ones, in the right direction."""
    sending, receiving = play(vector, initiator=initiator).split()
    i2r, r2i = bytes.fromhex(vector["k_i2r"]), bytes.fromhex(vector["k_r2i"])
    for state, key in zip(
        (sending, receiving), (i2r, r2i) if initiator else (r2i, i2r), strict=True
    ):
        recorded = CipherState(suite_of(vector).cipher, key)
        assert state.encrypt_with_ad(b"", b"probe") == recorded.encrypt_with_ad(b"", b"probe")


@every_vector
def test_transport_messages(vector: Vector) -> None:
    """The initiator's records, the second after a rekey, are the recorded ones and readable."""
    sending, _ = play(vector, initiator=True).split()
    _, receiving = play(vector, initiator=False).split()
    for recorded, text in zip(
        map(bytes.fromhex, vector["transport_i2r"]), (b"hello", b"after rekey"), strict=True
    ):
        assert sending.encrypt_with_ad(b"", text) == recorded
        assert receiving.decrypt_with_ad(b"", recorded) == text
        sending.rekey()
        receiving.rekey()
