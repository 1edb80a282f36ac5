"""The CipherState: nonces, rekeying and limits."""

from weakref import WeakSet

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatd import limits
from chatd.errors import BadRecord, LocalProtocolError
from chatd.noise.ciphers import MAX_NONCE, Cipher, CipherState
from chatd.noise.suites import SUITES, Suite

KEY = bytes(range(32))

every_suite = pytest.mark.parametrize("suite", SUITES.values(), ids=SUITES)


def ends(suite: Suite) -> tuple[CipherState, CipherState]:
    return CipherState(suite.cipher, KEY), CipherState(suite.cipher, KEY)


@every_suite
def test_without_a_key_everything_passes(suite: Suite) -> None:
    """Before the first key, messages go as they are and use no nonce."""
    state = CipherState(suite.cipher)
    assert not state.has_key
    assert state.encrypt_with_ad(b"ad", b"text") == state.decrypt_with_ad(b"ad", b"text") == b"text"
    assert state.ciphertext_length(4) == 4
    assert state.n == 0


@every_suite
def test_each_message_has_its_own_nonce(suite: Suite) -> None:
    """Equal texts give different ciphertexts, readable in their order only."""
    sending, receiving = ends(suite)
    first, second = (sending.encrypt_with_ad(b"", b"text") for _ in range(2))
    assert sending.has_key
    assert first != second
    assert len(first) == sending.ciphertext_length(4)
    with pytest.raises(BadRecord):
        receiving.decrypt_with_ad(b"", second)
    assert [receiving.decrypt_with_ad(b"", text) for text in (first, second)] == [b"text"] * 2


@every_suite
def test_a_failed_decrypt_leaves_the_nonce(suite: Suite) -> None:
    """After rubbish, the message that was due can still be read; its repeat cannot."""
    sending, receiving = ends(suite)
    message = sending.encrypt_with_ad(b"", b"text")
    with pytest.raises(BadRecord):
        receiving.decrypt_with_ad(b"", bytes(len(message)))
    assert receiving.n == 0
    assert receiving.decrypt_with_ad(b"", message) == b"text"
    with pytest.raises(BadRecord):
        receiving.decrypt_with_ad(b"", message)


@every_suite
@given(st.data())
def test_one_step_is_as_two(suite: Suite, data: st.DataObject) -> None:
    """A message and the next key in one go are, byte by byte, what they are one after the other;
    also where the cipher of the key was used before."""
    stepping, opening = ends(suite)
    sending, receiving = ends(suite)
    for plaintext in data.draw(st.lists(st.binary(max_size=200), max_size=5)):
        if data.draw(st.booleans()):
            before = stepping.encrypt_with_ad(b"x", b"y")
            assert before == sending.encrypt_with_ad(b"x", b"y")
            assert opening.decrypt_with_ad(b"x", before) == b"y"
            assert receiving.decrypt_with_ad(b"x", before) == b"y"
        ciphertext = stepping.encrypt_and_rekey(plaintext)
        assert ciphertext == sending.encrypt_with_ad(b"", plaintext)
        sending.rekey()
        assert opening.decrypt_and_rekey(ciphertext) == plaintext
        assert receiving.decrypt_with_ad(b"", ciphertext) == plaintext
        receiving.rekey()


@every_suite
def test_one_step_fails_as_two(suite: Suite) -> None:
    """Rubbish leaves nonce and key alone, what is beyond the last nonce is refused, and without a
    key there is none to replace."""
    sending, receiving = ends(suite)
    for rubbish in (b"", bytes(96), bytes(limits.NOISE_MESSAGE + 1)):
        with pytest.raises(BadRecord):
            receiving.decrypt_and_rekey(rubbish)
    assert receiving.decrypt_and_rekey(sending.encrypt_and_rekey(b"text")) == b"text"
    sending.n = receiving.n = MAX_NONCE
    with pytest.raises(LocalProtocolError):
        sending.encrypt_and_rekey(b"")
    with pytest.raises(BadRecord):
        receiving.decrypt_and_rekey(bytes(96))
    with pytest.raises(LocalProtocolError):
        CipherState(suite.cipher).encrypt_and_rekey(b"")


