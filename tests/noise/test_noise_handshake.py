"""The life of a handshake: names, lengths, turns, results, and what is left after an error."""

import gc
import weakref

import pytest
from noise_pairs import CALLS, PROLOGUE, PSK, WIRE, WIRE_IDS, Ends, assert_dead, dh_pair, run

from chatd.errors import BadKey, BadRecord, LocalProtocolError
from chatd.noise.ciphers import CipherState
from chatd.noise.exchange import Exchange
from chatd.noise.handshake import HandshakeState
from chatd.noise.keys import MLKEM768, REAL, X25519, KeyPair, Primitives
from chatd.noise.lengths import message_lengths
from chatd.noise.patterns import XX, XXHFS, XXHFS_PSK0, Pattern, protocol_name
from chatd.noise.suites import CBC, GCM, Suite
from chatd.noise.symmetric import SymmetricState

IX = Pattern("IX", (), (("e", "s"), ("e", "ee", "se", "s", "es")))
"""A pattern in which a static key goes in clear."""

on_the_wire = pytest.mark.parametrize(("pattern", "suite"), WIRE, ids=WIRE_IDS)


def real_pair(pattern: Pattern, suite: Suite) -> tuple[HandshakeState, HandshakeState]:
    """Two sides whose keys are all new."""
    psk = PSK if pattern.has_psk else None

    def side(initiator: bool) -> HandshakeState:
        s = REAL.dh.generate_keypair()
        return HandshakeState(pattern, suite, initiator=initiator, prologue=PROLOGUE, s=s, psk=psk)

    return side(True), side(False)


@pytest.mark.parametrize(
    ("pattern", "suite", "name"),
    [
        (XX, GCM, b"Noise_XX_25519_AESGCM_SHA256"),
        (XXHFS, GCM, b"Noise_XXhfs_25519+MLKEM768_AESGCM_SHA256"),
        (XXHFS_PSK0, CBC, b"Noise_XXhfs+psk0_25519+MLKEM768_AES256CBC/HS512_SHA256"),
    ],
)
def test_protocol_names(pattern: Pattern, suite: Suite, name: bytes) -> None:
    """Modifiers and algorithms are joined by plus signs, as section 8 has it."""
    assert protocol_name(pattern, suite, REAL) == name


@pytest.mark.parametrize(
    ("pattern", "suite", "lengths"),
    [
        (XX, GCM, [32, 96, 64]),
        (IX, GCM, [64, 96]),
        (XXHFS, GCM, [1216, 1200, 64]),
        (XXHFS_PSK0, GCM, [1248, 1200, 64]),
        (XXHFS, CBC, [1216, 1296, 128]),
        (XXHFS_PSK0, CBC, [1312, 1296, 128]),
    ],
)
def test_message_lengths(pattern: Pattern, suite: Suite, lengths: list[int]) -> None:
    """The computed lengths are those of the protocol document and of real messages."""
    assert message_lengths(pattern, suite, REAL) == tuple(lengths)
    assert [len(message) for message in run(*real_pair(pattern, suite))] == lengths


def test_the_last_message_of_a_side_shows_who_it_is() -> None:
    """So a side that has still one to write has not been seen, and may be someone else."""
    for pattern in (XX, XXHFS, XXHFS_PSK0):
        *first, second, third = (message.count("s") for message in pattern.messages)
        assert (*first, second, third) == (0, 1, 1)


@on_the_wire
def test_both_ends_agree(pattern: Pattern, suite: Suite) -> None:
    """With new keys: the same hash, each other's keys, and records both ways."""
    initiator, responder = real_pair(pattern, suite)
    messages = run(initiator, responder)
    assert initiator.finished
    assert responder.finished
    assert initiator.handshake_hash == responder.handshake_hash
    assert responder.remote_ephemeral == messages[0][:32]
    assert initiator.remote_ephemeral == messages[1][:32]
    (i_sends, i_receives), (r_sends, r_receives) = initiator.split(), responder.split()
    assert r_receives.decrypt_with_ad(b"", i_sends.encrypt_with_ad(b"", b"ping")) == b"ping"
    assert i_receives.decrypt_with_ad(b"", r_sends.encrypt_with_ad(b"", b"pong")) == b"pong"


@on_the_wire
def test_a_record_cannot_go_back(pattern: Pattern, suite: Suite) -> None:
    """The two directions have different keys: a reflected record does not verify."""
    initiator, responder = Ends(pattern, suite).pair()
    run(initiator, responder)
    sending, receiving = initiator.split()
    with pytest.raises(BadRecord):
        receiving.decrypt_with_ad(b"", sending.encrypt_with_ad(b"", b"ping"))


