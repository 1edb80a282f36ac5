"""What someone in the middle can do to handshake messages: nothing that goes unnoticed."""

import random
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from noise_pairs import WIRE, WIRE_IDS, Ends, assert_dead, fixed_kem, run

from chatd.errors import BadKey, BadRecord
from chatd.noise.handshake import HandshakeState
from chatd.noise.patterns import XXHFS, XXHFS_PSK0, Pattern
from chatd.noise.suites import CBC, GCM, Suite

ENDS = {(pattern, suite): Ends(pattern, suite) for pattern, suite in WIRE}
MESSAGES = {key: ends.messages() for key, ends in ENDS.items()}
SAMPLE = 300
"""Bits per message that are flipped where not all are."""

on_the_wire = pytest.mark.parametrize(("pattern", "suite"), WIRE, ids=WIRE_IDS)
each_message = pytest.mark.parametrize("index", [0, 1, 2], ids=["m1", "m2", "m3"])


def bits(suite: Suite, message: bytes) -> list[int]:
    """Every bit of a gcm message, a fixed sample of a cbc one."""
    every = range(8 * len(message))
    return list(every) if suite is GCM else random.Random(1712).sample(every, SAMPLE)


def flipped(message: bytes, bit: int) -> bytes:
    """`message` with one bit changed."""
    changed = bytearray(message)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def assert_refused(reader: HandshakeState, message: bytes, place: str = "") -> None:
    """`reader` refuses `message` with one of the two errors, and is dead."""
    with pytest.raises((BadRecord, BadKey)) as caught:
        reader.read_message(message)
    assert caught.value.args == type(caught.value)().args, place
    assert (reader.finished, reader.remote_static, reader.remote_ephemeral) == (False, None, None)


def verified_at_once(pattern: Pattern, index: int) -> bool:
    """Whether a message carries a tag: the first one does only with a PSK."""
    return index > 0 or pattern.has_psk


@on_the_wire
@each_message
def test_every_flipped_bit(pattern: Pattern, suite: Suite, index: int) -> None:
    """A changed bit ends the handshake at that message, or at the first one with a tag."""
    ends, messages = ENDS[pattern, suite], MESSAGES[pattern, suite]
    for bit in bits(suite, messages[index]):
        changed = flipped(messages[index], bit)
        reader = ends.reader_of(index, messages)
        if verified_at_once(pattern, index):
            assert_refused(reader, changed, f"bit {bit}")
        else:
            assert_fails_later(ends, messages, reader, changed)


def assert_fails_later(
    ends: Ends, messages: list[bytes], responder: HandshakeState, first: bytes
) -> None:
    """The responder refuses a key in the bare m1, or the initiator refuses the m2 that follows."""
    try:
        responder.read_message(first)
        second = responder.write_message()
    except BadKey:
        assert_dead(responder)
        return
    assert_refused(ends.reader_of(1, messages), second)


@on_the_wire
@each_message
def test_after_a_refusal_nothing_is_left(pattern: Pattern, suite: Suite, index: int) -> None:
    """Not even the true message is taken after a false one."""
    ends, messages = ENDS[pattern, suite], MESSAGES[pattern, suite]
    reader = ends.reader_of(index, messages)
    with pytest.raises(BadRecord):
        reader.read_message(messages[index] + b"\0")
    assert_dead(reader)


@on_the_wire
@each_message
def test_wrong_lengths(pattern: Pattern, suite: Suite, index: int) -> None:
    """A message that is cut anywhere, or goes on, is refused before anything is computed."""
    ends, messages = ENDS[pattern, suite], MESSAGES[pattern, suite]
    message = messages[index]
    for wrong in [message[:-1], message[:-16], message[:32], b"", message + b"\0", message * 2]:
        assert_refused(ends.reader_of(index, messages), wrong)
    for length in random.Random(1712).sample(range(len(message)), 20):
        assert_refused(ends.reader_of(index, messages), message[:length])


