"""What the client says about starting a daemon is true, however chatd was installed."""

import sys
from pathlib import Path

import pytest

from chatd.daemon_command import daemon_command


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The programs of an environment, of which none is on the path."""
    programs, path = tmp_path / "in it", tmp_path / "bin"
    for folder in (programs, path):
        folder.mkdir()
    (programs / "chatd").touch(mode=0o755)
    monkeypatch.setattr(sys, "executable", str(programs / "python"))
    monkeypatch.setenv("PATH", str(path))
    return programs


def test_a_chatd_that_a_shell_does_not_find(installed: Path) -> None:
    """Its whole path is given, as a shell reads it; also where another chatd is found."""
    whole = f"'{installed / 'chatd'}'"
    assert daemon_command() == whole
    (installed.parent / "bin" / "chatd").touch(mode=0o755)
    assert daemon_command() == whole


def test_a_chatd_that_a_shell_finds(installed: Path) -> None:
    """Ours, in its folder or by a link to it."""
    (installed.parent / "bin" / "chatd").symlink_to(installed / "chatd")
    assert daemon_command() == "chatd"
