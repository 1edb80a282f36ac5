"""What a shell does to its jobs: stops them with SIGTSTP or SIGSTOP, and continues them."""

import os
import signal
import termios
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from types import FrameType, TracebackType
from typing import Any

Handler = Callable[[], None]


class JobControl(AbstractContextManager["JobControl"]):
    """While it is entered, `stop` is called for SIGTSTP and `continued` for SIGCONT, both from a
    signal handler.

    `stop` gives the terminal back and calls `suspend`, then or later. Of SIGSTOP nobody is told, so
    `continued` makes no assumption about how the terminal is. Whoever ignores SIGTSTP goes on
    doing so.
    """

    def __init__(self, stop: Handler, continued: Handler, *, restarts: bool) -> None:
        self._handlers = {signal.SIGTSTP: stop, signal.SIGCONT: continued}
        self._restarts = restarts
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> "JobControl":
        for number in self._handlers:
            if signal.getsignal(number) != signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._received)
                # What waits for the foreground fails otherwise when it gets there.
                signal.siginterrupt(number, not self._restarts)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        while self._before:
            signal.signal(*self._before.popitem())

    def _received(self, number: int, _: FrameType | None) -> None:
        self._handlers[signal.Signals(number)]()

    def suspend(self) -> None:
        """Stop this process; comes back when it is continued, or at once where nobody could do
        that."""
        before = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, before)


def wait_for_terminal(terminal: int) -> None:
    """Return when we are in the foreground of this terminal; until then the kernel stops us.

    What its modes are in the background is the shell's business, and nothing to come back to.
    """
    with suppress(termios.error):  # nobody could continue us, or there is no terminal any more
        termios.tcdrain(terminal)


def stop_group() -> None:
    """Do what Ctrl-Z does where the terminal takes care of it: stop all processes of the job."""
    os.kill(0, signal.SIGTSTP)
