"""What was said in every conversation and not read yet; numbers are those of the client."""

from collections.abc import Callable, Iterator
from itertools import count

from chatd.engine.decisions.events import Heard
from chatd.engine.decisions.inbox import Inbox


class Inboxes:
    """One for each conversation, by its key, with room of its own: who says much in one takes
    nothing from another. It stays behind the conversation for what is unread."""

    def __init__(self) -> None:
        self._inboxes: dict[bytes, Inbox] = {}
        self._next = count(1).__next__

    def of(self, key: bytes) -> Inbox:
        """That of the conversation with this person."""
        return self._inboxes.setdefault(key, Inbox(self._next, key))

    def among(self, key: bytes | None) -> "Inbox | Inboxes":
        """That of this conversation, an empty one if there is none; for None all."""
        return self if key is None else self._inboxes.get(key) or Inbox(self._next, key)

    def over(self, is_open: Callable[[bytes], bool]) -> None:
        """Forget those of conversations that are over, unless there is something to read, and but
        for one, in which something can be read again."""
        kept = self._inboxes.items()
        read = [key for key, each in kept if not (each.unread or is_open(key))]
        for key in read[:-1]:
            del self._inboxes[key]

    def unread_beside(self, keys: set[bytes]) -> int:
        """How many others than these have something to read."""
        return sum(1 for key, each in self._inboxes.items() if each.unread and key not in keys)

    # -- as one, by number

    def with_number(self, number: int) -> bytes | None:
        """The conversation in which the message with this number came."""
        found = (key for key, inbox in self._inboxes.items() if inbox.get(number) is not None)
        return next(found, None)

    def get(self, number: int) -> Heard | None:
        """One message, None for a number that there is not or not any more."""
        key = self.with_number(number)
        return self._inboxes[key].get(number) if key is not None else None

    def unseen(self) -> Iterator[Heard]:
        """Those of which nothing was shown, oldest first."""
        found = (heard for inbox in self._inboxes.values() for heard in inbox.unseen())
        yield from sorted(found, key=lambda heard: heard.number)

    @property
    def unread(self) -> list[int]:
        """The numbers of those that were not read as a whole."""
        return sorted(number for inbox in self._inboxes.values() for number in inbox.unread)

    @property
    def last(self) -> int:
        """The number of the newest, 0 before there is one."""
        return max((inbox.last for inbox in self._inboxes.values()), default=0)
