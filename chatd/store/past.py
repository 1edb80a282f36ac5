"""The last conversations of one profile, for whoever asks to go on with one that is over here
(protocol, "After the end"), and their file."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from chatd import limits
from chatd.store.cards import Secret
from chatd.store.documents import Document, ServerAddress
from chatd.store.moment import Moment, moment
from chatd.store.per_server import Book
from chatd.wire.fields import Key, Name


class Past(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A conversation: with whom, the newest secret that proves it, whether we host it, and the
    older secrets that may still be shown; when it ended for us, None while it is open; and whether
    that was because the program did."""

    name: Name
    key: Key
    secret: Secret
    is_host: bool
    older: Annotated[list[Secret], Meta(max_length=limits.RESUME_SECRETS)] = []
    ended: Moment | None = None
    restarted: bool = False


class Conversations:
    """The newest ones at one server, in memory, of which one with each person may be open; `now` is
    in seconds since 1970.

    One that an earlier run has left open ended with that run, and its time begins `now`.
    """

    def __init__(self, kept: Iterable[Past] = (), now: float = 0) -> None:
        self._over: list[Past] = []
        self._open: dict[bytes, Past] = {}
        self._cut: list[Past] = []
        for past in kept:
            if past.ended is None:
                past = _ended(past, now, restarted=True)
                self._cut.append(past)
            self._over.append(past)

    def __iter__(self) -> Iterator[Past]:
        # A copy: it may be gone through in another thread, to be saved.
        return iter([*self._over, *self._open.values()])

    def __len__(self) -> int:
        return len(self._over) + len(self._open)

    def take_cut(self) -> list[Past]:
        """Those that an earlier run has left open; at the first call alone."""
        cut, self._cut = self._cut, []
        return cut

    def remember(self, past: Past, now: float) -> None:
        """A conversation is open, or has another secret."""
        self._open[past.key] = past
        self._forget(now)

    def ended(self, key: bytes, now: float, *, is_known: bool) -> None:
        """The open one with this person is over; if the other side knows that (`is_known`), there
        is nothing to remember."""
        past = self._open.pop(key, None)
        if past is not None and not is_known:
            self._over.append(_ended(past, now, restarted=False))
        self._forget(now)

    def find(self, key: bytes, is_meant: Callable[[bytes], bool], now: float) -> Past | None:
        """The one with this person that is over, and one of whose secrets is meant."""
        self._forget(now)
        theirs = (past for past in self._over if past.key == key)
        return next((past for past in theirs if any(map(is_meant, _secrets(past)))), None)

    def _forget(self, now: float) -> None:
        """What is too old, and the oldest of too many."""
        last = moment(now - limits.PAST_SECONDS)
        most = limits.PAST_CONVERSATIONS - len(self._open)
        self._over = [past for past in self._over if past.ended and past.ended > last][-most:]


def _secrets(past: Past) -> list[bytes]:
    return [past.secret, *past.older]


def _ended(past: Past, now: float, *, restarted: bool) -> Past:
    return msgspec.structs.replace(past, ended=moment(now), restarted=restarted)


_AtServer = Annotated[list[Past], Meta(max_length=limits.PAST_CONVERSATIONS)]


class _Document(Document, frozen=True):
    servers: dict[ServerAddress, _AtServer]


def past_book(path: Path, now: float) -> Book[Conversations]:
    """Those of one profile at all its servers, and their file; raises `StorageError`."""
    return Book(path, "conversations", _Document, partial(Conversations, now=now), list)
