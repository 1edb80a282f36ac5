"""Twisted finds the daemon, and looking for it costs nothing."""

import subprocess
import sys
from pathlib import Path

TREE = Path(__file__).parents[2]


def python(code: str, folder: Path) -> str:
    """What a new interpreter prints, started somewhere else than in the tree."""
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    ).stdout


def test_twistd_lists_the_daemon(tmp_path: Path) -> None:
    """The help of twistd has a line for the daemon."""
    shown = python(
        "import sys; sys.argv[1:] = ['--help']\nfrom twisted.scripts.twistd import run; run()",
        tmp_path,
    )
    assert "A rendezvous daemon that introduces people to each other." in shown


def test_listing_the_plugins_imports_nothing_of_the_daemon(tmp_path: Path) -> None:
    """Whoever lists the plugins gets neither our code nor a reactor, which may be the wrong one."""
    listing = """
import sys
from twisted.application.service import IServiceMaker
from twisted.plugin import getPlugins
print([maker.tapname for maker in getPlugins(IServiceMaker)].count("chatd"))
print([name for name in sys.modules if name.split(".")[0] == "chatd"])
print("twisted.internet.reactor" in sys.modules)
"""
    assert python(listing, tmp_path) == "1\n[]\nFalse\n"


def test_the_daemon_does_not_load_the_client(tmp_path: Path) -> None:
    """A daemon has no use for the direct link, the client or the terminal."""
    loading = """
import sys
import chatd.tap
others = ("chatd.peer", "chatd.engine", "chatd.ui", "prompt")
print([name for name in sys.modules if name.startswith(others)])
"""
    assert python(loading, tmp_path) == "[]\n"


def test_our_folders_do_not_shadow_twisted() -> None:
    """With an __init__.py, one folder would hide Twisted, and the other our own plugin."""
    assert not list((TREE / "twisted").rglob("__init__.py"))
