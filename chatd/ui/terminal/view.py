"""The interactive client: shows what the client says, and gives it what the person types."""

import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from prompt_toolkit.input import Input
from prompt_toolkit.output import Output

from chatd import limits
from chatd.engine.client import Client
from chatd.engine.decisions import events as e
from chatd.store.card_prefix import is_card
from chatd.text import whole
from chatd.timer import Timer
from chatd.ui import clock, wording
from chatd.ui.command import Here
from chatd.ui.terminal import entry, labels
from chatd.ui.terminal.around import is_counting, surroundings
from chatd.ui.terminal.attention import Attention
from chatd.ui.terminal.calling import Calling
from chatd.ui.terminal.completion import Seen, complete
from chatd.ui.terminal.guard import Guard
from chatd.ui.terminal.history import history
from chatd.ui.terminal.keys import Actions
from chatd.ui.terminal.person import Deed, Person
from chatd.ui.terminal.rooms import Rooms
from chatd.ui.terminal.screen import Screen, Surroundings
from chatd.ui.terminal.scroll import Scroll
from chatd.ui.terminal.style import style


class TerminalView:
    """One terminal with a client behind it; `clock` is a reactor, or as much of one.

    `history_path` is a file for the lines that were typed; without one they are forgotten at the
    end. `calling` calls a person who looks elsewhere.
    """

    def __init__(
        self,
        clock: Any,
        client: Client,
        input: Input | None = None,
        output: Output | None = None,
        *,
        history_path: Path | None = None,
        colours: Mapping[str, str] | None = None,
        calling: Calling | None = None,
        now: Callable[[], datetime] = clock.local,
    ) -> None:
        self._clock = clock
        self._client = client
        self._rooms = Rooms(lambda: history(None), history(history_path))
        self._person = Person(client, self)
        self._seen = Seen()
        self._attention = Attention(client)
        self._recalls = False
        self._may_be_gone = False  # conversations, since that was looked at
        self._note = ""
        self._title = ""
        self._calling = calling
        self._guard = Guard(sys.stdin.fileno()) if input is None else None
        self._task: asyncio.Task[None] | None = None
        self._second = Timer(clock, lambda _: self.changed())
        self._screen: Screen = Screen(
            self._look,
            self._actions(),
            style(os.environ, colours),
            self._rooms.here.history,
            input,
            output,
        )
        self._scroll = Scroll(client, self._screen, self._rooms, now)
        self._screen.buffer.on_text_changed += self._changed
        if len(talks := client.snapshot().conversations) == 1:
            self._rooms.to = talks[0].id
        client.subscribe(self)

    def _actions(self) -> Actions:
        return Actions(
            self._enter,
            self._interrupt,
            self._leave,
            self._tab,
            self._paste,
            self._go_by_number,
            self._go_to_news,
            self._full,
            lambda: self._screen.look_back(),
        )

    # -- life

    def start(self) -> asyncio.Task[None]:
        """Prompt; done when the prompt has ended, with an error if something went wrong.

        By then the terminal is as it was before.
        """
        if self._guard is not None:
            self._guard.arm()
        self._task = asyncio.get_event_loop().create_task(self._run())
        return self._task

    def stop(self) -> asyncio.Future[None]:
        """Leave the prompt; done when the terminal is as it was before."""
        stopped: asyncio.Future[None] = asyncio.get_event_loop().create_future()
        if self._task is None or self._task.done():
            stopped.set_result(None)
        else:
            self._task.add_done_callback(lambda _: stopped.set_result(None))
            self._screen.end()
        self._second.stop()
        return stopped

    def restore(self) -> None:
        """Give the terminal back at once, before the end of the process."""
        if self._guard is not None:
            self._guard.restore()

    async def _run(self) -> None:
        try:
            await self._screen.run()
        except EOFError:
            self._person.leave()
        finally:
            if self._guard is not None:
                self._guard.disarm()

    # -- the client's side

    def recall(self, tell: Callable[[], None]) -> None:
        """Show what `tell` shows as something of before, for which nobody is called."""
        self._recalls = True
        try:
            tell()
        finally:
            self._recalls = False

    def show(self, event: e.Event) -> None:
        """Put an event above the prompt, or keep it where the person is not."""
        self._seen.notice(event)
        is_elsewhere = isinstance(event, e.OfConversation) and event.conversation != self._rooms.to
        now = self._clock.seconds()
        calls = not self._recalls and self._attention.came(event, now, is_counted=not is_elsewhere)
        if calls and self._calling is not None:
            self._calling.call(event, self._screen.control)
        match event:
            case e.Heard() if is_elsewhere:
                self._rooms.room(event.conversation).news[event.number] = event
            case e.Heard():
                self._scroll.hear(event)
            case e.Whole():
                self._screen.page(wording.whole(event), whole(event.heard.message.text))
            case e.Delivered(numbers) if is_elsewhere:
                room = self._rooms.room(event.conversation)
                room.arrived += room.pending.arrive(numbers)
            case _:
                self._tell_of(event, is_elsewhere=is_elsewhere)
        self.changed()

    def _tell_of(self, event: e.Event, *, is_elsewhere: bool) -> None:
        self._scroll.tell(event, is_elsewhere=is_elsewhere)
        self._may_be_gone = True
        if isinstance(event, e.Preparing) and self._rooms.to is None and not self._line:
            # Whoever asked or accepted them has typed nothing else since.
            self.go(event.conversation)

    def tell(self, lines: list[wording.Line]) -> None:
        """Put lines of ours above the prompt."""
        self._scroll.lines(lines)
        self.changed()

    def changed(self) -> None:
        """The prompt and the line below it say where the person is, once they are drawn again."""
        if self._may_be_gone:
            self._may_be_gone = False
            if self._rooms.keep(talk.id for talk in self._client.snapshot().conversations):
                self._type(self._line or self._rooms.here.draft)
        self._screen.refresh()

    def _look(self) -> Surroundings:
        """What stands around the line, from one look at the client."""
        here = self._person.here
        self._name_window(here)
        self._count(is_counting(here))
        return surroundings(here, self._rooms, self._note, self._screen.columns)

    def _count(self, is_needed: bool) -> None:
        """Refresh every second, as long as there are seconds or bytes to be seen."""
        if is_needed and self._second.due is None:
            self._second.after(1)

    def _name_window(self, here: Here) -> None:
        title = labels.title(
            here, self._attention.unseen, self._rooms.news(here.client.conversations)
        )
        if title != self._title:
            self._title = title
            self._screen.set_title(title)

    # -- where lines go

    @property
    def to(self) -> bytes | None:
        """The conversation that lines go to, None for the server."""
        return self._rooms.to

    def wipe(self) -> None:
        """Take what was said from the screen."""
        self._screen.wipe()

    def go(self, id: bytes | None) -> None:
        """Lines go there from now on; what was said there meanwhile is shown."""
        if id == self._rooms.to:
            return
        self._rooms.here.draft = self._line
        self._rooms.to = id
        self._note = ""
        self._type(self._rooms.here.draft)
        talk = self._person.here.talk
        if talk is not None and talk.stage != "preparing":
            self._scroll.catch_up(talk.id, talk.name)
        self.changed()

    def _go_by_number(self, number: int) -> None:
        talks = self._client.snapshot().conversations
        if not number:
            self.go(None)
        elif number <= len(talks):
            self.go(talks[number - 1].id)
        else:
            self._note = f"there is no conversation {number}"

    def _go_to_news(self) -> None:
        news = self._rooms.news(self._client.snapshot().conversations)
        new = [id for id in self._others() if id in news]
        if new:
            self.go(new[0])

    def _others(self) -> list[bytes]:
        return self._rooms.others(self._client.snapshot().conversations)

    @property
    def _line(self) -> str:
        return self._screen.buffer.text

    @property
    def _mode(self) -> entry.Mode:
        return entry.mode_of(self._person.here)

    # -- the person's side

    def _changed(self, _: object) -> None:
        self._note = ""
        self._attention.touched(self._clock.seconds())
        text, mode = self._line, self._mode
        if text and mode == "waiting":
            self._screen.clear()  # it would be seen when the mode changes
        else:
            self._rooms.here.entry.changed(text, mode)

    def _enter(self) -> None:
        here = self._person.here
        label, text = self._look().label, self._line
        decision = self._rooms.here.entry.entered(text, here)
        self._note = decision.note if isinstance(decision, entry.KeepLine | entry.Ask) else ""
        if isinstance(decision, entry.KeepLine):
            return
        secret = is_card(text) or isinstance(decision, entry.Secret)
        self._clear(remember=isinstance(decision, Deed) and not secret)
        if isinstance(decision, entry.Name | entry.Run):
            shown = "an invite card" if secret else text or f"chat {here.client.again}"
            self._scroll.echo(label, shown)
        self._decided(decision)

    def _decided(self, decision: entry.Decision) -> None:
        match decision:
            case entry.Go(conversation, draft):
                self.go(conversation)
                self._type(f"{self._line} {draft}".strip())
            case entry.Back(line):
                self._type(line)
            case entry.Name() | entry.Secret() | entry.Run() | entry.Say():
                self._person.act(decision)

    def _type(self, line: str) -> None:
        """This is the line now."""
        self._screen.switch(self._rooms.here.history, line)

    def _clear(self, *, remember: bool = False) -> None:
        """The line goes away, and what stood above it stays."""
        note = self._note
        self._screen.clear(remember=remember)
        self._note = note

    def _interrupt(self) -> None:
        if self._screen.buffer.text or self._question is not None:
            self._screen.clear()
            self._rooms.here.entry.drop_question()
            self._rooms.here.entry.changed("", "lobby")
            self._note = ""
        else:
            self._note = labels.way_out(self._mode)

    def _leave(self) -> bool:
        if self._screen.buffer.text:
            return False
        if (question := self._question) is not None:
            self._interrupt()
            self._decided(question.yes)
        else:
            self._person.leave()
        return True

    @property
    def _question(self) -> entry.Question | None:
        return self._rooms.here.entry.question(self._mode)

    def _tab(self) -> None:
        if not self._line and (others := self._others()):
            self.go(others[0])
        else:
            self._complete()

    def _complete(self) -> None:
        here = self._person.here
        if entry.mode_of(here) in ("name", "secret", "waiting"):
            return
        buffer = self._screen.buffer
        before = buffer.document.text_before_cursor
        found = complete(before, here, self._seen.names)
        buffer.insert_text(found.added)
        self._note = "  ".join(found.choices) if not found.added else ""

    def _paste(self, text: str) -> None:
        self._screen.buffer.paste(text)
        self._screen.refresh()

    def _full(self) -> None:
        self._note = f"too long, so left out: a line has at most {limits.MESSAGE_TEXT} bytes"
