"""What a process knows stays in it: no core file, and no other process that looks in."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

DIES = """
import os, resource, signal, sys
hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
{closed}
os.kill(os.getpid(), signal.SIGSEGV)
"""
ASKED = """
import ctypes, resource, sys
from chatd.cli import main
main(sys.argv[1:])
print("open:", ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), resource.getrlimit(resource.RLIMIT_CORE))
"""
CLOSED = "open: 0 (0, 0)"
LIMITS = "Max core file size        0                    0"


def status(script, folder):
    """How a script ends, as the kernel says it."""
    child = subprocess.Popen([sys.executable, "-c", script], cwd=folder)
    _, ended = os.waitpid(child.pid, 0)
    child.returncode = 0
    return ended


def test_a_crash_leaves_no_core(tmp_path):
    """Also where the limit would allow one, and where a program is given them."""
    if not os.WCOREDUMP(status(DIES.format(closed=""), tmp_path)):
        pytest.skip("nothing leaves a core file on this machine")
    for core in tmp_path.iterdir():
        core.unlink()
    closed = "from chatd.memory import close_memory; close_memory()"
    ended = status(DIES.format(closed=closed), tmp_path)
    assert os.WTERMSIG(ended) == signal.SIGSEGV
    assert not os.WCOREDUMP(ended)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("words", [["--version"], ["key", "show"], ["nonsense"]])
def test_the_client_is_closed(tmp_path, words):
    """Whatever it was started for."""
    environment = os.environ | {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    asked = subprocess.run(
        [sys.executable, "-c", ASKED, *words], env=environment, capture_output=True, text=True
    )
    assert CLOSED in asked.stdout


def test_a_running_client_is_closed(stage):
    """Before it has a key."""
    alice = stage.arrived("alice")
    assert LIMITS in Path(f"/proc/{alice.pid}/limits").read_text()


def test_a_running_daemon_is_closed(stage):
    """Once it listens."""
    assert LIMITS in Path(f"/proc/{stage.daemon.pid}/limits").read_text()