@on_the_wire
@each_message
@given(noise=st.randoms(use_true_random=False))
def test_any_bytes_of_the_right_length(
    pattern: Pattern, suite: Suite, index: int, noise: random.Random
) -> None:
    """Rubbish ends in one of the two errors, at once or, for a bare m1, one message later."""
    ends, messages = ENDS[pattern, suite], MESSAGES[pattern, suite]
    rubbish = noise.randbytes(len(messages[index]))
    reader = ends.reader_of(index, messages)
    if verified_at_once(pattern, index):
        assert_refused(reader, rubbish)
    else:
        assert_fails_later(ends, messages, reader, rubbish)


@on_the_wire
@given(st.binary(max_size=300))
def test_any_short_bytes(pattern: Pattern, suite: Suite, rubbish: bytes) -> None:
    """Whatever else comes first is refused as a wrong length."""
    with pytest.raises(BadRecord):
        ENDS[pattern, suite].start(initiator=False).read_message(rubbish)


@on_the_wire
@pytest.mark.parametrize(("index", "other"), list(permutations(range(3), 2)))
def test_reordered_and_reflected(pattern: Pattern, suite: Suite, index: int, other: int) -> None:
    """A message of the same handshake in another's place is refused, one's own included."""
    messages = MESSAGES[pattern, suite]
    assert_refused(ENDS[pattern, suite].reader_of(index, messages), messages[other])


@on_the_wire
@each_message
def test_replayed_from_another_handshake(pattern: Pattern, suite: Suite, index: int) -> None:
    """A recording between the same people, with the same PSK, is of no use: m1 leads nowhere."""
    recorded = MESSAGES[pattern, suite]
    later = Ends(pattern, suite, ephemerals=64, kem=fixed_kem(66))
    messages = later.messages()
    reader = later.reader_of(index, messages)
    if index > 0:
        assert_refused(reader, recorded[index])
        return
    reader.read_message(recorded[0])
    reader.write_message()
    assert_refused(reader, recorded[2])


@on_the_wire
@pytest.mark.parametrize(
    "changes",
    [{"prologue": b"chatd/1 test"}, {"prologue": b""}],
    ids=["shorter-prologue", "no-prologue"],
)
def test_prologues_differ(pattern: Pattern, suite: Suite, changes: dict[str, object]) -> None:
    """Who does not see the same surroundings does not get through."""
    assert_parted(ENDS[pattern, suite], pattern, changes)


@pytest.mark.parametrize(("ours", "theirs"), [(GCM, CBC), (CBC, GCM)], ids=["gcm", "cbc"])
@pytest.mark.parametrize("pattern", [XXHFS, XXHFS_PSK0], ids=["xxhfs", "psk0"])
def test_suites_differ(pattern: Pattern, ours: Suite, theirs: Suite) -> None:
    """A suite that was changed on the way ends the handshake at the first tag."""
    assert_parted(ENDS[pattern, ours], pattern, {"suite": theirs})


@pytest.mark.parametrize("suite", [GCM, CBC], ids=["gcm", "cbc"])
@pytest.mark.parametrize("psk", [bytes(32), bytes(range(31)) + b"\x9f"], ids=["zeros", "one-bit"])
def test_psks_differ(suite: Suite, psk: bytes) -> None:
    """Without the PSK not even m1 verifies, so that a host can be silent."""
    assert_parted(ENDS[XXHFS_PSK0, suite], XXHFS_PSK0, {"psk": psk})


def assert_parted(ends: Ends, pattern: Pattern, changes: dict[str, object]) -> None:
    """An initiator and a changed responder fail at the first message that has a tag."""
    initiator, responder = ends.start(initiator=True), ends.start(initiator=False, **changes)
    first = initiator.write_message()
    if pattern.has_psk:
        assert_refused(responder, first)
    else:
        responder.read_message(first)
        assert_refused(initiator, responder.write_message())


@on_the_wire
def test_undisturbed(pattern: Pattern, suite: Suite) -> None:
    """The ends of these tests do come together when they are left alone."""
    initiator, responder = ENDS[pattern, suite].pair()
    assert run(initiator, responder) == MESSAGES[pattern, suite]
    assert initiator.handshake_hash == responder.handshake_hash
