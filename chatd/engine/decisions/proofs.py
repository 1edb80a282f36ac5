"""Proofs that a request comes from whoever holds a card of the one that it asks."""

from collections.abc import Callable

from msgspec import Struct

from chatd.engine.decisions.proof_counts import Made
from chatd.store.cards import Cards
from chatd.store.past import Conversations, Past
from chatd.wire.proof import FAREWELL, Ask, key_id, prove, read, verifies


class Proof(Struct, frozen=True):
    """The 44 bytes that a request carries, and the secret behind them (32 bytes)."""

    data: bytes
    secret: bytes


class Side(Struct, frozen=True):
    """Where we are and who we are: the server's key and ours (33 bytes), our cards there, and our
    last conversations."""

    server_key: bytes
    identity: bytes
    cards: Cards
    past: Conversations


class Proofs:
    """Of cards, and of the secrets of conversations; `clock` is in seconds since 1970."""

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

    def farewell(self, secret: bytes, asked: bytes) -> bytes:
        """A proof for this key that our side of the conversation with this secret is over."""
        side = self._side()
        return prove(secret, Ask(side.server_key, side.identity, asked), FAREWELL)

    def past(self, data: bytes, asker: bytes) -> Past | None:
        """The conversation of ours, over for us, with which this key asks to go on."""
        side = self._side()
        ask = Ask(side.server_key, asker, side.identity)

        def is_meant(secret: bytes) -> bool:
            return key_id(secret) == read(data)[0] and verifies(data, secret, ask)

        return side.past.find(asker, is_meant, self._clock())

    def cut(self) -> list[Past]:
        """The conversations that an earlier run has left open; at the first call alone."""
        return self._side().past.take_cut()

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
