"""`chatctl status --watch` with a real daemon, in a real terminal and in a pipe."""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pyte
import pytest
from chatctl_process import CHATCTL
from daemon_process import Daemon
from patience import SECONDS
from person import Person


class Terminal:
    """A terminal in which `chatctl` runs."""

    def __init__(self, folder: Path, columns: int, lines: int = 40) -> None:
        words = ["--data-dir", str(folder / "data"), "status", "--watch", "0.2"]
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.process = pexpect.spawn(
            CHATCTL[0],
            [*CHATCTL[1:], *words],
            dimensions=(lines, columns),
            env={"TERM": "xterm", "PATH": "/usr/bin:/bin"},
            timeout=SECONDS,
        )

    @property
    def text(self) -> str:
        """What stands on the screen."""
        return "\n".join(self.screen.display)

    def wait_for(self, happened: Callable[[str], object]) -> None:
        """Until the screen shows it."""
        deadline = time.monotonic() + SECONDS
        while not happened(self.text):
            assert time.monotonic() < deadline, f"it did not happen:\n{self.text}"
            self._read()

    def _read(self) -> None:
        try:
            data = self.process.read_nonblocking(4096, timeout=0.2)
        except pexpect.TIMEOUT:
            return
        self.raw += data
        self._stream.feed(data)

    def resize(self, columns: int, lines: int) -> None:
        """As a person does it."""
        self.screen.resize(lines, columns)
        self.process.setwinsize(lines, columns)

    def end(self) -> int | None:
        """Wait for its end; the exit status."""
        self.raw += self.process.read()
        self.process.close()
        status: int | None = self.process.exitstatus
        return status


@contextmanager
def terminal(folder: Path, columns: int) -> Iterator[Terminal]:
    """One, from the first picture on."""
    made = Terminal(folder, columns)
    try:
        made.wait_for(lambda text: "people" in text)
        yield made
    finally:
        made.process.close(force=True)


@pytest.mark.parametrize("columns", [80, 40, 20])
def test_a_person_sees_what_happens(tmp_path: Path, columns: int) -> None:
    """As it happens, on a terminal of any width, and Ctrl-C gives the terminal back as it was."""
    with Daemon(tmp_path) as daemon, terminal(tmp_path, columns) as seen:
        seen.wait_for(lambda text: re.search(r"people\s+0 of", text))
        with Person(daemon.port) as alice:
            alice.login("alice")
            seen.wait_for(lambda text: re.search(r"people\s+1 of", text))
            seen.wait_for(lambda text: re.search(r"names\s+1\b", text))
        seen.wait_for(lambda text: re.search(r"people\s+0 of", text))
        assert "alice" not in seen.text
        seen.process.sendintr()
        assert seen.end() == 0
    assert seen.raw.rstrip().endswith(b"\x1b[?25h\x1b[?1049l")
    assert b"Traceback" not in seen.raw
    assert b"^C" not in seen.raw


def test_the_terminal_changes_its_size(tmp_path: Path) -> None:
    """The picture follows at once, and nothing of the wider one is left."""
    with Daemon(tmp_path), terminal(tmp_path, 100) as seen:
        seen.resize(30, 40)
        seen.wait_for(lambda text: re.search(r"people\s+0 of", text) and "descriptors" in text)
        seen.process.sendintr()
        assert seen.end() == 0


@pytest.mark.parametrize("how", [signal.SIGTERM])
def test_a_signal_ends_it_as_well(tmp_path: Path, how: int) -> None:
    """And the terminal is as it was."""
    with Daemon(tmp_path), terminal(tmp_path, 80) as seen:
        seen.process.kill(how)
        assert seen.end() == 0
    assert seen.raw.rstrip().endswith(b"\x1b[?25h\x1b[?1049l")


def test_a_daemon_that_goes_and_comes_back(tmp_path: Path) -> None:
    """Its absence is said, and then it is watched again."""
    with Daemon(tmp_path) as daemon, terminal(tmp_path, 80) as seen:
        daemon.terminate()
        assert daemon.wait()
        seen.wait_for(lambda text: "no daemon runs" in text)
        with Daemon(tmp_path):
            seen.wait_for(lambda text: "no daemon runs" not in text)
        seen.process.sendintr()
        assert seen.end() == 0


@pytest.mark.parametrize("as_json", [False, True])
def test_a_pipe_has_a_line_for_each_look(tmp_path: Path, as_json: bool) -> None:
    """Without a cursor's movements; whoever reads no more ends it without a word."""
    front = ["--data-dir", str(tmp_path / "data"), *(["--json"] if as_json else [])]
    with Daemon(tmp_path):
        with subprocess.Popen(
            [*CHATCTL, *front, "status", "--watch", "0.2"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as watching:
            assert watching.stdout is not None
            for _ in range(3):
                line = watching.stdout.readline()
                if as_json:
                    assert json.loads(line)["figures"]["chatd_people"] == {"": 0}
                else:
                    assert re.match(r"\d\d:\d\d:\d\dZ  people 0  handshakes \d", line)
                assert "\x1b" not in line
            watching.stdout.close()
            assert watching.stderr is not None
            assert watching.stderr.read() == ""
        assert watching.returncode == 1


@pytest.mark.parametrize("words", [["--watch", "0"], ["--watch", "x"], ["--watch=nan"]])
def test_an_interval_that_cannot_be_used(tmp_path: Path, words: list[str]) -> None:
    """Wrong usage."""
    ran = subprocess.run([*CHATCTL, "status", *words], capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert ran.stderr.startswith("chatctl: error: ")
    assert "Traceback" not in ran.stderr


def test_no_daemon(tmp_path: Path) -> None:
    """The error of every other command, before anything is drawn."""
    words = [*CHATCTL, "--data-dir", str(tmp_path), "status", "--watch"]
    ran = subprocess.run(words, capture_output=True, text=True, check=False, timeout=SECONDS)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "no daemon runs" in ran.stderr


def is_stopped(pid: int) -> bool:
    """Whether the kernel lets this process do nothing."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].startswith("T")


def test_it_is_stopped_and_goes_on(tmp_path: Path) -> None:
    """Ctrl-Z gives the terminal back; going on, the picture is there again, and is kept up."""
    with Daemon(tmp_path) as daemon, terminal(tmp_path, 80) as seen:
        seen.process.kill(signal.SIGTSTP)
        seen.wait_for(lambda _: seen.raw.endswith(b"\x1b[?25h\x1b[?1049l"))
        # Only then can it go on: a SIGCONT that comes before the stop is for nothing.
        seen.wait_for(lambda _: is_stopped(seen.process.pid))
        os.kill(seen.process.pid, signal.SIGCONT)
        with Person(daemon.port) as alice:
            alice.login("alice")
            seen.wait_for(lambda text: re.search(r"people\s+1 of", text))
        seen.process.sendintr()
        assert seen.end() == 0
