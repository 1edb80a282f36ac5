"""The last resort: a terminal that is given back as it was found, however the process ends."""

import atexit
import os
import termios
from typing import Any

from chatd.ui.job_control import wait_for_terminal

_SANE = b"\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[0m\r\n"
"""Bracketed paste off, automatic line breaks on, cursor shown, no colour, a new line."""


class Guard:
    """Remembers the modes of the terminal behind a file descriptor; does nothing for other files.

    It covers what ends the process without running the end of the prompt, such as an exception
    out of the event loop.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._modes: list[Any] | None = None

    def arm(self) -> None:
        """Remember the modes, to restore them when the process ends; waits for the foreground."""
        if os.isatty(self._fd):
            wait_for_terminal(self._fd)
            self._modes = termios.tcgetattr(self._fd)
            atexit.register(self.restore)

    def disarm(self) -> None:
        """The terminal was given back already."""
        self._modes = None
        atexit.unregister(self.restore)

    def restore(self) -> None:
        """Give the terminal back; once, and without complaint if it is gone."""
        modes, self._modes = self._modes, None
        if modes is None:
            return
        try:
            termios.tcsetattr(self._fd, termios.TCSANOW, modes)
            os.write(self._fd, _SANE)
        except (OSError, termios.error):
            pass
