"""The commands with which docs/operating.md installs a server and starts it for the first time."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from free_ports import free_port

pytestmark = pytest.mark.packaging

TREE = Path(__file__).parents[2]
TEXT = (TREE / "docs" / "operating.md").read_text()
PROGRAMS = {"chat", "chatctl", "chatd"}


def block(mark: str) -> list[str]:
    """The commands behind a mark."""
    found = re.search(rf"<!-- {mark} -->\n```sh\n(.*?)```", TEXT, re.DOTALL)
    assert found, mark
    return found[1].splitlines()


class Account:
    """Somebody with a clone and a home."""

    def __init__(self, folder: Path) -> None:
        self.clone, self.home = folder / "clone", folder / "home"
        self.home.mkdir()
        self.environment = {
            **os.environ,
            "HOME": str(self.home),
            "XDG_DATA_HOME": str(self.home / "data"),
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


@pytest.fixture
def account(tmp_path: Path) -> Account:
    """A new one."""
    return Account(tmp_path)


@pytest.fixture
def pipx(account: Account, tmp_path: Path) -> None:
    """pipx, for that account."""
    account.run(f"{sys.executable} -m venv {tmp_path / 'pipx'}")
    account.run(f"{tmp_path / 'pipx' / 'bin' / 'pip'} install -q pipx")
    account.environment["PATH"] += os.pathsep + str(tmp_path / "pipx" / "bin")


@pytest.mark.usefixtures("pipx")
def test_from_a_clone_to_the_first_backup(account: Account) -> None:
    """What is typed in the two terminals works as it stands there, but for the port."""
    for command in block("pipx"):
        account.run(command)
    port = free_port()
    assert {each.name for each in (account.home / "bin").iterdir()} >= PROGRAMS
    *before, serve = block("first start")
    said = [account.run(command) for command in before]
    assert said[-1].strip() in TEXT
    with account.serving(f"{serve} --port {port}") as log:
        fingerprint = re.search(r"server key (SHA256:\S+)", log)
        assert fingerprint
        status, chat, names, *others = block("second terminal")
        assert account.run(status).startswith("here: 0\n")
        assert fingerprint[1] in account.run(f"{chat} --port {port}", typed="exit\n")
        assert account.run(names).startswith("alice ")
        for command in others:
            account.run(command)
    assert (account.clone / "backup-1" / "server-key").exists()


def test_a_wheel_in_an_environment_of_its_own(account: Account, tmp_path: Path) -> None:
    """It has the programs, and what its figures need."""
    account.run(f"{sys.executable} -m build -q --wheel --outdir dist .")
    for command in block("wheel"):
        account.run(command.replace("/opt/chatd", str(tmp_path / "opt")))
    bin = tmp_path / "opt" / "bin"
    assert all((bin / each).exists() for each in PROGRAMS)
    account.run(f"{bin / 'python'} -c 'import prometheus_client'")
    assert account.run(f"{bin / 'chatd'} --version").startswith("chatd ")
