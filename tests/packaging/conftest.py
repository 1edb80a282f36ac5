"""Accounts for those who install."""

import os
import sys
from pathlib import Path

import pytest
from account import Account


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
