"""The HandshakeState: whose turn it is, and that a step succeeds whole or ends it (Noise, 5.3)."""

from io import BytesIO

from chatd.errors import BadRecord, LocalProtocolError
from chatd.noise.ciphers import CipherState
from chatd.noise.exchange import Exchange
from chatd.noise.keys import REAL, KeyPair, Primitives
from chatd.noise.lengths import message_lengths
from chatd.noise.patterns import Pattern, protocol_name
from chatd.noise.suites import Suite
from chatd.noise.symmetric import SymmetricState

PSK = 32


class HandshakeState:
    """One side of a handshake, fed with messages and asked for messages by turns.

    Payloads are empty. Any error ends it: the secrets are dropped, the properties are as if
    nothing had been read, and every further call raises `LocalProtocolError`.
    """

    def __init__(
        self,
        pattern: Pattern,
        suite: Suite,
        *,
        initiator: bool,
        prologue: bytes,
        s: KeyPair,
        psk: bytes | None = None,
        primitives: Primitives = REAL,
    ) -> None:
        if (None if psk is None else len(psk)) != (PSK if pattern.has_psk else None):
            raise LocalProtocolError("a pre-shared key is 32 bytes, where the pattern has one")
        symmetric = SymmetricState(protocol_name(pattern, suite, primitives), suite.cipher)
        symmetric.mix_hash(prologue)
        self._exchange: Exchange | None = Exchange(
            symmetric, primitives, initiator=initiator, s=s, psk=psk
        )
        self._messages = pattern.messages
        self._lengths = message_lengths(pattern, suite, primitives)
        self._initiator = initiator
        self._done = 0

    @property
    def finished(self) -> bool:
        """Whether every message has gone through."""
        return self._exchange is not None and self._done == len(self._messages)

    @property
    def remote_static(self) -> bytes | None:
        """The remote side's 32-byte static key, from the message that brought it on."""
        return self._exchange.remote.get("s") if self._exchange else None

    @property
    def remote_ephemeral(self) -> bytes | None:
        """The remote side's 32-byte ephemeral key, from the message that brought it on."""
        return self._exchange.remote.get("e") if self._exchange else None

    @property
    def handshake_hash(self) -> bytes:
        """32 bytes that name this session; raises `LocalProtocolError` before it is finished."""
        if self._exchange is None or not self.finished:
            raise LocalProtocolError("the handshake has no hash before it is finished")
        return self._exchange.handshake_hash

    def show(self, s: KeyPair) -> None:
        """Show this static key instead of the one from the beginning; only before `write_message`.

        Raises `LocalProtocolError` at any other time, and `BadKey` if it is the remote side's.
        """
        # The last message of a side is the one with its static key (XX): where there is still one
        # to write, the key has not been shown.
        exchange = self._lend(self._is_turn(writing=True))
        exchange.use_static(s)
        self._exchange = exchange

    def write_message(self) -> bytes:
        """Our next message; raises `BadKey` if the remote's KEM key turns out to be invalid."""
        exchange = self._lend(self._is_turn(writing=True))
        fields = [exchange.write(token) for token in self._messages[self._done]]
        fields.append(exchange.write_payload())
        self._done += 1
        self._exchange = exchange
        return b"".join(fields)

    def read_message(self, message: bytes) -> None:
        """Take in the remote's next message; raises `BadRecord` or `BadKey`."""
        exchange = self._lend(self._is_turn(writing=False))
        if len(message) != self._lengths[self._done]:
            raise BadRecord
        rest = BytesIO(message)
        for token in self._messages[self._done]:
            exchange.read(token, rest)
        exchange.read_payload(rest)
        self._done += 1
        self._exchange = exchange

    def export(self, label: bytes) -> bytes:
        """32 bytes that both sides share, for the use that `label` names; when the handshake is
        finished, and before `split`."""
        exchange = self._lend(self.finished)
        exported = exchange.export(label)
        self._exchange = exchange
        return exported

    def split(self) -> tuple[CipherState, CipherState]:
        """This side's (sending, receiving) keys, once, when the handshake is finished."""
        exchange = self._lend(self.finished)
        keys = exchange.split()
        self._exchange = exchange
        return keys

    def _is_turn(self, *, writing: bool) -> bool:
        initiators = self._done % 2 == 0
        return self._done < len(self._messages) and initiators == (writing == self._initiator)

    def _lend(self, allowed: bool) -> Exchange:
        """The secrets for one step, which gives them back only where it succeeds."""
        exchange, self._exchange = self._exchange, None
        if exchange is None or not allowed:
            raise LocalProtocolError("the handshake has failed, or this is not its next step")
        return exchange
