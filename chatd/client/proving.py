"""Proofs that a request comes from whoever holds a card of the one that it asks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from chatd.client.cards import Cards
from chatd.client.counts import Made
from chatd.wire.proof import PROOF, Ask, prove, read, verifies


@dataclass(frozen=True)
class Proof:
    """The 44 bytes that a request carries, and the secret behind them (32 bytes)."""

    data: bytes
    secret: bytes


class Proofs(Protocol):
    """What asking needs to know of secrets."""

    def ask(self, name: str) -> Proof | None:
        """What a request to this name is to carry."""

    def behind(self, data: bytes, asker: bytes) -> bytes | None:
        """The secret behind a proof that this key sent; None if it proves nothing."""

    def prove(self, secret: bytes, asked: bytes) -> bytes:
        """A proof for this key that we have this secret."""

    def count(self, data: bytes, secret: bytes, asker: bytes) -> int | None:
        """The count in a proof that this key sent, if it was made with this secret."""


class NoProofs:
    """For whoever has no cards."""

    def ask(self, name: str) -> Proof | None:
        """Nothing to prove."""
        return None

    def behind(self, data: bytes, asker: bytes) -> bytes | None:
        """Nothing that could be proved."""
        return None

    def prove(self, secret: bytes, asked: bytes) -> bytes:
        """Nothing that would verify."""
        return bytes(PROOF)

    def count(self, data: bytes, secret: bytes, asker: bytes) -> int | None:
        """Nothing that could be proved."""
        return None


@dataclass(frozen=True)
class Side:
    """Where we are and who we are: the server's key and ours (33 bytes), and our cards there."""

    server_key: bytes
    identity: bytes
    cards: Cards


class CardProofs:
    """Proofs with invite cards; `clock` is in seconds since 1970."""

    def __init__(self, side: Callable[[], Side], clock: Callable[[], float]) -> None:
        self._side = side
        self._clock = clock
        self._made = Made()

    def ask(self, name: str) -> Proof | None:
        """What a request to this name carries, if we got a card from there."""
        side = self._side()
        card = side.cards.of(name, self._clock())
        if card is None:
            return None
        return Proof(self.prove(card.secret, card.key), card.secret)

    def prove(self, secret: bytes, asked: bytes) -> bytes:
        """A proof for this key that we have this secret."""
        side = self._side()
        ask = Ask(side.server_key, side.identity, asked)
        return prove(secret, ask, self._made.next(secret))

    def count(self, data: bytes, secret: bytes, asker: bytes) -> int | None:
        """The count in a proof that this key sent, if it was made with this secret."""
        side = self._side()
        ask = Ask(side.server_key, asker, side.identity)
        return read(data)[1] if verifies(data, secret, ask) else None

    def behind(self, data: bytes, asker: bytes) -> bytes | None:
        """The secret of the card of ours that this proof was made with."""
        side = self._side()
        secret = side.cards.secret(read(data)[0], self._clock())
        ask = Ask(side.server_key, asker, side.identity)
        return secret if secret is not None and verifies(data, secret, ask) else None
