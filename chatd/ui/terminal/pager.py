"""One message on a screen of its own: bare, so that it can be copied, and nothing of ours beside it
but the last row, so that it can be taken for nothing else."""

from prompt_toolkit.application import Application
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.key_binding.key_processor import KeyPress
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import Layout, Window
from prompt_toolkit.output import Output

from chatd import graphemes
from chatd.text import cut
from chatd.ui.terminal.folding import extent

_ALL = 10**6
CLOSES, MOVES = "q closes", "Space, arrows"


class Pages:
    """The rows of some lines at a width, as a terminal breaks them, and which of them are seen."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._columns = 0
        self._rows: list[str] = []
        self._height = 1
        self._at = 0

    def fit(self, columns: int, height: int) -> None:
        """The screen has this size, at least 1 by 1."""
        if columns != self._columns:
            self._columns = columns
            self._rows = [row for line in self._lines for row in broken(line, columns)]
        self._height = height
        self.move(0)

    def move(self, rows: int) -> bool:
        """Go on by so many rows, or back; False at the end where it was already."""
        before = self._at
        self._at = max(0, min(self._at + rows, len(self._rows) - self._height))
        return self._at != before

    def turn(self, pages: int) -> bool:
        """The same by whole pages."""
        return self.move(pages * self._height)

    @property
    def seen(self) -> str:
        """What is on the screen: a line that is broken is one line, which the terminal breaks."""
        return "".join(self._rows[self._at : self._at + self._height]).removesuffix("\r\n")

    @property
    def place(self) -> str:
        """Which of all rows these are."""
        last = min(self._at + self._height, len(self._rows))
        return f"{self._at + 1}-{last} of {len(self._rows)}"


def broken(line: str, columns: int) -> list[str]:
    """A line as a terminal breaks it where it is full; the last row has the line's end."""
    rows, row, used = [], "", 0
    for piece in graphemes.graphemes(line):
        cells = extent(piece)
        if row and used + cells > columns:
            rows.append(row)
            row, used = "", 0
        row += piece
        used += cells
    return [*rows, row + "\r\n"]


class Pager(Application[KeyPress | None]):
    """Shows lines until a key closes it; any other key than its own closes it and is the result."""

    def __init__(
        self,
        title: str,
        lines: list[str],
        input: Input,
        output: Output,
        *,
        from_end: bool = False,
    ) -> None:
        self._title = title
        self._from_end = from_end
        self._pages = Pages(lines)
        self._is_open = False
        super().__init__(
            layout=Layout(Window()), key_bindings=self._keys(), input=input, output=output
        )

    def close(self) -> None:
        """Give the screen back; harmless if that is done."""
        if self.future is not None and not self.future.done():
            self.exit()

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()
        for key, rows in (("down", 1), ("up", -1)):
            keys.add(key)(lambda event, rows=rows: self._moved(self._pages.move(rows)))
        for key, pages in (("pagedown", 1), ("pageup", -1), ("home", -_ALL), ("end", _ALL)):
            keys.add(key)(lambda event, pages=pages: self._moved(self._pages.turn(pages)))
        for key in (" ", "enter"):
            keys.add(key)(lambda event: self._moved(self._pages.turn(1)) or self.exit())
        for key in ("q", "escape", "c-c", "<sigint>"):
            keys.add(key, eager=True)(lambda event: self.exit())
        keys.add(Keys.Any)(self._other)
        return keys

    def _moved(self, has_moved: bool) -> bool:
        self.invalidate()
        return has_moved

    def _other(self, event: KeyPressEvent) -> None:
        self.exit(result=event.key_sequence[0])

    def _redraw(self, render_as_done: bool = False) -> None:
        """The library would break the lines itself, and nobody could copy them whole."""
        if render_as_done:
            self._leave()
        elif self.is_running and not self.is_done:
            self._draw(self.output)

    def _draw(self, output: Output) -> None:
        if not self._is_open:
            self._is_open = True
            output.enter_alternate_screen()
            output.enable_autowrap()
        size = output.get_size()
        self._pages.fit(max(1, size.columns), max(1, size.rows - 1))
        if self._from_end:
            self._from_end = False
            self._pages.turn(_ALL)
        output.erase_screen()
        output.cursor_goto(1, 1)
        output.write(self._pages.seen)
        output.cursor_goto(size.rows, 1)
        # A narrow screen has room for the first of these alone, and nobody is to be caught here.
        row = " · ".join((CLOSES, self._pages.place, MOVES, self._title))
        output.write(cut(row, size.columns - 1))
        output.flush()

    def _leave(self) -> None:
        if self._is_open:
            self._is_open = False
            self.output.quit_alternate_screen()
            self.output.flush()

    def _on_resize(self) -> None:
        self._redraw()
