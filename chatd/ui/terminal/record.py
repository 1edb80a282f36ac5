"""What each event adds to the scroll-back, and what it does to the messages on their way."""

from collections.abc import Callable
from datetime import date, datetime

from chatd.engine.decisions import events as e
from chatd.ui.terminal import transcript
from chatd.ui.terminal.pending import Pending, Sent
from chatd.ui.terminal.transcript import Block
from chatd.ui.told import Told


class Record:
    """`now` says the local time, `pending` gives what is on its way in a conversation."""

    def __init__(self, now: Callable[[], datetime], pending: Callable[[bytes], Pending]) -> None:
        self._now = now
        self._day: date | None = None
        self._pending = pending
        self._told = Told()

    def blocks(self, event: e.Event) -> list[Block]:
        """What to put above the prompt for an event, under its date if that is a new one."""
        now = self._now()
        if not isinstance(event, e.OfConversation):
            lines = self._told.lines(event, now.timestamp())
            return self._dated(transcript.shown(lines), now)
        pending = self._pending(event.conversation)
        if isinstance(event, e.Delivered):
            return self._dated(_ticked(pending.arrive(event.numbers)), now)
        _follow(event, pending, now)
        lines = self._told.lines(event, now.timestamp())
        return self._dated(transcript.shown(lines), now)

    def arrived(self, messages: list[Sent]) -> list[Block]:
        """What to put there for messages of ours that have arrived."""
        return self._dated(_ticked(messages), self._now()) if messages else []

    def _dated(self, blocks: list[Block], now: datetime) -> list[Block]:
        day = self._new_day(now) if blocks else None
        return [day, *blocks] if day is not None else blocks

    def heard(self) -> tuple[datetime, Block | None]:
        """When a message came, and the date if that is a new one."""
        now = self._now()
        return now, self._new_day(now)

    def _new_day(self, now: datetime) -> Block | None:
        before, self._day = self._day, now.date()
        return transcript.date(now) if before not in (None, self._day) else None


def _ticked(messages: list[Sent]) -> list[Block]:
    return [transcript.delivered(sent.message, sent.when) for sent in messages]


def _follow(event: e.Event, pending: Pending, now: datetime) -> None:
    """What an event does to what is on its way."""
    match event:
        case e.Held(message):
            pending.hold(message, now)
        case e.Said(number, message):
            pending.say(number, message, now)
        case e.Talking() | e.PreparingFailed() | e.NotConnected():
            pending.release()
        case e.ConversationOver():
            pending.clear()