@on_the_wire
def test_two_handshakes_share_nothing(pattern: Pattern, suite: Suite) -> None:
    """The same two people meet twice: other messages, other hash, other keys."""
    psk = PSK if pattern.has_psk else None
    seen = []
    for _ in range(2):
        pair = [
            HandshakeState(
                pattern, suite, initiator=i, prologue=PROLOGUE, s=dh_pair(1 + i), psk=psk
            )
            for i in (True, False)
        ]
        messages = run(*pair)
        record = pair[0].split()[0].encrypt_with_ad(b"", b"text")
        seen.append({*messages, pair[0].handshake_hash, record})
    assert not seen[0] & seen[1]


def test_statics_are_known_as_soon_as_they_are_read() -> None:
    """The initiator has the other's static key after m2, before it shows its own; then m3."""
    ends = Ends(XXHFS, GCM)
    initiator, responder = ends.pair()
    assert initiator.remote_static is initiator.remote_ephemeral is None
    responder.read_message(initiator.write_message())
    assert responder.remote_ephemeral is not None
    assert responder.remote_static is None
    initiator.read_message(responder.write_message())
    assert initiator.remote_static == ends.static(initiator=False).public
    responder.read_message(initiator.write_message())
    assert responder.remote_static == ends.static(initiator=True).public


def test_a_repeated_first_message_shows_the_same_ephemeral() -> None:
    """m1 alone can be replayed; the ephemeral key in it is how a host notices."""
    ends = Ends(XXHFS_PSK0, GCM)
    first = ends.messages()[0]
    seen = set()
    for _ in range(2):
        host = ends.start(initiator=False)
        host.read_message(first)
        seen.add(host.remote_ephemeral)
    assert seen == {first[:32]}


@on_the_wire
def test_results_outlive_split(pattern: Pattern, suite: Suite) -> None:
    """Hash and keys of the remote side can be read afterwards; the record keys only once."""
    initiator, responder = Ends(pattern, suite).pair()
    run(initiator, responder)
    before = (initiator.handshake_hash, initiator.remote_static, initiator.remote_ephemeral)
    initiator.split()
    assert initiator.finished
    after = (initiator.handshake_hash, initiator.remote_static, initiator.remote_ephemeral)
    assert after == before
    with pytest.raises(LocalProtocolError):
        initiator.split()
    assert_dead(initiator)


@on_the_wire
def test_both_sides_export_the_same(pattern: Pattern, suite: Suite) -> None:
    """For each use a secret of its own, as often as it is asked for, and the keys are left."""
    initiator, responder = Ends(pattern, suite).pair()
    run(initiator, responder)
    one, other = initiator.export(b"one"), initiator.export(b"other")
    assert (responder.export(b"one"), responder.export(b"other")) == (one, other)
    assert (len(one), one == other, initiator.export(b"one")) == (32, False, one)
    assert one != initiator.handshake_hash
    initiator.split()
    with pytest.raises(LocalProtocolError):
        initiator.export(b"one")
    assert_dead(initiator)


@pytest.mark.parametrize("done", [0, 1, 2])
def test_nothing_is_exported_before_the_end(done: int) -> None:
    """It would not be bound to who the other side is."""
    pair = Ends(XXHFS_PSK0, GCM).pair()
    for i in range(done):
        pair[1 - i % 2].read_message(pair[i % 2].write_message())
    for state in pair:
        with pytest.raises(LocalProtocolError):
            state.export(b"label")
        assert_dead(state)


@pytest.mark.parametrize("initiator", [True, False])
@pytest.mark.parametrize("step", [0, 1, 2, 3])
def test_calls_out_of_turn(initiator: bool, step: int) -> None:
    """In every state each side may do one thing; the others are our fault and end it."""
    ends = Ends(XXHFS, GCM)
    messages = ends.messages()
    writes = initiator == (step % 2 == 0)
    allowed = 2 if step == 3 else 0 if writes else 1
    for i, call in enumerate(CALLS[:3]):
        state = ends.start(initiator=initiator)
        for j, message in enumerate(messages[:step]):
            if initiator == (j % 2 == 0):
                state.write_message()
            else:
                state.read_message(message)
        if i != allowed:
            with pytest.raises(LocalProtocolError):
                call(state)
            assert_dead(state)


@pytest.mark.parametrize("done", [0, 1, 2])
def test_no_hash_before_the_end(done: int) -> None:
    """An unfinished hash is not given out; asking for it breaks nothing."""
    pair = Ends(XXHFS, GCM).pair()
    for i in range(done):
        pair[1 - i % 2].read_message(pair[i % 2].write_message())
    for state in pair:
        with pytest.raises(LocalProtocolError):
            _ = state.handshake_hash
    for i in range(done, 3):
        pair[1 - i % 2].read_message(pair[i % 2].write_message())
    assert pair[0].handshake_hash == pair[1].handshake_hash


