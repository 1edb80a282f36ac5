"""A terminal emulator around the driver: what a person would see, and how it was left."""

import codecs
import copy
import json
import os
import socket
import sys
import termios
import time
from pathlib import Path

import pexpect
import pyte
from patience import SECONDS

DRIVER = Path(__file__).with_name("terminal_driver.py")
ISOLATES = {0x2068: None, 0x2069: None}
ALTERNATE = 1049
BRACKETED_PASTE = 2004 << 5
"""How pyte keeps a private mode."""


class Emulated(pyte.Screen):
    """A screen that has another one beside it, as terminals do and the emulator does not."""

    covered = None

    def set_mode(self, *modes, **kwargs):
        super().set_mode(*modes, **kwargs)
        if ALTERNATE in modes and self.covered is None:
            self.covered = (copy.deepcopy(self.buffer), copy.copy(self.cursor))

    def reset_mode(self, *modes, **kwargs):
        super().reset_mode(*modes, **kwargs)
        if ALTERNATE in modes and self.covered is not None:
            self.buffer, self.cursor = self.covered
            self.covered = None
            self.dirty.update(range(self.lines))


class RealTerminal:
    """The driver in a terminal of its own; `name` as on the command line.

    `shell` is a script that runs it as "$@".
    """

    def __init__(self, folder, columns=80, rows=24, name="alice", shell=None, **environment):
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / "s"))
        self._listener.listen(1)
        self._listener.settimeout(SECONDS)
        self.screen = Emulated(columns, rows)
        self._stream = pyte.Stream(self.screen)
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self.raw = b""
        driver = [sys.executable, str(DRIVER), str(folder / "s"), *([name] if name else [])]
        command = ["bash", "-c", shell, "bash", *driver] if shell else driver
        self.child = pexpect.spawn(
            command[0],
            command[1:],
            dimensions=(rows, columns),
            env=_environment(environment),
        )
        self.modes = _modes_of_a_new_one()
        self._control, _ = self._listener.accept()
        self._control.settimeout(SECONDS)
        self._answers = self._control.makefile("r")
        self.call("begin")

    def close(self):
        self._answers.close()
        self._control.close()
        self._listener.close()
        self.child.close(force=True)

    # -- doing

    def call(self, *call):
        """Something happens to the session."""
        self._control.sendall(json.dumps(call).encode() + b"\n")

    def type(self, text):
        """Keys as they come from a keyboard."""
        self.child.send(text)

    def paste(self, text):
        """A paste, as a terminal marks it."""
        self.child.send(f"\x1b[200~{text}\x1b[201~")

    def kill(self, number):
        """A signal from somebody else, to the client itself where a shell runs it."""
        children = Path(f"/proc/{self.child.pid}/task/{self.child.pid}/children").read_text()
        os.kill(int((children.split() or [self.child.pid])[0]), number)

    def resize(self, columns, rows=24):
        """Another size, with the signal that comes with it."""
        self.screen.resize(rows, columns)
        self.child.setwinsize(rows, columns)

    def log(self):
        """What has reached the session."""
        self.call("log")
        return json.loads(self._answers.readline())

    @property
    def is_covered(self):
        """Whether the other screen is seen, on which nothing is scrolled back to."""
        return self.screen.covered is not None

    # -- seeing

    @property
    def lines(self):
        """The rows of the screen, without what is blank at their ends and at the bottom."""
        return "\n".join(row.rstrip() for row in self.screen.display).rstrip().split("\n")

    def until(self, seen):
        """Read until `seen`, a predicate or a text, holds for the screen; returns its rows."""
        holds = seen if callable(seen) else lambda lines: seen in "\n".join(lines)
        deadline = time.monotonic() + SECONDS
        while not holds(self.lines):
            if time.monotonic() > deadline:
                raise AssertionError("\n".join(["never seen; the screen is:", *self.lines]))
            self._read()
        return self.lines

    def until_rows(self, *rows):
        """Read until these rows stand below each other; returns all."""
        size = len(rows)
        return self.until(
            lambda lines: any(
                lines[at : at + size] == list(rows) for at in range(len(lines) - size + 1)
            )
        )

    def ended(self):
        """Read to the end of the process; returns its exit status, None after a signal."""
        self.child.expect(pexpect.EOF, timeout=SECONDS)
        self._take(self.child.before)
        self.child.wait()
        return self.child.exitstatus

    @property
    def is_restored(self):
        """Whether the terminal is as it was before."""
        return (
            termios.tcgetattr(self.child.child_fd) == self.modes
            and pyte.modes.DECTCEM in self.screen.mode
            and BRACKETED_PASTE not in self.screen.mode
        )

    @property
    def is_taken(self):
        """Whether the terminal is in the modes of the prompt."""
        local = termios.tcgetattr(self.child.child_fd)[3]
        return not local & (termios.ICANON | termios.ECHO | termios.ISIG) and (
            BRACKETED_PASTE in self.screen.mode
        )

    def _read(self):
        try:
            self._take(self.child.read_nonblocking(65536, timeout=1))
        except pexpect.TIMEOUT:
            return
        except pexpect.EOF:
            raise AssertionError("\n".join(["it has ended; the screen is:", *self.lines])) from None

    def _take(self, data):
        self.raw += data
        # The emulator knows no isolates, and would drop what follows one.
        self._stream.feed(self._decoder.decode(data).translate(ISOLATES))


def _modes_of_a_new_one():
    """Those of the terminal that is under test may have been changed already."""
    ends = os.openpty()
    modes = termios.tcgetattr(ends[0])
    for end in ends:
        os.close(end)
    return modes


def _environment(more):
    kept = {
        name: os.environ[name] for name in ("PATH", "HOME", "VIRTUAL_ENV") if name in os.environ
    }
    plain = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "PROMPT_TOOLKIT_NO_CPR": "1"}
    # Like xterm itself, the emulator cuts rows off when it becomes narrower.
    plain["XTERM_VERSION"] = "XTerm(390)"
    path = f"{DRIVER.parent}:{DRIVER.parents[1]}"
    return kept | plain | {"PYTHONPATH": path} | more