@every_suite
def test_the_last_nonce_and_the_one_after(suite: Suite) -> None:
    """2^64 - 2 is used; 2^64 - 1 is reserved, for the sender as for the receiver."""
    sending, receiving = ends(suite)
    sending.n = receiving.n = MAX_NONCE - 1
    message = sending.encrypt_with_ad(b"", b"last")
    assert receiving.decrypt_with_ad(b"", message) == b"last"
    with pytest.raises(LocalProtocolError):
        sending.encrypt_with_ad(b"", b"one more")
    reserved = suite.cipher(KEY).encrypt(MAX_NONCE, b"", b"one more")
    fresh = CipherState(suite.cipher, KEY)
    fresh.n = MAX_NONCE
    for refuse in (receiving.decrypt_and_rekey, fresh.decrypt_and_rekey):
        with pytest.raises(BadRecord):
            refuse(reserved)
    with pytest.raises(BadRecord):
        receiving.decrypt_with_ad(b"", reserved)


@every_suite
def test_the_longest_message_and_one_byte_more(suite: Suite) -> None:
    """A message of a handshake has at most 65535 bytes, whoever makes it; a record has more."""
    sending, receiving = ends(suite)
    length = limits.NOISE_MESSAGE
    while suite.cipher.ciphertext_length(length) > limits.NOISE_MESSAGE:
        length -= 1
    assert receiving.decrypt_with_ad(b"", sending.encrypt_with_ad(b"", bytes(length))) == bytes(
        length
    )
    with pytest.raises(LocalProtocolError):
        sending.encrypt_with_ad(b"", bytes(length + 1))
    with pytest.raises(BadRecord):
        receiving.decrypt_with_ad(b"", suite.cipher(KEY).encrypt(1, b"", bytes(length + 1)))
    assert sending.n == receiving.n == 1
    stepping, opening = ends(suite)
    for more in (length, length + 1):
        assert opening.decrypt_and_rekey(stepping.encrypt_and_rekey(bytes(more))) == bytes(more)


@every_suite
def test_rekey_in_step_over_ten_thousand_records(suite: Suite) -> None:
    """Both ends replace their key after each record and stay together, the nonce running on."""
    sending, receiving = ends(suite)
    for i in range(10_000):
        text = i.to_bytes(4, "big")
        assert receiving.decrypt_with_ad(b"", sending.encrypt_with_ad(b"", text)) == text
        sending.rekey()
        receiving.rekey()
    assert sending.n == receiving.n == 10_000


@every_suite
@pytest.mark.parametrize("late", ["sending", "receiving"])
def test_rekey_out_of_step(suite: Suite, late: str) -> None:
    """One rekey more on either side and nothing can be read until the other follows."""
    sending, receiving = ends(suite)
    behind = sending if late == "sending" else receiving
    (receiving if late == "sending" else sending).rekey()
    with pytest.raises(BadRecord):
        receiving.decrypt_with_ad(b"", sending.encrypt_with_ad(b"", b"lost"))
    behind.rekey()
    sending.n = 0
    assert receiving.decrypt_with_ad(b"", sending.encrypt_with_ad(b"", b"again")) == b"again"


@every_suite
def test_rekey_is_encrypt_of_zeros_under_the_reserved_nonce(suite: Suite) -> None:
    """The new key is the first 32 bytes of that (Noise, section 4.2)."""
    state, _ = ends(suite)
    state.rekey()
    key = suite.cipher(KEY).encrypt(MAX_NONCE, b"", bytes(32))[:32]
    assert state.encrypt_with_ad(b"", b"text") == suite.cipher(key).encrypt(0, b"", b"text")


@every_suite
def test_rekey_without_a_key(suite: Suite) -> None:
    """There is nothing to replace: our own mistake."""
    with pytest.raises(LocalProtocolError):
        CipherState(suite.cipher).rekey()


@every_suite
def test_a_key_that_waits_is_32_bytes(suite: Suite) -> None:
    """Between records a link keeps no cipher, which is a hundred times as large as its key."""
    alive: WeakSet[Cipher] = WeakSet()

    class Counted(suite.cipher):  # type: ignore[name-defined, misc]
        def __init__(self, key: bytes) -> None:
            super().__init__(key)
            alive.add(self)

    state = CipherState(Counted, KEY)
    assert not alive
    state.encrypt_with_ad(b"", b"text")
    assert len(alive) == 1
    state.rekey()
    assert not alive
