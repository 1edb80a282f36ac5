"""Accounts for those who install."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from account import Account


@pytest.fixture
def account(tmp_path: Path) -> Account:
    """A new one."""
    return Account(tmp_path)


@pytest.fixture(scope="session")
def pipx_bin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that has pipx."""
    folder = tmp_path_factory.mktemp("pipx")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    subprocess.run([folder / "bin" / "pip", "install", "-q", "pipx"], check=True)
    return folder / "bin"


@pytest.fixture
def pipx(account: Account, pipx_bin: Path) -> None:
    """pipx, for that account."""
    account.environment["PATH"] += os.pathsep + str(pipx_bin)
