"""What each event adds to the scroll-back, and what it does to the messages on their way."""

from collections.abc import Callable
from datetime import date, datetime

from chatd.client import events as e
from chatd.client.terminal import transcript
from chatd.client.terminal.pending import Pending
from chatd.client.terminal.transcript import Block


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
        if blocks and self._day != now.date():
            is_first, self._day = self._day is None, now.date()
            return blocks if is_first else [transcript.date(now), *blocks]
        return blocks

    def _blocks(self, event: e.Event, now: datetime) -> list[Block]:
        match event:
            case e.Heard():
                return [transcript.heard(event, now)]
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
