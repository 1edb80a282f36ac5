"""Asks for something at the terminal without showing it, and leaves the terminal right, come what
may."""

import os
import signal
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from chatd.ui.job_control import JobControl, wait_for_terminal


def ask(prompt: str, is_whole: Callable[[str], bool] = lambda text: True) -> str:
    """One line, or as many as it takes until they are a whole; what was typed before it and what
    follows is dropped. Raises `EOFError` without one, and `OSError` where there is no terminal."""
    terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    try:
        wait_for_terminal(terminal)
        with _ends_unwind(), _echo_is_off(terminal, prompt):
            return _lines(terminal, is_whole).removesuffix("\n")
    finally:
        os.close(terminal)


def _lines(terminal: int, is_whole: Callable[[str], bool]) -> str:
    with open(terminal, encoding="utf-8", errors="replace", closefd=False) as lines:
        text = ""
        while not text or not is_whole(text):
            line = lines.readline()
            if not line:
                raise EOFError
            text += line
        return text


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
def _echo_is_off(terminal: int, prompt: str) -> Iterator[None]:
    """A shell to which we are stopped gets the terminal as it was, and may switch echo on."""
    found = termios.tcgetattr(terminal)

    def stop() -> None:
        termios.tcsetattr(terminal, termios.TCSADRAIN, found)
        jobs.suspend()
        continued()

    def continued() -> None:
        wait_for_terminal(terminal)
        with suppress(termios.error):
            if termios.tcgetattr(terminal)[3] & termios.ECHO:
                begin(termios.TCSADRAIN)

    def begin(when: int) -> None:
        modes = termios.tcgetattr(terminal)
        modes[3] &= ~termios.ECHO
        termios.tcsetattr(terminal, when, modes)
        os.write(terminal, prompt.encode())

    with JobControl(stop, continued, restarts=False) as jobs:
        try:
            begin(termios.TCSAFLUSH)
            yield
        finally:
            with suppress(termios.error, OSError):
                termios.tcsetattr(terminal, termios.TCSAFLUSH, found)
                os.write(terminal, b"\n")
