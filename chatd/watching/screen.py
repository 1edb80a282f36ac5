"""A screen of a terminal for one picture after the other, and the terminal as it was afterwards."""

import os
import signal
import sys
import termios
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

_ENTER, _LEAVE = b"\x1b[?1049h\x1b[?25l", b"\x1b[?25h\x1b[?1049l"
_HOME, _REST_OF_LINE, _REST = b"\x1b[H", b"\x1b[K", b"\x1b[J"


class Screen:
    """Draws at `output`, a terminal; what is typed at `keys`, if that is one, is not shown."""

    def __init__(self, output: int, keys: int) -> None:
        self._output = output
        self._keys = keys if os.isatty(keys) else None
        self._before = termios.tcgetattr(keys) if self._keys is not None else None

    def size(self) -> tuple[int, int]:
        """Columns and lines."""
        return os.get_terminal_size(self._output)

    def draw(self, lines: Sequence[str]) -> None:
        """Show these and nothing else, as many as there is room for."""
        shown = (each.encode() + _REST_OF_LINE for each in lines[: self.size()[1]])
        self._write(_HOME + b"\r\n".join(shown) + _REST)

    def enter(self) -> None:
        """Begin to use the terminal."""
        if self._keys is not None:
            quiet = termios.tcgetattr(self._keys)
            quiet[3] &= ~(termios.ECHO | termios.ICANON)
            termios.tcsetattr(self._keys, termios.TCSADRAIN, quiet)
        self._write(_ENTER)

    def leave(self) -> None:
        """Give it back as it was; what was typed meanwhile is gone."""
        self._write(_LEAVE)
        if self._keys is not None and self._before is not None:
            termios.tcsetattr(self._keys, termios.TCSAFLUSH, self._before)

    def _write(self, data: bytes) -> None:
        # Not through a buffer: a signal that draws may come while another picture is drawn.
        while data:
            data = data[os.write(self._output, data) :]


@contextmanager
def taken(redraw: Callable[[], None], screen: Screen) -> Iterator[None]:
    """Use a screen: Ctrl-C and SIGTERM raise `KeyboardInterrupt`, Ctrl-Z gives it back until one
    goes on, and a change of its size draws anew."""

    def stop(number: int, frame: FrameType | None) -> None:
        screen.leave()
        os.kill(os.getpid(), signal.SIGSTOP)
        screen.enter()
        redraw()

    actions = {
        signal.SIGINT: signal.default_int_handler,
        signal.SIGTERM: signal.default_int_handler,
        signal.SIGTSTP: stop,
        signal.SIGWINCH: lambda number, frame: redraw(),
    }
    before = {number: signal.signal(number, action) for number, action in actions.items()}
    try:
        screen.enter()
        yield
    finally:
        screen.leave()
        for number, action in before.items():
            signal.signal(number, action)


def is_terminal() -> bool:
    """Whether standard output is a terminal on which a cursor can be moved."""
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
