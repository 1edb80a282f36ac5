"""What the other side itself can do: hold the keys, encrypt correctly, and send nonsense."""

import pytest
from noise_pairs import WIRE, WIRE_IDS, Ends, Forger, assert_dead

from chatd.errors import BadKey, BadRecord
from chatd.noise.curve25519 import LOW_ORDER, P
from chatd.noise.handshake import HandshakeState
from chatd.noise.keys import REAL
from chatd.noise.patterns import XXHFS, XXHFS_PSK0, Pattern
from chatd.noise.suites import CBC, Suite

on_the_wire = pytest.mark.parametrize(("pattern", "suite"), WIRE, ids=WIRE_IDS)
bad_publics = pytest.mark.parametrize(
    "public",
    [u.to_bytes(32, "little") for u in (*sorted(LOW_ORDER), P, P + 9, 2**255 + 9, 2**256 - 1)],
    ids=lambda key: key.hex()[:16],
)


def honest_initiator(ends: Ends) -> tuple[HandshakeState, Forger]:
    """An honest initiator after m1, and a responder who has read it."""
    initiator, forger = ends.start(initiator=True), Forger(ends, initiator=False)
    forger.read(ends.pattern.messages[0], initiator.write_message())
    return initiator, forger


def honest_responder(ends: Ends) -> tuple[HandshakeState, Forger]:
    """An honest responder after m2, and an initiator who has read it."""
    responder = ends.start(initiator=False, primitives=REAL)
    forger = Forger(ends, initiator=True)
    responder.read_message(forger.write(*ends.pattern.messages[0], b""))
    forger.read(ends.pattern.messages[1], responder.write_message())
    return responder, forger


def assert_refuses(reader: HandshakeState, message: bytes, error: type[Exception]) -> None:
    """`reader` refuses `message` with exactly that error and is dead."""
    with pytest.raises(error) as caught:
        reader.read_message(message)
    assert type(caught.value) is error
    assert_dead(reader)


@on_the_wire
def test_a_forger_can_be_honest(pattern: Pattern, suite: Suite) -> None:
    """With the fields as they should be, both honest sides finish: the other tests mean it."""
    ends = Ends(pattern, suite)
    responder, forger = honest_responder(ends)
    responder.read_message(forger.write("s", "se", b""))
    assert responder.finished
    initiator, forger = honest_initiator(ends)
    initiator.read_message(forger.write("e", "ee", "ekem1", "s", "es", b""))
    assert initiator.remote_static == ends.static(initiator=False).public


@on_the_wire
@bad_publics
def test_bad_ephemerals(pattern: Pattern, suite: Suite, public: bytes) -> None:
    """No low-order or non-canonical ephemeral key is taken, from either side."""
    ends = Ends(pattern, suite)
    messages = ends.messages()
    for index in (0, 1):
        assert_refuses(ends.reader_of(index, messages), public + messages[index][32:], BadKey)


@on_the_wire
@bad_publics
def test_bad_statics(pattern: Pattern, suite: Suite, public: bytes) -> None:
    """No low-order or non-canonical static key is taken, however well it is encrypted."""
    ends = Ends(pattern, suite)
    responder, forger = honest_responder(ends)
    assert_refuses(responder, padded(forger.write(public), ends, 2), BadKey)
    initiator, forger = honest_initiator(ends)
    assert_refuses(initiator, padded(forger.write("e", "ee", "ekem1", public), ends, 1), BadKey)


@on_the_wire
def test_own_static_key_comes_back(pattern: Pattern, suite: Suite) -> None:
    """Whoever shows us our own key is a mirror, or ourselves on a link to ourselves."""
    ends = Ends(pattern, suite)
    responder, forger = honest_responder(ends)
    own = ends.static(initiator=False).public
    assert_refuses(responder, padded(forger.write(own), ends, 2), BadKey)
    initiator, forger = honest_initiator(ends)
    own = ends.static(initiator=True).public
    assert_refuses(initiator, padded(forger.write("e", "ee", "ekem1", own), ends, 1), BadKey)


