"""Plain XX against the PyPI package `noiseprotocol`, an implementation that is not ours."""

import pytest
from noise.connection import Keypair, NoiseConnection
from noise_pairs import PROLOGUE, dh_pair

from chatd.noise.handshake import HandshakeState
from chatd.noise.keys import private_bytes
from chatd.noise.patterns import XX
from chatd.noise.suites import GCM

OURS, THEIRS = dh_pair(1), dh_pair(2)

both_roles = pytest.mark.parametrize("initiator", [True, False], ids=["initiator", "responder"])


def meet(*, initiator: bool) -> tuple[HandshakeState, NoiseConnection]:
    """A finished handshake, we in the given role."""
    ours = HandshakeState(XX, GCM, initiator=initiator, prologue=PROLOGUE, s=OURS)
    theirs = NoiseConnection.from_name(b"Noise_XX_25519_AESGCM_SHA256")
    (theirs.set_as_responder if initiator else theirs.set_as_initiator)()
    theirs.set_prologue(PROLOGUE)
    theirs.set_keypair_from_private_bytes(Keypair.STATIC, private_bytes(THEIRS))
    theirs.start_handshake()
    for i in range(3):
        if initiator == (i % 2 == 0):
            assert theirs.read_message(ours.write_message()) == b""
        else:
            ours.read_message(bytes(theirs.write_message()))
    return ours, theirs


@both_roles
def test_handshake(initiator: bool) -> None:
    """Both finish with the same hash, and we have read their static key."""
    ours, theirs = meet(initiator=initiator)
    assert ours.finished
    assert theirs.handshake_finished
    assert ours.handshake_hash == theirs.get_handshake_hash()
    assert ours.remote_static == THEIRS.public


@both_roles
def test_records_and_rekey(initiator: bool) -> None:
    """Records go both ways, also while both sides rekey after each of them."""
    ours, theirs = meet(initiator=initiator)
    sending, receiving = ours.split()
    for text in (b"", b"hello", b"after rekey", bytes(1000)):
        assert theirs.decrypt(sending.encrypt_with_ad(b"", text)) == text
        assert receiving.decrypt_with_ad(b"", bytes(theirs.encrypt(text))) == text
        for rekey in (
            sending.rekey,
            receiving.rekey,
            theirs.rekey_inbound_cipher,
            theirs.rekey_outbound_cipher,
        ):
            rekey()
