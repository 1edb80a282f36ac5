"""The one long-lived prompt, and the output above it."""

import asyncio
import sys
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from prompt_toolkit.application.current import set_app
from prompt_toolkit.application.run_in_terminal import in_terminal
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition, is_searching
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import History
from prompt_toolkit.input import Input
from prompt_toolkit.input.typeahead import get_typeahead
from prompt_toolkit.input.vt100 import Vt100Input
from prompt_toolkit.key_binding.key_processor import KeyPress
from prompt_toolkit.layout import (
    BufferControl,
    ConditionalContainer,
    Dimension,
    FormattedTextControl,
    HSplit,
    Layout,
    SearchBufferControl,
    VerticalAlign,
    Window,
)
from prompt_toolkit.layout.processors import BeforeInput
from prompt_toolkit.output import Output
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.renderer import print_formatted_text
from prompt_toolkit.styles import Style

from chatd import limits
from chatd.text import GUTTER
from chatd.ui.terminal import keys, transcript
from chatd.ui.terminal.backlog import Backlog, Draw
from chatd.ui.terminal.keyboard import Keyboard
from chatd.ui.terminal.line import Line, Straight, Unseen
from chatd.ui.terminal.reflow import ReflowingApplication
from chatd.ui.terminal.suspending import Suspending
from chatd.ui.terminal.transcript import Row

if TYPE_CHECKING:
    from chatd.ui.terminal.pager import Pager

_FORGET_SCROLLED = "\x1b[3J"


class Surroundings(Struct, frozen=True):
    """What stands around the line being typed."""

    above: StyleAndTextTuples
    label: str
    below: StyleAndTextTuples
    unseen: bool = False
    """Whether the line itself is not to be shown."""