@on_the_wire
def test_a_static_key_without_its_private_key(pattern: Pattern, suite: Suite) -> None:
    """Showing someone else's static key is not enough: the DH with it fails the next tag."""
    ends = Ends(pattern, suite)
    stolen = REAL.dh.generate_keypair().public
    responder, forger = honest_responder(ends)
    assert_refuses(responder, forger.write(stolen, "se", b""), BadRecord)
    initiator, forger = honest_initiator(ends)
    message = forger.write("e", "ee", "ekem1", stolen, "es", b"")
    assert_refuses(initiator, message, BadRecord)


@on_the_wire
def test_a_wrong_kem_ciphertext(pattern: Pattern, suite: Suite) -> None:
    """A ciphertext for another key decapsulates to another secret: the next tag fails."""
    ends = Ends(pattern, suite)
    initiator, forger = honest_initiator(ends)
    wrong, secret = REAL.kem.encapsulate(REAL.kem.generate_keypair().public)
    start = forger.write("e", "ee", wrong)
    forger.symmetric.mix_key(secret)
    assert_refuses(initiator, start + forger.write("s", "es", b""), BadRecord)


@on_the_wire
@pytest.mark.parametrize("e1", [b"\xff" * 1184, b"\x01\x0d" + bytes(1182)], ids=["all", "first"])
def test_an_invalid_kem_key(pattern: Pattern, suite: Suite, e1: bytes) -> None:
    """It is found when it is used: m2 is not written, and the handshake is over."""
    ends = Ends(pattern, suite)
    responder, forger = ends.start(initiator=False), Forger(ends, initiator=True)
    tokens = pattern.messages[0][:-1]
    responder.read_message(forger.write(*tokens, e1, b""))
    with pytest.raises(BadKey):
        responder.write_message()
    assert_dead(responder)


@on_the_wire
@pytest.mark.parametrize("payload", [b"\0", bytes(15), bytes(16)], ids=len)
def test_payloads(pattern: Pattern, suite: Suite, payload: bytes) -> None:
    """Payloads are empty, also where the padding of a block cipher would hide one."""
    ends = Ends(pattern, suite)
    responder, forger = ends.start(initiator=False), Forger(ends, initiator=True)
    assert_refuses(responder, forger.write(*pattern.messages[0], payload), BadRecord)
    responder, forger = honest_responder(ends)
    assert_refuses(responder, forger.write("s", "se", payload), BadRecord)
    initiator, forger = honest_initiator(ends)
    assert_refuses(initiator, forger.write(*pattern.messages[1], payload), BadRecord)


@pytest.mark.parametrize("extra", [1, 15])
def test_fields_that_are_longer_inside_their_padding(extra: int) -> None:
    """CBC messages of the right length with e1, ekem1 or s a few bytes too long are refused."""
    more = bytes(extra)
    ends = Ends(XXHFS_PSK0, CBC)
    messages = ends.messages()
    initiator, forger = honest_initiator(ends)
    message = forger.write("e", "ee", REAL.kem.encapsulate(forger.remote["e1"])[0] + more)
    assert_refuses(initiator, padded(message, ends, 1), BadRecord)
    responder, forger = ends.start(initiator=False), Forger(ends, initiator=True)
    message = forger.write("psk", "e", ends.kem.generate_keypair().public + more, b"")
    assert len(message) == len(messages[0])
    assert_refuses(responder, message, BadRecord)
    responder, forger = honest_responder(ends)
    message = forger.write(ends.static(initiator=True).public + more, "se", b"")
    assert len(message) == len(messages[2])
    assert_refuses(responder, message, BadRecord)


def test_no_field_can_be_shorter() -> None:
    """A static key of 31 bytes in a block of the same length is refused as well."""
    ends = Ends(XXHFS, CBC)
    responder, forger = honest_responder(ends)
    assert_refuses(responder, padded(forger.write(bytes([9]) * 31), ends, 2), BadRecord)


def padded(start: bytes, ends: Ends, index: int) -> bytes:
    """A message of the right length whose end is never reached."""
    return start.ljust(len(ends.messages()[index]), b"\0")
