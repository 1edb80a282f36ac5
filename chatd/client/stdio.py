"""Standard input line by line from a thread, since a file or a pipe cannot always be polled."""

import sys
import threading
from collections.abc import Callable
from typing import Any

from chatd import limits


class LineReader:
    """Reads lines in a thread of its own and hands them over in the reactor's.

    Not more than `limits.HELD_LINES` are on their way at a time: `taken` makes room for the next.
    """

    def __init__(self, reactor: Any, line: Callable[[str], None], end: Callable[[], None]) -> None:
        self._reactor = reactor
        self._line = line
        self._end = end
        self._room = threading.Semaphore(limits.HELD_LINES)

    def start(self) -> None:
        """Begin to read; the thread does not keep the process alive."""
        threading.Thread(target=self._read, name="chat input", daemon=True).start()

    def taken(self, count: int = 1) -> None:
        """So many lines were acted upon."""
        if count:
            self._room.release(count)

    def _read(self) -> None:
        # A line over the limit comes in pieces; each is too long for a message and is refused.
        while line := sys.stdin.buffer.readline(2 * limits.MESSAGE_TEXT):
            self._room.acquire()
            text = line.rstrip(b"\r\n").decode("utf-8", "replace")
            self._reactor.callFromThread(self._line, text)
        self._reactor.callFromThread(self._end)


def write_line(text: str) -> None:
    """Write one line to standard output at once; raises `OSError` when nobody reads it."""
    sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\n")
    sys.stdout.buffer.flush()
