"""What each event adds to the scroll-back, and what it does to the messages on their way."""

from collections.abc import Callable
from datetime import date, datetime

from chatd.engine.decisions import events as e
from chatd.ui.terminal import transcript
from chatd.ui.terminal.pending import Pending
from chatd.ui.terminal.transcript import Block


class Record:
    """`now` says the local time; `pending` is what stands between the record and the prompt."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._day: date | None = None
        self.pending = Pending()

    def blocks(self, event: e.Event) -> list[Block]:
        """What to put above the prompt for an event, under its date if that is a new one."""
        now = self._now()
        blocks = self._blocks(event, now)
        day = self._new_day(now) if blocks else None
        return [day, *blocks] if day is not None else blocks

    def heard(self) -> tuple[datetime, Block | None]:
        """When a message came, and the date if that is a new one."""
        now = self._now()
        return now, self._new_day(now)

    def _new_day(self, now: datetime) -> Block | None:
        before, self._day = self._day, now.date()
        return transcript.date(now) if before not in (None, self._day) else None

    def _blocks(self, event: e.Event, now: datetime) -> list[Block]:
        match event:
            case e.Held(text):
                self.pending.hold(text, now)
            case e.Said(number, message):
                self.pending.say(number, message.text, now)
            case e.Delivered(numbers):
                arrived = self.pending.arrive(numbers)
                return [transcript.delivered(sent.text, sent.when) for sent in arrived]
            case e.Talking() | e.PreparingFailed() | e.NotConnected():
                self.pending.release()
            case e.ConversationOver():
                self.pending.clear()
        return transcript.told(event)
