"""A stopped client leaves the terminal as it found it, and takes it again when it goes on."""

import os
import termios
from contextlib import ExitStack, suppress
from typing import Any

from chatd.ui.job_control import JobControl, wait_for_terminal
from chatd.ui.terminal.reflow import ReflowingApplication


class Suspending(ExitStack):
    """Does so for one application, while it is entered before that runs."""

    def __init__(self, application: ReflowingApplication) -> None:
        super().__init__()
        self._application = application
        self._terminal = application.input.fileno()
        self._jobs = JobControl(self._stop, self._continued, restarts=True)
        self._found: list[Any] = []
        self._is_stopping = False

    def __enter__(self) -> "Suspending":
        if os.isatty(self._terminal):
            self._found = termios.tcgetattr(self._terminal)
            self.enter_context(self._jobs)
        return self

    def _stop(self) -> None:
        """Not at once: this may be in the middle of drawing."""
        if not self._is_stopping:
            self._is_stopping = True
            self._soon(self._suspend)

    def _suspend(self) -> None:
        if self._application.is_running:
            self._application.erase()
            with suppress(termios.error):  # it is gone
                termios.tcsetattr(self._terminal, termios.TCSADRAIN, self._found)
            self._jobs.suspend()
            self._continued()
        self._is_stopping = False

    def _continued(self) -> None:
        """At once, before anything is drawn."""
        if not self._application.is_running:
            return
        wait_for_terminal(self._terminal)
        with suppress(termios.error):
            if not self._is_raw():
                # What draws next may be waiting already, from before we stopped.
                self._application.moved()
            self._application.input.raw_mode().__enter__()
            self._soon(self._draw)

    def _is_raw(self) -> bool:
        """Whether no shell has had the terminal since we stopped."""
        local: int = termios.tcgetattr(self._terminal)[3]
        return not local & (termios.ICANON | termios.ECHO)

    def _draw(self) -> None:
        if self._application.is_running:
            self._application.erase()
            self._application.invalidate()

    def _soon(self, *call: Any) -> None:
        if self._application.loop is not None:
            self._application.loop.call_soon_threadsafe(*call)
