"""What ends a client that cannot go on, and in which words."""

import shutil
import signal
import subprocess
import sys

import pytest
from chat_process import CHAT

STUCK = """
import os, sys, threading, time
real = os.fsync
def fsync(descriptor):
    if threading.current_thread() is not threading.main_thread():
        time.sleep(1000)
    real(descriptor)
os.fsync = fsync
from chatd.cli import main
sys.exit(main())
"""
"""A client whose disk does not come back from what is written in the background."""


@pytest.fixture(scope="module")
def fewest():
    """How many descriptors Python itself needs to begin, with what is installed beside it."""
    for files in range(3, 20):
        python = ["prlimit", f"--nofile={files}", sys.executable, "-c", ""]
        begun = subprocess.run(python, capture_output=True, check=False)
        if begun.returncode == 0 and not begun.stderr:
            return files
    raise AssertionError("Python never begins")


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="there is no prlimit")
@pytest.mark.parametrize("more", range(15))
def test_few_descriptors(start, held_port, fewest, more):
    """Wherever they run out on the way, the client ends, with an error of one line and a hint."""
    command = ["prlimit", f"--nofile={fewest + more}", *CHAT, "--username", "alice"]
    person = start([*command, "--port", str(held_port)])
    assert person.ended() == 1
    error, hint = person.complaints()
    assert error.startswith("chat: error: ")
    assert hint.startswith("chat: hint: ")
    assert ("may not open more" in error or "too many files" in error) == ("ulimit" in hint)


@pytest.mark.parametrize(
    "numbers",
    [
        (signal.SIGTERM, signal.SIGINT),  # two of a kind can become one on the way
        (signal.SIGHUP, signal.SIGTERM),
        (signal.SIGINT, signal.SIGHUP),
    ],
)
def test_a_second_signal_ends_at_once(stage, start, numbers):
    """Also where the first one waits for a disk that does not answer."""
    command = [sys.executable, "-c", STUCK, "--host", "127.0.0.1", "--port", str(stage.port)]
    person = start([*command, "--username", "alice"], home="alice")
    person.until("you are on .* as alice")
    for number in numbers:
        person.signal(number)
    assert person.ended() - 128 in numbers
