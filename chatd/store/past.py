"""The last conversations of one profile, for whoever asks to go on with one that is over here
(protocol, "Resuming"), and their file."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from chatd import limits
from chatd.store.cards import Secret
from chatd.store.documents import Document, DocumentFile, Moment, ServerAddress, moment
from chatd.store.per_server import Book
from chatd.wire.fields import Key, Name


class Past(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A conversation: with whom, the secret that proves it, and whether we host it; when it ended
    for us, None while it is open; and whether that was because the program did."""

    name: Name
    key: Key
    secret: Secret
    is_host: bool
    ended: Moment | None = None
    restarted: bool = False


class Conversations:
    """The newest ones at one server, in memory; `now` is in seconds since 1970.

    One that an earlier run has left open ended with that run, and its time begins `now`.
    """

    def __init__(self, kept: Iterable[Past] = (), now: float = 0) -> None:
        self._kept: dict[bytes, Past] = {}
        self._cut: list[Past] = []
        for past in kept:
            self._kept[past.secret] = past
            if past.ended is None:
                self._cut.append(self._end(past, now, restarted=True))

    def __iter__(self) -> Iterator[Past]:
        # A copy: it may be gone through in another thread, to be saved.
        return iter(list(self._kept.values()))

    def __len__(self) -> int:
        return len(self._kept)

    def take_cut(self) -> list[Past]:
        """Those that an earlier run has left open; at the first call alone."""
        cut, self._cut = self._cut, []
        return cut

    def began(self, past: Past, now: float) -> None:
        """A conversation is open."""
        self._forget_expired(now)
        self._kept[past.secret] = past
        while len(self._kept) > limits.PAST_CONVERSATIONS:
            del self._kept[next(iter(self._kept))]

    def ended(self, secret: bytes, now: float, *, is_known: bool) -> None:
        """It is over; if the other side knows that (`is_known`), there is nothing to remember."""
        past = self._kept.get(secret)
        if past is not None and is_known:
            del self._kept[secret]
        elif past is not None:
            self._end(past, now, restarted=False)
        self._forget_expired(now)

    def find(self, key: bytes, is_meant: Callable[[bytes], bool], now: float) -> Past | None:
        """The one with this person that is over, and whose secret is meant."""
        self._forget_expired(now)
        over = (past for past in self if past.ended is not None and past.key == key)
        return next((past for past in over if is_meant(past.secret)), None)

    def _end(self, past: Past, now: float, *, restarted: bool) -> Past:
        ended = msgspec.structs.replace(past, ended=moment(now), restarted=restarted)
        self._kept[past.secret] = ended
        return ended

    def _forget_expired(self, now: float) -> None:
        last = moment(now - limits.PAST_SECONDS)
        self._kept = {past.secret: past for past in self if past.ended is None or past.ended > last}


_AtServer = Annotated[list[Past], Meta(max_length=limits.PAST_CONVERSATIONS)]


class _Document(Document, frozen=True):
    servers: dict[ServerAddress, _AtServer]


def past_book(path: Path, now: float) -> Book[Conversations]:
    """Those of one profile at all its servers, and their file; raises `StorageError`."""
    file = DocumentFile(path, _Document, "conversations")
    stored = file.read()
    known = {} if stored is None else stored.servers

    def write(servers: dict[str, Conversations]) -> None:
        file.write(_Document({server: list(kept) for server, kept in servers.items() if kept}))

    return Book(
        {server: Conversations(kept, now) for server, kept in known.items()}, Conversations, write
    )
