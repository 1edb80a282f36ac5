"""A real daemon in a process of its own."""

import os
import re
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Timer
from types import TracebackType
from typing import Self

from patience import SECONDS

TREE = Path(__file__).parents[2]
CHATD = [sys.executable, "-c", "import sys; from chatd.daemon import main; sys.exit(main())"]
TWISTD = [sys.executable, "-c", "from twisted.scripts.twistd import run; run()"]
LOOPBACK = "tcp:0:interface=127.0.0.1"
LISTENING = re.compile(r"listening on (\S+) port (\d+)")
FLAGS = {"debug", "log_addresses", "without_names", "new_key", "private"}
WAYS = ["plugin", "tac"]
"""The ways of starting beside `chatd`: `twistd chatd` and `twistd -y chat.tac`."""


def command(
    way: str, folder: Path, *, foreground: bool = True, front: Sequence[str] = (), **given: str
) -> list[str]:
    """The command line of a daemon; `given` has options with underscores, for either way, and
    `front` has those of twistd."""
    log = [f"--logfile={folder / 'log'}"]
    options = [word for name, value in given.items() for word in _option(name, value)]
    process = [f"--pidfile={folder / 'pid'}", *front]
    if way == "program":
        return [*CHATD, *([] if foreground else ["--background", *log]), *process, *options]
    start = [*TWISTD, *(["-n"] if foreground else log), *process]
    return [*start, "-y", str(TREE / "chat.tac")] if way == "tac" else [*start, "chatd", *options]


def environment(way: str, **given: str) -> dict[str, str]:
    """The environment of a daemon, in which chat.tac finds its settings."""
    inherited = {name: value for name, value in os.environ.items() if "CHATD_" not in name}
    if way == "tac":
        inherited |= {f"CHATD_{name.upper()}": value for name, value in given.items()}
    return inherited


def _option(name: str, value: str) -> list[str]:
    flag = "--" + name.replace("_", "-")
    if name == "listen":
        return [word for each in value.split() for word in (flag, each)]
    return [flag] if name in FLAGS else [flag, value]


def attempt(way: str, folder: Path, **given: str) -> subprocess.CompletedProcess[str]:
    """Start a daemon that is expected to end by itself, as it would be started in earnest."""
    return subprocess.run(
        command(way, folder, foreground=False, **given),
        env=environment(way, **given),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )


def end(pid: int) -> None:
    """Ask a daemon that is nobody's child to end, and wait until it has."""
    handle = os.pidfd_open(pid)
    try:
        os.kill(pid, signal.SIGTERM)
        assert select.select([handle], [], [], SECONDS)[0], "the daemon did not end"
    finally:
        os.close(handle)


class Daemon:
    """A daemon in the foreground, from its first line of log to its end."""

    def __init__(
        self, folder: Path, way: str = "program", front: Sequence[str] = (), **given: str
    ) -> None:
        """Start it and wait until it listens; everything of it is in `folder`."""
        given = {"listen": LOOPBACK, "data_dir": str(folder / "data"), **given}
        self.log = ""
        self._process = subprocess.Popen(
            command(way, folder, front=front, **given),
            env=environment(way, **given),
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            self.ports = [self._port() for _ in given["listen"].split()]
            if given["listen"].startswith("tcp"):
                self._wait_for_greeting()
        except BaseException:
            # Else what is left of it fails whatever test is the next one.
            self.__exit__(None, None, None)
            raise

    @property
    def port(self) -> int:
        """The first port that it listens on."""
        return self.ports[0]

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    @property
    def fingerprint(self) -> str:
        """What it logged of its key."""
        return self.log.split("server key ")[1].split()[0]

    def next_line(self, holding: str) -> str:
        """The next line of its log in which these words are."""
        while holding not in (line := self._line(holding)):
            pass
        return line

    def terminate(self) -> None:
        """Ask it to end; it may take a moment."""
        self._process.send_signal(signal.SIGTERM)

    def wait_for(self, text: str) -> None:
        """Until the log has this."""
        while text not in self.log:
            self._line(text)

    def _line(self, awaited: str) -> str:
        """One more line of its log; a daemon that says no more is ended, so that nobody waits."""
        assert self._process.stdout is not None
        patience = Timer(SECONDS, self._process.kill)
        patience.start()
        try:
            line = self._process.stdout.readline()
        finally:
            patience.cancel()
        assert line, f"it ended, or never said {awaited!r}:\n{self.log}"
        self.log += line
        return line

    def wait(self) -> bool:
        """Whether it ended cleanly, once it has; `log` is complete then."""
        self.log += self._process.communicate(timeout=SECONDS)[0]
        return self._process.returncode == 0 and "Server Shut Down." in self.log

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        if self._process.stdout is not None and not self._process.stdout.closed:
            self._process.communicate()

    def _wait_for_greeting(self) -> None:
        # It listens before it runs, and a signal in between would end it as it would any program.
        with socket.create_connection(("127.0.0.1", self.port), SECONDS) as line:
            assert line.recv(1)

    def _port(self) -> int:
        while (found := LISTENING.search(self._line("where it listens"))) is None:
            pass
        return int(found[2])
