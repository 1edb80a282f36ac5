"""Somebody who follows a page: with a clone of this tree, and a home of their own."""

import os
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pages import TREE

PROGRAMS = {"chat", "chatctl", "chatd"}


class Account:
    """Somebody with a clone and a home."""

    def __init__(self, folder: Path) -> None:
        self.clone, self.home = folder / "clone", folder / "home"
        self.home.mkdir()
        self.environment = {
            **os.environ,
            "HOME": str(self.home),
            "XDG_DATA_HOME": str(self.home / ".local" / "share"),
            "PIPX_HOME": str(self.home / "pipx"),
            "PIPX_BIN_DIR": str(self.home / "bin"),
            "PATH": os.pathsep.join([str(self.home / "bin"), os.environ["PATH"]]),
        }
        self.run(f"git clone -q {shlex.quote(str(TREE))} {shlex.quote(str(self.clone))}", self.home)

    def run(self, command: str, folder: Path | None = None, typed: str = "") -> str:
        """The output of a command of a shell, which has to succeed."""
        done = subprocess.run(
            command,
            shell=True,
            cwd=folder or self.clone,
            env=self.environment,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout

    @contextmanager
    def serving(self, command: str) -> Iterator[str]:
        """The log of a daemon until it listens; it ends in good order when that is over."""
        daemon = subprocess.Popen(
            shlex.split(command),
            cwd=self.clone,
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert daemon.stdout is not None
        try:
            log = ""
            while "listening on" not in log:
                line = daemon.stdout.readline()
                assert line, log
                log += line
            yield log
        finally:
            daemon.terminate()
            daemon.communicate()
        assert daemon.returncode == 0
