"""Messages of ours that the other side has not acknowledged, and those held until it is there."""

from datetime import datetime

from msgspec import Struct

from chatd.peer.message import Message
from chatd.text import cells, cut, isolate, safe_line
from chatd.ui.clock import of_day
from chatd.ui.wording import said_by

SHOWN = 3
"""Messages that stand above the prompt; the others are counted."""
SIGN = "·"


class Sent(Struct, frozen=True):
    """A message on its way, and when it was sent."""

    message: Message
    when: datetime


class Pending:
    """In the order in which they were typed."""

    def __init__(self) -> None:
        self._held: list[Sent] = []
        self._sent: dict[int, Sent] = {}

    def __len__(self) -> int:
        return len(self._held) + len(self._sent)

    def hold(self, message: Message, when: datetime) -> None:
        """A line waits for the conversation to open."""
        self._held.append(Sent(message, when))

    def release(self) -> None:
        """What was held is sent now, message by message, or is reported as unsent."""
        self._held.clear()

    def say(self, number: int, message: Message, when: datetime) -> None:
        """A message is on its way."""
        self._sent[number] = Sent(message, when)

    def arrive(self, numbers: list[int]) -> list[Sent]:
        """Those of these messages that were on their way, which they are no longer."""
        return [self._sent.pop(number) for number in numbers if number in self._sent]

    def clear(self) -> None:
        """The conversation is over."""
        self._held.clear()
        self._sent.clear()

    def rows(self, columns: int) -> list[str]:
        """The newest messages, one row each, under the number of those that are not shown."""
        waiting = [*self._sent.values(), *self._held]
        hidden = len(waiting) - SHOWN
        more = [cut(f"{SIGN} +{hidden} more", columns - 1)] if hidden > 0 else []
        return more + [_row(sent, columns - 1) for sent in waiting[-SHOWN:]]


def _row(sent: Sent, width: int) -> str:
    who = said_by("you", sent.message.kind)
    prefix = cut(f"{SIGN} {of_day(sent.when)} {who}", width)
    return prefix + isolate(cut(safe_line(sent.message.text), width - cells(prefix)))
