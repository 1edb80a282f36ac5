"""The commands with which docs/operating.md installs a server and starts it for the first time."""

import re
import sys
from functools import partial
from pathlib import Path

import pages
import pytest
from account import PROGRAMS, Account
from free_ports import free_port

pytestmark = pytest.mark.packaging

PAGE = "docs/operating.md"
TEXT = pages.text(PAGE)
block = partial(pages.block, PAGE)


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
