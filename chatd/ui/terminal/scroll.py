"""What was said and what happened, above the prompt."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from chatd.engine import commands as c
from chatd.engine.client import Client
from chatd.engine.decisions import events as e
from chatd.ui import wording
from chatd.ui.terminal import transcript
from chatd.ui.terminal.record import Record
from chatd.ui.terminal.rooms import Rooms
from chatd.ui.terminal.screen import Screen


class Scroll:
    """Writes it on the screen of one terminal; `now` says the local time."""

    def __init__(
        self, client: Client, screen: Screen, rooms: Rooms, now: Callable[[], datetime]
    ) -> None:
        self._client = client
        self._screen = screen
        self._rooms = rooms
        self._record = Record(now, lambda id: rooms.room(id).pending)

    def tell(self, event: e.Event, *, is_elsewhere: bool) -> None:
        """Say an event in words; `is_elsewhere` if the person is not where it happened."""
        if isinstance(event, e.ConversationOver) and is_elsewhere:
            self.catch_up(event.conversation, event.name)  # nobody can go there any more
        blocks = self._record.blocks(event)
        if isinstance(event, e.Talking) and is_elsewhere:
            # Its last line says what to type there, which nobody does from here.
            hint = wording.Line("quiet", f"hint: /to {event.name} goes there")
            blocks = [*blocks[:-1], transcript.line(hint)]
        self._print(blocks)

    def lines(self, lines: list[wording.Line]) -> None:
        """Lines of ours."""
        self._print([transcript.line(each) for each in lines])

    def echo(self, label: str, typed: str) -> None:
        """What was typed, with the label before it."""
        self._print([transcript.echo(label, typed)])

    def hear(self, event: e.Heard) -> None:
        """A message is put into its form when it is drawn, which may be later or never."""
        now, day = self._record.heard()
        if day is not None:
            self._screen.print(partial(transcript.rows, day))
        blocks: list[transcript.Block] = []

        def draw(columns: Callable[[], int]) -> Iterator[transcript.Row]:
            blocks.append(transcript.heard(event, now))
            return transcript.rows(blocks[0], columns)

        def drawn() -> None:
            whole = not blocks[0].footer
            self._client.do(c.Seen(event.number, whole, event.conversation or None))

        self._screen.hear(event.message.text, draw, drawn)

    def catch_up(self, id: bytes, name: str) -> None:
        """Show what came in a conversation while the person was elsewhere."""
        room = self._rooms.room(id)
        old, new = room.catch_up(self._client.snapshot().conversation(id))
        arrived, room.arrived = room.arrived, []
        self._print([transcript.place(name, 0 if old else len(new))])
        self._print(self._record.arrived(arrived))
        for heard in old:
            self.hear(heard)
        if old and new:
            self._print([transcript.place(name, len(new))])
        for heard in new:
            self.hear(heard)

    def _print(self, blocks: list[transcript.Block]) -> None:
        for block in blocks:
            self._screen.print(partial(transcript.rows, block))
