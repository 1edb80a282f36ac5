"""What ends a client that cannot go on, and in which words."""

import shutil
import signal
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


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="there is no prlimit")
@pytest.mark.parametrize("files", range(4, 20))
def test_few_descriptors(start, held_port, files):
    """Wherever they run out on the way, the client ends, with an error of one line and a hint."""
    command = ["prlimit", f"--nofile={files}", *CHAT, "--username", "alice"]
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
