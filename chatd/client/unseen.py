"""Asks for one line at the terminal without showing it, and leaves the terminal right, come what
may."""

import getpass
import os
import signal
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from chatd.client.job_control import JobControl, wait_for_terminal


def ask(prompt: str) -> str:
    """The line; raises `EOFError` without one, and `OSError` where there is no terminal."""
    terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    try:
        wait_for_terminal(terminal)
        with _ends_unwind(), _echo_stays_off(terminal, prompt):
            return getpass.getpass(prompt)
    finally:
        os.close(terminal)


class _Ended(BaseException):
    """A signal ends the process."""


@contextmanager
def _ends_unwind() -> Iterator[None]:
    """Let a signal that ends us unwind first: `getpass` then gives the terminal back."""

    def end(number: int, _: object) -> None:
        raise _Ended(number)

    ending = [n for n in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(n) != signal.SIG_IGN]
    before = {number: signal.signal(number, end) for number in ending}
    try:
        yield
    except _Ended as ended:
        signal.signal(ended.args[0], signal.SIG_DFL)
        signal.raise_signal(ended.args[0])
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _echo_stays_off(terminal: int, prompt: str) -> Iterator[None]:
    """A shell to which we are stopped gets the terminal as it was, and may switch echo on."""
    found = termios.tcgetattr(terminal)

    def stop() -> None:
        termios.tcsetattr(terminal, termios.TCSADRAIN, found)
        jobs.suspend()
        continued()

    def continued() -> None:
        wait_for_terminal(terminal)
        with suppress(termios.error):
            modes = termios.tcgetattr(terminal)
            if modes[3] & termios.ECHO:
                modes[3] &= ~termios.ECHO
                termios.tcsetattr(terminal, termios.TCSADRAIN, modes)
                os.write(terminal, prompt.encode())

    with JobControl(stop, continued, restarts=False) as jobs:
        try:
            yield
        finally:
            with suppress(termios.error):
                termios.tcsetattr(terminal, termios.TCSADRAIN, found)
