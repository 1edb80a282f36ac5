"""Real processes, read line by line with a deadline."""

import os
import re
import subprocess
import sys
import threading
import time
from contextlib import suppress
from subprocess import PIPE

from patience import SECONDS

CHAT = [sys.executable, "-c", "import sys; from chatd.cli import main; sys.exit(main())"]
TWISTD = [sys.executable, "-c", "from twisted.scripts.twistd import run; run()"]


class Lines:
    """The lines of a pipe, read by a thread as they come."""

    def __init__(self, pipe):
        self._pipe = pipe
        self._read = []
        self._at = 0
        self._ended = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def until(self, pattern, seconds=SECONDS):
        """The next line in which the pattern is found; those before it are passed over."""
        with self._changed:
            deadline = time.monotonic() + seconds
            while (found := self._next(pattern)) is None:
                left = deadline - time.monotonic()
                if self._ended or left <= 0:
                    raise AssertionError("\n".join([f"never came: {pattern}", *self._read]))
                self._changed.wait(left)
            return found

    def found(self, pattern):
        """What is in the first group of the pattern, in all lines so far that have it."""
        with self._changed:
            matches = [re.search(pattern, line) for line in self._read]
        return [match[1] for match in matches if match]

    def rest(self):
        """Everything, once the pipe has ended."""
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()
        self._pipe.close()
        return self._read

    def _next(self, pattern):
        while self._at < len(self._read):
            self._at += 1
            if re.search(pattern, self._read[self._at - 1]):
                return self._read[self._at - 1]
        return None

    def _follow(self):
        for line in self._pipe:
            with self._changed:
                self._read.append(line.decode().rstrip("\n"))
                self._changed.notify()
        with self._changed:
            self._ended = True
            self._changed.notify()


class Process:
    """One process with pipes, or with whatever else it is given; `limits` has those of
    `chatd.limits` that are others in it, and in what it starts."""

    def __init__(self, command, folder, stdin=PIPE, stdout=PIPE, limits=None, **more):
        self._process = subprocess.Popen(
            command,
            stdin=stdin,
            stdout=stdout,
            stderr=PIPE,
            env=_environment(folder) | _with_limits(folder, limits or {}),
            cwd=folder,
            **more,
        )
        self.out = Lines(self._process.stdout) if self._process.stdout else None
        self.errors = Lines(self._process.stderr)

    def type(self, *lines):
        """Lines of input."""
        self.give("".join(f"{line}\n" for line in lines).encode())

    def give(self, data):
        """Bytes of input."""
        self._process.stdin.write(data)
        self._process.stdin.flush()

    def end_input(self):
        """There is no more of it."""
        self._process.stdin.close()

    def until(self, pattern, seconds=SECONDS):
        """The next line of output with this pattern."""
        return self.out.until(pattern, seconds)

    def signal(self, number):
        """Send a signal."""
        self._process.send_signal(number)

    def ended(self):
        """Wait for the end, and return the exit status."""
        return self._process.wait(SECONDS)

    def lines(self):
        """All lines of output, once it has ended."""
        return self.out.rest()

    def complaints(self):
        """All lines on stderr, once it has ended."""
        return self.errors.rest()

    @property
    def pid(self):
        """Its number, as long as it runs."""
        return self._process.pid

    def kill(self):
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()
        if self._process.stdin and not self._process.stdin.closed:
            with suppress(BrokenPipeError):  # for what was never read
                self._process.stdin.close()
        for lines in (self.out, self.errors):
            if lines is not None:
                lines.rest()


def _with_limits(folder, limits):
    """What has every Python begin with these."""
    if not limits:
        return {}
    (folder / "limits").mkdir(exist_ok=True)
    lines = [f"limits.{name} = {value}\n" for name, value in limits.items()]
    program = "".join(["from chatd import limits\n", *lines])
    (folder / "limits" / "sitecustomize.py").write_text(program)
    return {"PYTHONPATH": str(folder / "limits")}


def _environment(folder):
    kept = {name: os.environ[name] for name in ("PATH", "VIRTUAL_ENV") if name in os.environ}
    return kept | {
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder / "data"),
        "XDG_RUNTIME_DIR": str(folder / "run"),
        "LANG": "C.UTF-8",
        "PYTHONWARNINGS": "error::ResourceWarning",
    }