@pytest.mark.parametrize(
    ("pattern", "psk"),
    [
        (XXHFS, PSK),
        (XXHFS, b""),
        (XXHFS_PSK0, None),
        (XXHFS_PSK0, b""),
        (XXHFS_PSK0, bytes(31)),
        (XXHFS_PSK0, bytes(33)),
    ],
)
def test_a_psk_is_32_bytes_where_the_pattern_has_one(pattern: Pattern, psk: bytes | None) -> None:
    """Anything else is refused before a message is made."""
    with pytest.raises(LocalProtocolError):
        Ends(pattern, GCM).start(initiator=True, psk=psk)


def test_an_exchange_without_its_psk() -> None:
    """A psk token never mixes in nothing."""
    symmetric = SymmetricState(b"name", GCM.cipher)
    exchange = Exchange(symmetric, REAL, initiator=True, s=dh_pair(1), psk=None)
    with pytest.raises(LocalProtocolError):
        exchange.write("psk")


class Remembered(X25519):
    """X25519 that remembers its new key pairs without keeping them alive."""

    def __init__(self) -> None:
        self.made: list[weakref.ref[KeyPair]] = []

    def generate_keypair(self) -> KeyPair:
        pair = super().generate_keypair()
        self.made.append(weakref.ref(pair))
        return pair


def test_ephemeral_keys_are_gone_after_split() -> None:
    """Once there are record keys, nothing is left that could find them again."""
    dh = Remembered()
    ends = Ends(XXHFS, GCM)
    initiator = ends.start(initiator=True, primitives=Primitives(dh, MLKEM768()))
    run(initiator, ends.start(initiator=False, primitives=REAL))
    assert dh.made[0]() is not None
    initiator.split()
    gc.collect()
    assert dh.made[0]() is None
    assert initiator.remote_static is not None


def test_ephemeral_keys_are_gone_after_an_error() -> None:
    """A handshake that failed holds no secrets, even while somebody holds it."""
    dh = Remembered()
    initiator = Ends(XXHFS, GCM).start(initiator=True, primitives=Primitives(dh, MLKEM768()))
    initiator.write_message()
    with pytest.raises(BadRecord):
        initiator.read_message(b"")
    gc.collect()
    assert dh.made[0]() is None
    assert_dead(initiator)


@on_the_wire
def test_nothing_shows_secrets(pattern: Pattern, suite: Suite) -> None:
    """No repr on the way, nor an error's text, holds a private, shared or record key."""
    ends = Ends(pattern, suite)
    initiator, responder = ends.pair()
    run(initiator, responder)
    i2r, r2i = initiator.split()
    cipher = suite.cipher(PSK)
    pairs = [ends.static(initiator=side) for side in (True, False)]
    shown = "".join(map(repr, [initiator, responder, i2r, r2i, cipher, ends.kem, *pairs]))
    shown += repr(SymmetricState(b"name", suite.cipher)) + repr(CipherState(suite.cipher, PSK))
    secrets = [bytes([byte]) * 32 for byte in range(17, 21)] + [PSK]
    for secret in secrets:
        assert repr(secret)[2:-1] not in shown
        assert secret.hex() not in shown


def test_a_static_key_can_be_chosen_until_it_is_sent() -> None:
    """The initiator of XX may become someone else before its last message, and not afterwards."""
    initiator, responder = real_pair(XXHFS, GCM)
    other = REAL.dh.generate_keypair()
    responder.read_message(initiator.write_message())
    initiator.read_message(responder.write_message())
    initiator.show(other)
    responder.read_message(initiator.write_message())
    assert responder.remote_static == other.public
    with pytest.raises(LocalProtocolError):
        initiator.show(other)


def test_both_sides_can_choose_their_static_key() -> None:
    """The responder as well, once it has read m1."""
    initiator, responder = real_pair(XXHFS, GCM)
    other = REAL.dh.generate_keypair()
    responder.read_message(initiator.write_message())
    responder.show(other)
    initiator.read_message(responder.write_message())
    assert initiator.remote_static == other.public


@pytest.mark.parametrize("done", [0, 1, 2, 3])
def test_a_static_key_is_chosen_before_a_message_of_ours_only(done: int) -> None:
    """Out of turn, and after the key was sent, it is our fault and ends the handshake."""
    pair = real_pair(XXHFS, GCM)
    for i in range(done):
        pair[1 - i % 2].read_message(pair[i % 2].write_message())
    writer, reader = pair[done % 2], pair[1 - done % 2]
    for state in (writer, reader) if done == 3 else (reader,):
        with pytest.raises(LocalProtocolError):
            state.show(REAL.dh.generate_keypair())
        assert_dead(state)


def test_the_key_of_the_other_side_cannot_be_chosen() -> None:
    """Nobody talks to itself, not even by mistake."""
    initiator, responder = real_pair(XXHFS, GCM)
    mirrored = REAL.dh.generate_keypair()
    responder.read_message(initiator.write_message())
    responder.show(mirrored)
    initiator.read_message(responder.write_message())
    with pytest.raises(BadKey):
        initiator.show(mirrored)
    assert_dead(initiator)
