"""The straight path of the server's handshake, held to the tables of tokens."""

import pytest

from chatd.errors import BadKey, ChatdError, LocalProtocolError
from chatd.noise.handshake import HandshakeState
from chatd.noise.keys import REAL, KeyPair, Primitives
from chatd.noise.patterns import XXHFS
from chatd.noise.responder import Responder
from chatd.noise.suites import SUITES, Suite

SERVER, CLIENT = REAL.dh.generate_keypair(), REAL.dh.generate_keypair()
PROLOGUE = b"where both begin"
suites = pytest.mark.parametrize("suite", SUITES.values(), ids=list(SUITES))


class FixedKEM:
    """ML-KEM that makes of each public key the same ciphertext and secret every time."""

    def __init__(self) -> None:
        self.name = REAL.kem.name
        self.public_length = REAL.kem.public_length
        self.ciphertext_length = REAL.kem.ciphertext_length
        self.generate_keypair = REAL.kem.generate_keypair
        self.decapsulate = REAL.kem.decapsulate
        self._made: dict[bytes, tuple[bytes, bytes]] = {}

    def encapsulate(self, public: bytes) -> tuple[bytes, bytes]:
        """As the first time."""
        if public not in self._made:
            self._made[public] = REAL.kem.encapsulate(public)
        return self._made[public]


class FixedDH:
    """X25519 that always makes the same key pair."""

    def __init__(self) -> None:
        self.name, self.length = REAL.dh.name, REAL.dh.length
        self.keypair_from_private = REAL.dh.keypair_from_private
        self.dh, self.check_public = REAL.dh.dh, REAL.dh.check_public
        self._pair = REAL.dh.generate_keypair()

    def generate_keypair(self) -> KeyPair:
        """The one."""
        return self._pair


def initiator(suite: Suite) -> HandshakeState:
    """The client, by the tables."""
    return HandshakeState(XXHFS, suite, initiator=True, prologue=PROLOGUE, s=CLIENT)


def both(suite: Suite) -> tuple[HandshakeState, Responder]:
    """The server by the tables and in one line, with the same random choices."""
    fixed = Primitives(FixedDH(), FixedKEM())
    table = HandshakeState(
        XXHFS, suite, initiator=False, prologue=PROLOGUE, s=SERVER, primitives=fixed
    )
    return table, Responder(suite, PROLOGUE, SERVER, fixed)


@suites
def test_both_say_and_find_the_same(suite: Suite) -> None:
    """The same m2, the same client, the same hash and keys for records."""
    table, straight = both(suite)
    client = initiator(suite)
    m1 = client.write_message()
    table.read_message(m1)
    m2 = table.write_message()
    assert straight.answer(m1) == m2
    client.read_message(m2)
    m3 = client.write_message()
    table.read_message(m3)
    straight.finish(m3)
    assert straight.remote_static == table.remote_static == CLIENT.public
    assert straight.handshake_hash == table.handshake_hash == client.handshake_hash
    for ours, theirs in zip(straight.split(), table.split(), strict=True):
        assert ours.encrypt_with_ad(b"", b"text") == theirs.encrypt_with_ad(b"", b"text")


def outcome(step: object, *arguments: object) -> type[ChatdError] | None:
    """How a step ends."""
    try:
        step(*arguments)  # type: ignore[operator]
    except ChatdError as error:
        return type(error)
    return None


def spoilt(message: bytes, step: int) -> list[bytes]:
    """A message with a bit changed here and there, cut and lengthened."""
    flips = [
        message[:at] + bytes([message[at] ^ bit]) + message[at + 1 :]
        for at in range(0, len(message), step)
        for bit in (1, 128)
    ]
    low = bytes(32) + message[32:]
    return [*flips, low, b"\xff" * 32 + message[32:], message[:-1], message + b"\0", b""]


@suites
def test_both_refuse_the_same_first_messages(suite: Suite) -> None:
    """Also with the same error."""
    m1 = initiator(suite).write_message()
    for message in spoilt(m1, 31):
        table, straight = both(suite)

        def by_table(message: bytes = message, table: HandshakeState = table) -> None:
            table.read_message(message)
            table.write_message()

        assert outcome(straight.answer, message) == outcome(by_table)


def before_the_last(suite: Suite) -> tuple[HandshakeState, Responder, HandshakeState]:
    """Both servers and the client, after m2."""
    table, straight = both(suite)
    client = initiator(suite)
    m1 = client.write_message()
    table.read_message(m1)
    client.read_message(straight.answer(m1))
    table.write_message()
    return table, straight, client


@suites
def test_both_refuse_the_same_last_messages(suite: Suite) -> None:
    """Also with the same error, and nobody is known then."""
    for index in range(len(spoilt(before_the_last(suite)[2].write_message(), 5))):
        table, straight, client = before_the_last(suite)
        message = spoilt(client.write_message(), 5)[index]
        found = outcome(straight.finish, message)
        assert found is not None
        assert found == outcome(table.read_message, message)
        assert straight.remote_static is None


@suites
def test_both_refuse_their_own_key(suite: Suite) -> None:
    """Whoever shows the server its own key has not got it from there by accident."""
    table, straight, client = before_the_last(suite)
    assert client._exchange is not None
    client._exchange._local["s"] = SERVER
    m3 = client.write_message()
    assert outcome(straight.finish, m3) == outcome(table.read_message, m3) == BadKey


@suites
def test_a_step_out_of_turn_is_a_fault_of_ours(suite: Suite) -> None:
    """And nothing is left after an error."""
    _, straight = both(suite)
    for step in (lambda: straight.finish(b""), straight.split, lambda: straight.handshake_hash):
        with pytest.raises(LocalProtocolError):
            step()
    _, straight = both(suite)
    assert outcome(straight.answer, b"") is not None
    with pytest.raises(LocalProtocolError):
        straight.answer(initiator(suite).write_message())


@suites
def test_each_step_is_taken_once(suite: Suite) -> None:
    """A second m1, a second m3, and keys that were taken: each is a fault of ours."""
    _, straight = both(suite)
    client = initiator(suite)
    m1 = client.write_message()
    client.read_message(straight.answer(m1))
    with pytest.raises(LocalProtocolError):
        straight.answer(m1)
    m3 = client.write_message()
    straight.finish(m3)
    with pytest.raises(LocalProtocolError):
        straight.finish(m3)
    straight.split()
    with pytest.raises(LocalProtocolError):
        straight.split()
    assert (straight.remote_static, straight.handshake_hash) == (
        CLIENT.public,
        client.handshake_hash,
    )
