"""Two sides of a handshake with fixed keys, and a forger who has all keys and no manners."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey

from chatd.errors import LocalProtocolError
from chatd.noise.exchange import Exchange
from chatd.noise.handshake import HandshakeState
from chatd.noise.keys import MLKEM768, REAL, X25519, KeyPair, Primitives
from chatd.noise.patterns import XXHFS, XXHFS_PSK0, Pattern, Token, protocol_name
from chatd.noise.suites import CBC, GCM, Suite
from chatd.noise.symmetric import SymmetricState

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "chatd-noise.json").read_text("utf-8")
)

PROLOGUE = b"chatd/1 tests"
PSK = bytes(range(32))
WIRE = [(XXHFS, GCM), (XXHFS, CBC), (XXHFS_PSK0, GCM), (XXHFS_PSK0, CBC)]
"""The patterns and suites that go over the wire."""
WIRE_IDS = ["xxhfs-gcm", "xxhfs-cbc", "psk0-gcm", "psk0-cbc"]


def dh_pair(byte: int) -> KeyPair:
    """The X25519 key pair whose private key is one byte, repeated."""
    return X25519().keypair_from_private(bytes([byte]) * 32)


class FixedDH(X25519):
    """X25519 with one ephemeral key for ever."""

    def __init__(self, ephemeral: KeyPair) -> None:
        self._ephemeral = ephemeral

    def generate_keypair(self) -> KeyPair:
        return self._ephemeral


class FixedKEM(MLKEM768):
    """ML-KEM-768 with one key pair, and one result of encapsulation, for ever."""

    def __init__(self, keypair: KeyPair, encapsulated: tuple[bytes, bytes]) -> None:
        self._keypair = keypair
        self._encapsulated = encapsulated

    def generate_keypair(self) -> KeyPair:
        return self._keypair

    def encapsulate(self, public: bytes) -> tuple[bytes, bytes]:
        super().encapsulate(public)
        return self._encapsulated


def fixed_kem(seed: int) -> FixedKEM:
    """The KEM whose key pair comes from `seed`, with a ciphertext for that key."""
    private = MLKEM768PrivateKey.from_seed_bytes(bytes([seed]) * 64)
    public = private.public_key().public_bytes_raw()
    return FixedKEM(KeyPair(private, public), REAL.kem.encapsulate(public))


@dataclass
class Ends:
    """What two sides with fixed keys start from: every start gives the same messages."""

    pattern: Pattern
    suite: Suite
    ephemerals: int = 19
    prologue: bytes = PROLOGUE
    kem: FixedKEM = field(default_factory=lambda: fixed_kem(21))

    def __post_init__(self) -> None:
        self.psk = PSK if self.pattern.has_psk else None
        self._statics = {True: dh_pair(17), False: dh_pair(18)}
        self._dhs = {
            True: FixedDH(dh_pair(self.ephemerals)),
            False: FixedDH(dh_pair(self.ephemerals + 1)),
        }

    def static(self, *, initiator: bool) -> KeyPair:
        """The static key pair of one side."""
        return self._statics[initiator]

    def start(self, *, initiator: bool, **changes: Any) -> HandshakeState:
        """One side before the first message, with some of its arguments changed."""
        arguments: dict[str, Any] = {
            "prologue": self.prologue,
            "s": self._statics[initiator],
            "psk": self.psk,
            "primitives": Primitives(self._dhs[initiator], self.kem),
        } | changes
        suite = arguments.pop("suite", self.suite)
        return HandshakeState(self.pattern, suite, initiator=initiator, **arguments)

    def pair(self) -> tuple[HandshakeState, HandshakeState]:
        """The initiator and the responder."""
        return self.start(initiator=True), self.start(initiator=False)

    def messages(self) -> list[bytes]:
        """The three messages of an undisturbed handshake."""
        return run(*self.pair())

    def reader_of(self, index: int, messages: list[bytes]) -> HandshakeState:
        """The side that reads message `index`, after the ones before it."""
        reader = self.start(initiator=index % 2 == 1)
        for i, message in enumerate(messages[:index]):
            if i % 2 == index % 2:
                reader.read_message(message)
            else:
                reader.write_message()
        return reader


def run(initiator: HandshakeState, responder: HandshakeState) -> list[bytes]:
    """Carry all messages of a handshake; returns them."""
    messages: list[bytes] = []
    while not initiator.finished:
        turn = (initiator, responder)
        writer, reader = turn if len(messages) % 2 == 0 else turn[::-1]
        messages.append(writer.write_message())
        reader.read_message(messages[-1])
    return messages


CALLS: list[Callable[[HandshakeState], object]] = [
    lambda state: state.write_message(),
    lambda state: state.read_message(b""),
    lambda state: state.split(),
    lambda state: state.handshake_hash,
]
"""All that a handshake can be asked to do."""


def assert_dead(state: HandshakeState) -> None:
    """Nothing can be asked of `state` any more, nor read from it."""
    assert (state.finished, state.remote_static, state.remote_ephemeral) == (False, None, None)
    for call in CALLS:
        with pytest.raises(LocalProtocolError):
            call(state)


class Forger:
    """An end that holds real keys and writes whatever fields it likes, properly encrypted."""

    def __init__(self, ends: Ends, *, initiator: bool) -> None:
        self.symmetric = SymmetricState(
            protocol_name(ends.pattern, ends.suite, REAL), ends.suite.cipher
        )
        self.symmetric.mix_hash(ends.prologue)
        self._exchange = Exchange(
            self.symmetric,
            REAL,
            initiator=initiator,
            s=ends.static(initiator=initiator),
            psk=ends.psk,
        )
        self.remote = self._exchange.remote

    def write(self, *fields: Token | bytes) -> bytes:
        """A message: tokens as they should be, bytes encrypted where a token's field would be."""
        return b"".join(map(self._field, fields))

    def read(self, tokens: tuple[Token, ...], message: bytes) -> None:
        """Read a message as an honest end does."""
        rest = BytesIO(message)
        for token in tokens:
            self._exchange.read(token, rest)
        self._exchange.read_payload(rest)

    def _field(self, content: Token | bytes) -> bytes:
        if isinstance(content, bytes):
            return self.symmetric.encrypt_and_hash(content)
        return self._exchange.write(content)
