"""What was drawn is not always where it was: a narrower terminal breaks its rows, and others move
the cursor away from it."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from prompt_toolkit.application import Application
from prompt_toolkit.layout.screen import Screen
from prompt_toolkit.styles import BaseStyle, DynamicStyle, Style, merge_styles
from prompt_toolkit.styles.defaults import PROMPT_TOOLKIT_STYLE

from chatd.ui.terminal import line_keys


def reflows(environment: Mapping[str, str]) -> bool:
    """Whether the terminal breaks old rows anew at another width; most do.

    Those that cut them off instead are the Linux console, xterm itself and GNU screen.
    """
    cuts = environment.get("TERM") == "linux" or environment.get("XTERM_VERSION")
    return not cuts and not environment.get("STY")


def added_rows(above: Sequence[int], cursor: int, columns: int) -> int:
    """By how many rows a cursor moves down when the rows above it are broken at `columns`.

    `above` has their widths in cells, and `cursor` is the cell of the cursor in its own row.
    """
    return sum(max(0, width - 1) // columns for width in above) + cursor // columns


class ReflowingApplication(Application[None]):
    """An application whose region is erased whole when the terminal becomes narrower, and drawn
    anew where somebody else has moved the cursor."""

    _is_elsewhere = False

    def __init__(self, **options: Any) -> None:
        with line_keys.when_pressed():
            super().__init__(**options)

    def _create_merged_style(self, *_: Any) -> BaseStyle:
        """Without the library's colours of its widgets and of HTML, of which nothing is shown."""
        return merge_styles([Style(PROMPT_TOOLKIT_STYLE), DynamicStyle(lambda: self.style)])

    def redraw(self) -> None:
        """Draw again now, so that the line is there between two things that are put above it."""
        self._redraw()

    def erase(self) -> None:
        """Take away what was drawn; what is elsewhere stays."""
        self._find()
        self.renderer.erase()

    def moved(self) -> None:
        """Somebody else has written to the terminal; for a signal handler as well."""
        self._is_elsewhere = True

    def _find(self) -> None:
        if self._is_elsewhere:
            self._is_elsewhere = False
            self.renderer.reset()

    def _redraw(self, render_as_done: bool = False) -> None:
        self._find()
        super()._redraw(render_as_done)

    def _on_resize(self) -> None:
        screen = self.renderer.last_rendered_screen
        if screen is not None and reflows(os.environ):
            cursor = screen.get_cursor_position(self.layout.current_window)
            above = [_width(screen, row) for row in range(cursor.y)]
            columns = max(1, self.output.get_size().columns)
            self.output.cursor_up(added_rows(above, cursor.x, columns))
        super()._on_resize()


def _width(screen: Screen, row: int) -> int:
    cells = screen.data_buffer[row].items()
    return max((x + cell.width for x, cell in cells if cell.char.strip()), default=0)