class Screen:
    """A line editor at the bottom of the terminal's own scroll-back."""

    def __init__(
        self,
        look: Callable[[], Surroundings],
        actions: keys.Actions,
        style: Style,
        history: History,
        input: Input | None,
        output: Output | None,
    ) -> None:
        self._look = look
        self._around = Surroundings([], "", [])
        self._actions = actions
        self._style = style
        self._backlog = Backlog(lambda count: partial(transcript.rows, transcript.folded(count)))
        self._scheduled = False
        self._rests_until = 0.0
        self._ended = False
        self._pager: Pager | None = None
        self._written: deque[str] = deque(maxlen=limits.LOOK_BACK_ROWS)
        self.buffer = Line(history, actions.full)
        self._application = ReflowingApplication(
            layout=self._layout(),
            key_bindings=keys.bindings(self.buffer, actions, lambda: self._look().unseen),
            style=style,
            include_default_pygments_style=False,
            erase_when_done=True,
            # A signal says when it changes; asking twice a second would wake an idle client.
            terminal_size_polling_interval=None,
            input=input,
            output=output or _terminal(),
        )
        self._application.before_render += self._look_around
        self._keyboard = _keyboard(self._application.input, self._pasted)

    def _layout(self) -> Layout:
        above = _unless_empty(lambda: self._around.above)
        search = SearchBufferControl(input_processors=[BeforeInput("find: ", "class:prompt")])
        line = Window(
            BufferControl(
                self.buffer,
                input_processors=[Straight(), Unseen(lambda: self._around.unseen)],
                search_buffer_control=search,
                preview_search=True,
            ),
            height=lambda: Dimension(min=1, max=max(1, self.rows // 2)),
            wrap_lines=True,
            dont_extend_height=True,
            get_line_prefix=self._line_prefix,
        )
        searching = ConditionalContainer(Window(search, height=1), is_searching)
        parts = [above, line, searching, _unless_empty(lambda: self._around.below)]
        return Layout(HSplit(parts, align=VerticalAlign.TOP), focused_element=line)

    def _line_prefix(self, line: int, wrapped: int) -> StyleAndTextTuples:
        if wrapped:
            return []
        return [("class:quiet", GUTTER)] if line else [("class:prompt", self._around.label)]

    def _look_around(self, _: object) -> None:
        """Once for each drawing, which asks for it again and again."""
        self._around = self._look()

    # -- size and looks

    @property
    def columns(self) -> int:
        """The width of the terminal in cells."""
        return self._application.output.get_size().columns

    @property
    def rows(self) -> int:
        """The height of the terminal."""
        return self._application.output.get_size().rows

    def set_title(self, title: str) -> None:
        """Name the terminal's window; '' takes the name away."""
        self._application.output.set_title(title)
        self._application.output.flush()

    def control(self, sequence: str) -> None:
        """Send the terminal a control sequence of ours that changes nothing on the screen."""
        self._application.output.write_raw(sequence)
        self._application.output.flush()

    def refresh(self) -> None:
        """Draw again soon."""
        if not self._scheduled:
            self._application.invalidate()

    # -- the line

    def clear(self, *, remember: bool = False) -> None:
        """Empty the line, into the history if it is to be remembered."""
        self.buffer.reset(append_to_history=remember)
        # Otherwise done while drawing, which may be after the next key.
        self.buffer.load_history_if_not_yet_loaded()

    def switch(self, history: History, line: str) -> None:
        """Another line with a past of its own."""
        self.buffer.history = history
        self.buffer.reset(Document(line))
        if self._application.is_running:
            # Elsewhere than behind a key, the library does not know which application it is.
            with set_app(self._application):
                self.buffer.load_history_if_not_yet_loaded()

    # -- output

    def print(self, draw: Draw) -> None:
        """Put something of ours above the prompt, behind all that came before it."""
        self._backlog.add(draw)
        self._soon()

    def hear(self, text: str, draw: Draw, drawn: Callable[[], None]) -> None:
        """The same for a message of this text, unless too much waits already: then it is counted
        only. `drawn` is called when all of it stands there."""
        self._backlog.hear(text, draw, drawn)
        self._soon()

    def look_back(self) -> None:
        """Show what was written so far, the latest first seen; nothing where that is nothing."""
        if self._written:
            self.page("what was said", list(self._written), from_end=True)

    def wipe(self) -> None:
        """Take away what was written, also where the terminal scrolls back to."""
        self.flush()
        self._written.clear()
        self._application.renderer.clear()
        self.control(_FORGET_SCROLLED)

    def page(self, title: str, lines: list[str], *, from_end: bool = False) -> None:
        """Show lines of others on a screen of their own until the person has read them."""
        if self._application.is_running and self._pager is None:
            from chatd.ui.terminal.pager import Pager

            streams = self._application.input, self._application.output
            self._pager = Pager(title, lines, *streams, from_end=from_end)
            self._application.create_background_task(self._page(self._pager))

    async def _page(self, pager: "Pager") -> None:
        try:
            with set_app(self._application):
                async with in_terminal():
                    key = await pager.run_async(set_exception_handler=False, handle_sigint=False)
                self._pager = None
                self._type([*([key] if key else []), *get_typeahead(self._application.input)])
        finally:
            self._pager = None
            self._soon()

    def _pasted(self, text: str) -> None:
        """A paste is for the line, whatever covers it."""
        if self._pager is not None:
            self._pager.close()
        self._actions.paste(text)

    def _type(self, keys: list[KeyPress]) -> None:
        """What was typed while something else had the keyboard."""
        self._application.key_processor.feed_multiple(keys)
        self._application.key_processor.process_keys()

    def _soon(self) -> None:
        """With all others of this turn of the event loop."""
        if self._ended:
            self.flush()
        elif self._application.loop is not None and not self._scheduled:
            self._scheduled = True
            loop = self._application.loop
            loop.call_at(max(loop.time(), self._rests_until), self._turn)

    def _turn(self) -> None:
        """Write what waits, as much as one turn has time for; then the keyboard is heard, and what
        comes within a moment is written together, as each time the prompt is drawn anew."""
        if self._pager is None:
            self._write(self._backlog.take(self._columns))
        self._scheduled = False
        if self._pager is not None or self._application.loop is None:
            return
        self._application.redraw()
        self._rests_until = self._application.loop.time() + limits.DRAWING_SECONDS
        if self._backlog:
            self._rests_until = 0.0
            self._soon()

    def flush(self) -> None:
        """Write all that waits."""
        while self._backlog:
            self._write(self._backlog.take(self._columns))

    def _write(self, rows: list[Row]) -> None:
        if not rows:
            return
        if self._application.is_running:
            # The library's own way lets the terminal echo what is typed in the meantime.
            self._application.erase()
        self._written.extend("".join(part[1] for part in row) for row in rows)
        parts = [part for row in rows for part in (*row, ("", "\n"))]
        print_formatted_text(self._application.output, parts, self._style)
        self._application.output.flush()

    def _columns(self) -> int:
        return self.columns

    # -- life

    async def run(self) -> None:
        """Prompt until `end`; raises what went wrong, `EOFError` if the terminal is gone."""
        if not self._ended:
            await self._prompt()

    async def _prompt(self) -> None:
        loop = asyncio.get_running_loop()
        before = loop.get_exception_handler()
        loop.set_exception_handler(self._failed)
        try:
            with Suspending(self._application):
                await self._application.run_async(
                    pre_run=self.flush, set_exception_handler=False, handle_sigint=False
                )
        finally:
            loop.set_exception_handler(before)
            self._ended = True
            self._keyboard.close()
            self.set_title("")
            self.flush()

    def end(self, error: BaseException | None = None) -> None:
        """Leave the prompt, with an error if there is one; nothing if it is being left."""
        if self._pager is not None:
            self._pager.close()
        future = self._application.future
        if future is None:
            self._ended = True
            self.flush()
        elif future.done():
            return
        elif error is None:
            self._application.exit()
        else:
            self._application.exit(exception=error)

    def _failed(self, loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        error = context.get("exception")
        self.end(error if isinstance(error, Exception) else RuntimeError(str(context["message"])))


def _unless_empty(text: Callable[[], StyleAndTextTuples]) -> ConditionalContainer:
    window = Window(FormattedTextControl(text), dont_extend_height=True)
    return ConditionalContainer(window, Condition(lambda: bool(text())))


def _keyboard(input: Input, paste: Callable[[str], None]) -> Keyboard:
    """One that takes the place of the library's parser."""
    if not isinstance(input, Vt100Input):
        raise TypeError("neither a terminal nor a pipe")
    keyboard = Keyboard(input.vt100_parser.feed_key_callback, paste)
    input.vt100_parser = keyboard
    return keyboard


def _terminal() -> Output:
    # Without cursor position reports: nothing here needs them, and a late answer of a slow
    # terminal would end up in the shell.
    output = Vt100_Output.from_pty(sys.stdout)
    output.enable_cpr = False
    return output
