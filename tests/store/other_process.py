"""A real second process that runs a few lines of Python and talks with the test in lines."""

import subprocess
import sys
import textwrap
from collections.abc import Callable

from patience import SECONDS

Start = Callable[..., "OtherProcess"]

_BEFORE = """
import sys
from pathlib import Path
def say(text): print(text, flush=True)
def wait(): sys.stdin.readline()
"""


class OtherProcess:
    """Runs `code`, which has `say(text)`, `wait()`, `Path` and its arguments in `sys.argv[1:]`."""

    def __init__(self, code: str, *arguments: object) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _BEFORE + textwrap.dedent(code), *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def hears(self) -> str:
        """The next line that it says; empty when it has ended."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().rstrip("\n")

    def go(self) -> None:
        """End its `wait()`."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def ended(self) -> int:
        """Wait for its end; the exit status, negative for a signal."""
        status = self._process.wait(timeout=SECONDS)
        self._close()
        return status

    def kill(self) -> None:
        """SIGKILL, and wait for the end; harmless when it has ended."""
        self._process.kill()
        self._process.wait()
        self._close()

    def _close(self) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
