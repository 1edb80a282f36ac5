"""The client without a terminal: one line of output per event."""

from collections.abc import Callable
from datetime import datetime

from chatd.engine import commands as c
from chatd.engine.client import Client
from chatd.engine.decisions import events as e
from chatd.peer.message import ACTION
from chatd.text import BREAK, TICK, beginning, isolate, safe_line, whole
from chatd.ui import clock, wording
from chatd.ui.told import Told


class PlainView:
    """Writes every event as lines of text; `write` takes one line without its end.

    What a line is shows in its first character: `<` someone else's words, `>` ours with their
    number and to whom, a tick and the number of what was delivered, `|` a line of a message that
    was asked for as a whole, `*` everything else.
    """

    def __init__(
        self,
        write: Callable[[str], None],
        client: Client,
        now: Callable[[], datetime] = clock.local,
    ) -> None:
        self._write = write
        self._client = client
        self._clock = now
        self._told = Told()

    def show(self, event: e.Event) -> None:
        """One line per event, or a few where the event has details."""
        match event:
            case e.Heard(message=message):
                self._heard(event, message.text)
            case e.Whole(heard):
                self._write(f"* {wording.whole(event)}:")
                for each in whole(heard.message.text):
                    self._write(f"| {isolate(each)}")
            case e.Said(number, message):
                name = self._name(event.conversation)
                text = f"{name}: {isolate(safe_line(message.text))}"
                self._write(f"> {number} {'* ' if message.kind == ACTION else ''}{text}")
            case e.Delivered(numbers):
                name = self._name(event.conversation)
                for number in numbers:
                    self._write(f"{TICK} {number} {name}")
            case _:
                self.tell(self._told.lines(event, self._clock().timestamp()))

    def _name(self, conversation: bytes) -> str:
        talk = self._client.snapshot().conversation(conversation)
        return talk.name if talk is not None else ""

    def tell(self, lines: list[wording.Line]) -> None:
        """Something of ours."""
        for line in lines:
            self._write(f"* {line.text}")

    def _heard(self, event: e.Heard, text: str) -> None:
        if event.late:
            sent = clock.sent(self._clock(), event.late)
            self._write(f"* what {safe_line(event.name)} says next was sent at {sent}")
        lines, hidden = beginning(text)
        who = wording.said_by(wording.speaker(event), event.message.kind)
        self._write(f"< {who}{isolate(BREAK.join(lines))}")
        if hidden:
            self._write(f"* {wording.hidden(hidden, event.number)}")
        self._client.do(c.Seen(event.number, not hidden, event.conversation or None))
