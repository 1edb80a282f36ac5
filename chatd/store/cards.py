"""The invite cards of one profile at one server: those that it gave out, and those that it got."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from chatd import limits
from chatd.errors import ChatdError
from chatd.store.card import Card
from chatd.store.documents import Document, ServerAddress
from chatd.store.moment import Moment, moment
from chatd.store.per_server import Book
from chatd.wire.fields import Key, Name
from chatd.wire.proof import SECRET, key_id

Secret = Annotated[bytes, Meta(min_length=SECRET, max_length=SECRET)]


class TooManyCards(ChatdError):
    """No room for another card."""

    text = f"you have {limits.CARDS} cards out already"
    hint = "invite list shows them, invite revoke ID takes one back"


class UnknownCard(ChatdError):
    """There is no such card."""

    text = "you have no card with that id"
    hint = "invite list shows them"


class Issued(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A card that we gave out, and until when it holds."""

    secret: Secret
    expires: Moment

    @property
    def id(self) -> str:
        """What a person calls it: 16 hexadecimal digits, which say nothing about the secret."""
        return key_id(self.secret).hex()


class Received(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A card that we got: whose it is, and until when it holds."""

    name: Name
    key: Key
    secret: Secret
    expires: Moment


class Cards:
    """The cards at one server, in memory; `now` is in seconds since 1970.

    What has run out is not used, and forgotten only for want of room: the date may be wrong today.
    """

    def __init__(self, issued: Iterable[Issued] = (), received: Iterable[Received] = ()) -> None:
        self._issued = {card.secret: card for card in issued}
        self._received = {card.secret: card for card in received}

    def __len__(self) -> int:
        return len(self._issued) + len(self._received)

    def issued(self, now: float) -> list[Issued]:
        """Those that we gave out and that hold, the oldest first."""
        return [card for card in list(self._issued.values()) if card.expires > moment(now)]

    def received(self, now: float) -> list[Received]:
        """Those that we got and that hold, the oldest first."""
        return [card for card in list(self._received.values()) if card.expires > moment(now)]

    def issue(self, secret: bytes, now: float) -> Issued:
        """Give one out, for `limits.CARD_SECONDS`; raises `TooManyCards`."""
        if len(self._issued) >= limits.CARDS:
            self._issued = {card.secret: card for card in self.issued(now)}
        if len(self._issued) >= limits.CARDS:
            raise TooManyCards
        card = Issued(secret, moment(now + limits.CARD_SECONDS))
        self._issued[secret] = card
        return card

    def receive(self, card: Card, now: float) -> None:
        """Keep one that we got, in place of an earlier one of the same person."""
        kept = [each for each in self._received.values() if each.key != card.identity]
        if len(kept) >= limits.CARDS:
            kept = [each for each in kept if each.expires > moment(now)]
        kept.append(Received(card.name, card.identity, card.secret, moment(card.expires)))
        self._received = {each.secret: each for each in kept[-limits.CARDS :]}

    def of(self, name: str, now: float) -> Received | None:
        """The card with which we ask whoever has this name."""
        return next((card for card in self.received(now) if card.name == name), None)

    def secret(self, id: bytes, now: float) -> bytes | None:
        """The secret of a card that we gave out and that holds, by its key id (8 bytes)."""
        found = (card.secret for card in self.issued(now) if key_id(card.secret) == id)
        return next(found, None)

    def use_up(self, secret: bytes) -> None:
        """A conversation was opened with it; harmless for an unknown one."""
        self._issued.pop(secret, None)
        self._received.pop(secret, None)

    def revoke(self, id: str) -> Issued:
        """Take back one that we gave out, by the beginning of its id, and return it; raises
        `UnknownCard`."""
        found = [card for card in self._issued.values() if id and card.id.startswith(id.lower())]
        if len(found) != 1:
            raise UnknownCard
        return self._issued.pop(found[0].secret)

    def keep(self, card: Issued) -> None:
        """One that was taken back holds all the same."""
        self._issued[card.secret] = card


class _AtServer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    issued: Annotated[list[Issued], Meta(max_length=limits.CARDS)]
    received: Annotated[list[Received], Meta(max_length=limits.CARDS)]


class _Document(Document, frozen=True):
    servers: dict[ServerAddress, _AtServer]


_NONE = _AtServer([], [])


def card_book(path: Path) -> Book[Cards]:
    """The cards of one profile at all its servers, and their file; raises `StorageError`."""

    def load(at: _AtServer = _NONE) -> Cards:
        return Cards(at.issued, at.received)

    def dump(cards: Cards) -> _AtServer:
        # What has run out is written too: whether it holds is judged when it is used.
        return _AtServer(cards.issued(0), cards.received(0))

    return Book(path, "invite cards", _Document, load, dump)
