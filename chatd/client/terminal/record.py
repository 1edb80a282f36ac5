"""What each event adds to the scroll-back, and what it does to the messages on their way."""

from collections.abc import Callable

from chatd.client import events as e
from chatd.client.terminal import transcript
from chatd.client.terminal.pending import Pending
from chatd.client.terminal.transcript import Block


class Record:
    """`clock` says the time of day; `pending` is what stands between the record and the prompt."""

    def __init__(self, clock: Callable[[], str]) -> None:
        self._clock = clock
        self.pending = Pending()

    def blocks(self, event: e.Event) -> list[Block]:
        """What to put above the prompt for an event."""
        match event:
            case e.Heard():
                return [transcript.heard(event, self._clock())]
            case e.Held(text):
                self.pending.hold(text, self._clock())
            case e.Said(number, text):
                self.pending.say(number, text, self._clock())
            case e.Delivered(numbers):
                arrived = self.pending.arrive(numbers)
                return [transcript.delivered(sent.text, sent.clock) for sent in arrived]
            case e.Talking() | e.PreparingFailed() | e.NotConnected():
                self.pending.release()
            case e.ConversationOver():
                self.pending.clear()
        return transcript.told(event)
