"""Proofs in requests (protocol, "Proofs")."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatd import limits
from chatd.wire.proof import PROOF, Ask, key_id, prove, read, verifies

SECRET = bytes(range(32))
SERVER, ALICE, BOB = (b"\x01" + letter * 32 for letter in (b"s", b"a", b"b"))
ASK = Ask(SERVER, ALICE, BOB)


def test_a_proof_is_what_the_document_says() -> None:
    """Its bytes, put together by hand."""
    id = hashlib.sha256(b"chatd/1 ask id" + SECRET).digest()[:8]
    bound = b"".join(b"\x00\x21" + key for key in (SERVER, ALICE, BOB))
    data = b"chatd/1 ask" + bound + b"\x00\x00\x00\x07"
    mac = hmac.new(SECRET, data, hashlib.sha256).digest()
    assert prove(SECRET, ASK, 7) == id + b"\x00\x00\x00\x07" + mac
    assert len(prove(SECRET, ASK, 7)) == PROOF == limits.PROOF
    assert read(prove(SECRET, ASK, 7)) == (key_id(SECRET), 7)


@pytest.mark.parametrize(
    "ask", [Ask(ALICE, ALICE, BOB), Ask(SERVER, BOB, BOB), Ask(SERVER, ALICE, SERVER)]
)
def test_a_proof_is_good_for_one_ask(ask: Ask) -> None:
    """Another server, another asker or another asked one, and it proves nothing."""
    proof = prove(SECRET, ASK, 7)
    assert verifies(proof, SECRET, ASK)
    assert not verifies(proof, SECRET, ask)
    assert not verifies(proof, bytes(32), ASK)


@given(st.integers(64, limits.PROOF * 8 - 1))
def test_count_and_code_cannot_be_changed(bit: int) -> None:
    """The key id only says which secret is meant."""
    changed = bytearray(prove(SECRET, ASK, 7))
    changed[bit // 8] ^= 1 << bit % 8
    assert not verifies(bytes(changed), SECRET, ASK)
