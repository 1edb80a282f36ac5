"""What other people said, kept until the person has read it (protocol, "Conversation")."""

from collections import deque
from collections.abc import Callable, Iterator
from itertools import count

from msgspec import Struct

from chatd import limits
from chatd.engine.decisions.events import Heard
from chatd.peer.message import Message


class _Kept(Struct):
    """A message that came; its text is kept in the form that takes the least."""

    name: str
    text: bytes
    kind: str
    time: int | None
    late: int
    petname: str
    is_seen: bool = False
    is_read: bool = False

    @property
    def size(self) -> int:
        return len(self.text) + limits.ROOM_OF_ONE


class Inbox:
    """The messages of one conversation by their number, which counts all that this client has got
    in any, from 1.

    It has room for `limits.ROOM` bytes. A message that was not read stays until it is; those that
    were make way for new ones, in the order in which they were read.
    """

    def __init__(
        self, next_number: Callable[[], int] | None = None, conversation: bytes = b""
    ) -> None:
        self._next = next_number or count(1).__next__
        self._conversation = conversation
        self._kept: dict[int, _Kept] = {}
        self._read: deque[int] = deque()
        self._count = 0
        self._size = 0
        self._unread = 0
        self._is_told = False

    @property
    def is_full(self) -> bool:
        """Whether the next message could find no room, as too much is unread."""
        most = limits.MESSAGE_TEXT + limits.ROOM_OF_ONE
        return self._unread + most > limits.ROOM

    def fills(self) -> bool:
        """Whether it is full, and the person has not been told since half of it was free: while
        they read, each message takes the place of another."""
        told, self._is_told = self._is_told, self._is_told or self.is_full
        return self.is_full and not told

    @property
    def unread(self) -> list[int]:
        """The numbers of those that were not read as a whole."""
        return [number for number, kept in self._kept.items() if not kept.is_read]

    @property
    def last(self) -> int:
        """The number of the newest, 0 before there is one."""
        return self._count

    def add(self, name: str, message: Message, late: int, petname: str = "") -> Heard:
        """Keep what has come, and return it with its number."""
        self._count = self._next()
        kept = _Kept(name, message.text.encode(), message.kind, message.time, late, petname)
        self._kept[self._count] = kept
        self._size += kept.size
        self._unread += kept.size
        self._make_way()
        key = self._conversation
        return Heard(name, message, late, self._count, petname, conversation=key)

    def get(self, number: int) -> Heard | None:
        """One of them, None for a number that there is not or not any more."""
        kept = self._kept.get(number)
        if kept is None:
            return None
        message = Message(kept.text.decode(), kept.kind, kept.time)
        key = self._conversation
        return Heard(kept.name, message, kept.late, number, kept.petname, conversation=key)

    def unseen(self) -> Iterator[Heard]:
        """Those of which nothing was shown, oldest first."""
        numbers = [number for number, kept in self._kept.items() if not kept.is_seen]
        for number in numbers:
            if (heard := self.get(number)) is not None:
                yield heard

    def seen(self, number: int, *, whole: bool) -> None:
        """One was shown, as a `whole` or in part; harmless for a number that is not there."""
        kept = self._kept.get(number)
        if kept is None:
            return
        kept.is_seen = True
        if whole and not kept.is_read:
            kept.is_read = True
            self._read.append(number)
            self._unread -= kept.size
            self._is_told = self._is_told and self._unread > limits.ROOM // 2
            self._make_way()

    def _make_way(self) -> None:
        while self._size > limits.ROOM and self._read:
            self._size -= self._kept.pop(self._read.popleft()).size
