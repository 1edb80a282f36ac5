"""The commands with which the README installs the programs, and docs/questions.md removes them."""

import sys

import pytest
from account import PROGRAMS, Account
from free_ports import free_port
from pages import block

pytestmark = pytest.mark.packaging


@pytest.mark.usefixtures("pipx")
def test_installed_used_and_gone(account: Account) -> None:
    """After the last command nothing of it is left in the account."""
    for command in block("README.md", "pipx"):
        account.run(command)
    assert {each.name for each in (account.home / "bin").iterdir()} >= PROGRAMS
    port = free_port()
    with account.serving(f"chatd --host 127.0.0.1 --port {port}"):
        said = account.run(f"chat --port {port} --username alice", typed="exit\n")
    assert "as alice" in said
    kept = account.home / ".local" / "share" / "chatd"
    assert {each.name for each in kept.iterdir()} >= {"profiles", "servers.json", "server"}
    for command in block("docs/questions.md", "uninstall"):
        account.run(command)
    assert not kept.exists()
    assert not list((account.home / "bin").iterdir())


def test_one_file_of_the_client(account: Account) -> None:
    """The README's command makes `chat.pyz`, which alone shows a whole conversation; what it
    installs first is here already."""
    _, build = block("README.md", "single file")
    (account.clone / ".venv").symlink_to(sys.prefix)
    account.run(build)
    (account.clone / ".venv").unlink()
    alone = account.clone / "dist" / "chat.pyz"
    # As some packages of a system do for every Python that starts.
    old = account.home / "old"
    old.mkdir()
    (old / "sitecustomize.py").write_text(
        "import sys, types; sys.modules['zope'] = types.ModuleType('zope');"
        "sys.modules['zope'].__path__ = []"
    )
    for words, shown in (("--version", "chat 0."), ("demo", "echo")):
        for more in ("", f"PYTHONPATH={old}"):
            command = f"env -i HOME=$HOME PATH=/usr/bin:/bin {more} {alone} {words}"
            assert shown in account.run(command)
