"""The programs of a story: `twistd chatd` in a process, and `chat` in a terminal emulator."""

import os
import signal
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pexpect
import pyte
from patience import SECONDS

BIN = Path(sys.executable).parent


def account_of(home: Path) -> dict[str, str]:
    """The environment of somebody whose data lies there, at a terminal."""
    return {
        **os.environ,
        "XDG_DATA_HOME": str(home),
        "XDG_RUNTIME_DIR": str(home / "run"),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "PROMPT_TOOLKIT_NO_CPR": "1",
    }


class Daemon:
    """`twistd -n chatd` on a free port of loopback."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self._child = pexpect.spawn(
            str(BIN / "twistd"),
            [
                "-n",
                "--pidfile=",
                "chatd",
                "--listen",
                f"tcp:{port}:interface=127.0.0.1",
                "--data-dir",
                str(folder),
            ],
            timeout=SECONDS,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
            cwd=str(folder.parent),
        )
        self._child.expect(rb"port (\d+)")
        self.port = int(self._child.match.group(1))

    def close(self) -> None:
        """Stop it as an operator does, and make sure that it is gone."""
        self._child.kill(signal.SIGTERM)
        self._child.expect(pexpect.EOF)
        self._child.close(force=True)


class ChatTerminal:
    """`chat` in a terminal whose screen can be read."""

    def __init__(
        self,
        home: Path,
        port: int,
        name: str | None,
        *args: str,
        columns: int = 80,
        rows: int = 24,
    ) -> None:
        self.screen = pyte.HistoryScreen(columns, rows, history=2000)
        self._stream = pyte.ByteStream(self.screen)
        given = ["--username", name] if name else []
        self.child = pexpect.spawn(
            str(BIN / "chat"),
            ["--port", str(port), *given, *args],
            dimensions=(rows, columns),
            env=account_of(home),
        )
        self._modes = termios.tcgetattr(self.child.child_fd)

    def type(self, text: str) -> None:
        """Keys as they come from a keyboard."""
        self.child.send(text)

    def enter(self, text: str) -> None:
        """A line and Enter."""
        self.type(text + "\r")

    def paste(self, text: str) -> None:
        """A paste, as a terminal marks it."""
        self.type(f"\x1b[200~{text}\x1b[201~")

    def resize(self, columns: int, rows: int) -> None:
        """Another size, with the signal that comes with it."""
        self.screen.resize(rows, columns)
        self.child.setwinsize(rows, columns)

    @property
    def lines(self) -> list[str]:
        """What is on the screen."""
        return "\n".join(row.rstrip() for row in self.screen.display).rstrip().split("\n")

    def until(self, seen: str | Callable[[list[str]], bool]) -> list[str]:
        """Read until the screen shows a text, or a predicate holds for its lines."""
        holds = seen if callable(seen) else lambda lines: seen in "\n".join(lines)
        deadline = time.monotonic() + SECONDS
        while not holds(self.lines):
            if time.monotonic() > deadline:
                raise AssertionError("\n".join([f"not seen: {seen!r}; the screen:", *self.lines]))
            self._read()
        return self.lines

    def ended(self) -> int | None:
        """Read to the end of the process; returns its exit status."""
        self.child.expect(pexpect.EOF, timeout=SECONDS)
        self._stream.feed(self.child.before)
        self.child.wait()
        status: int | None = self.child.exitstatus
        return status

    @property
    def is_restored(self) -> bool:
        """Whether the terminal is as it was before."""
        return termios.tcgetattr(self.child.child_fd) == self._modes

    def close(self) -> None:
        """End the program."""
        self.child.close(force=True)

    def _read(self) -> None:
        try:
            self._stream.feed(self.child.read_nonblocking(65536, timeout=0.5))
        except pexpect.TIMEOUT:
            return
        except pexpect.EOF:
            raise AssertionError("\n".join(["it has ended; the screen:", *self.lines])) from None
