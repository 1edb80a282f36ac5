"""Asks for a secret at the terminal without showing it, and leaves the terminal right, come what
may."""

import os
import signal
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from chatd.client.job_control import JobControl, wait_for_terminal

_LINE = 4096
"""Bytes; a terminal takes no longer ones."""


def ask(prompt: str, is_whole: Callable[[str], bool] = lambda text: True) -> str:
    """The line, or as many lines as it takes until the text `is_whole`, or a blank one; raises
    `EOFError` without any, and `OSError` where there is no terminal."""
    terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    try:
        wait_for_terminal(terminal)
        with _ends_unwind(), _echo_stays_off(terminal, prompt):
            return _read(terminal, prompt, is_whole)
    finally:
        os.close(terminal)


def _read(terminal: int, prompt: str, is_whole: Callable[[str], bool]) -> str:
    modes = termios.tcgetattr(terminal)
    modes[3] &= ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSAFLUSH, modes)
    os.write(terminal, prompt.encode())
    try:
        text = line = _line(terminal)
        while line.strip() and not is_whole(text):
            line = _line(terminal)
            text += line
    finally:
        os.write(terminal, b"\n")
    if not text:
        raise EOFError
    return text.removesuffix("\n")


def _line(terminal: int) -> str:
    return os.read(terminal, _LINE).decode("utf-8", "surrogateescape")


class _Ended(BaseException):
    """A signal ends the process."""


@contextmanager
def _ends_unwind() -> Iterator[None]:
    """Let a signal that ends us unwind first, which gives the terminal back."""

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
