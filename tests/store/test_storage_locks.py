"""Locks: held by one process at a time, and never longer than it lives."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from other_process import OtherProcess, Start

from chatd.files import Locked, StorageError, lock, lock_within

HOLD = """
from chatd.files import lock
held = lock(Path(sys.argv[1]))
say("locked")
wait()
"""


def holder(start: Start, path: Path) -> OtherProcess:
    process = start(HOLD, path)
    assert process.hears() == "locked"
    return process


def test_a_lock_is_held_once_in_a_process(tmp_path: Path) -> None:
    """A second lock in the same process is refused until the first is released."""
    first = lock(tmp_path / "lock")
    with pytest.raises(Locked):
        lock(tmp_path / "lock")
    first.release()
    lock(tmp_path / "lock").release()


def test_a_lock_ends_with_its_block(tmp_path: Path) -> None:
    """Leaving the block releases, also after an error, and releasing again harms nobody."""
    with pytest.raises(KeyError), lock(tmp_path / "lock") as held:
        raise KeyError
    with lock(tmp_path / "lock"):
        held.release()
        with pytest.raises(Locked):
            lock(tmp_path / "lock")


def test_another_process_is_kept_out(tmp_path: Path, start: Start) -> None:
    """A lock of another process holds, names the file, and ends with that process."""
    process = holder(start, tmp_path / "lock")
    with pytest.raises(Locked, match=str(tmp_path)):
        lock(tmp_path / "lock")
    process.go()
    assert process.ended() == 0
    lock(tmp_path / "lock").release()


def test_a_killed_process_holds_nothing(tmp_path: Path, start: Start) -> None:
    """After SIGKILL the lock is free at once."""
    holder(start, tmp_path / "lock").kill()
    lock(tmp_path / "lock").release()


def test_a_lock_does_not_pass_to_children(tmp_path: Path) -> None:
    """A program that was started while the lock was held does not keep it."""
    held = lock(tmp_path / "lock")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        held.release()
        lock(tmp_path / "lock").release()
        child.communicate(b"\n")


def test_waiting_gets_the_lock_when_it_is_free(tmp_path: Path, start: Start) -> None:
    """Whoever waits has the lock after the other process has let it go."""
    process = holder(start, tmp_path / "lock")
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(lock_within, tmp_path / "lock", 60)
        assert not waiting.done()
        process.go()
        with waiting.result(), pytest.raises(Locked):
            lock(tmp_path / "lock")


def test_waiting_has_an_end(tmp_path: Path) -> None:
    """When the time is up, waiting ends as not waiting does."""
    with lock(tmp_path / "lock"), pytest.raises(Locked):
        lock_within(tmp_path / "lock", 0.02)


def test_locking_keeps_what_is_in_the_file(tmp_path: Path) -> None:
    """A lock changes nothing in a file that is there."""
    (tmp_path / "lock").write_bytes(b"content")
    lock(tmp_path / "lock").release()
    assert (tmp_path / "lock").read_bytes() == b"content"


@pytest.mark.parametrize("kind", ["fifo", "folder", "link", "no folder"])
def test_only_a_regular_file_is_a_lock(tmp_path: Path, kind: str) -> None:
    """Anything else in its place is refused with a text, not followed, and does not hang."""
    path = tmp_path / "lock"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "link":
        path.symlink_to(tmp_path / "elsewhere")
    else:
        path = tmp_path / "no" / "lock"
    with pytest.raises(StorageError, match="lock"):
        lock(path)
    assert not (tmp_path / "elsewhere").exists()


def test_a_failed_lock_leaves_no_descriptor(tmp_path: Path) -> None:
    """Being refused a thousand times costs no open files."""
    before = len(os.listdir("/proc/self/fd"))
    with lock(tmp_path / "lock"):
        for _ in range(1000):
            with pytest.raises(Locked):
                lock(tmp_path / "lock")
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_stopped_holder_keeps_the_lock(tmp_path: Path, start: Start) -> None:
    """A suspended process (Ctrl-Z) still counts as one that uses the file."""
    process = holder(start, tmp_path / "lock")
    os.kill(process.pid, signal.SIGSTOP)
    with pytest.raises(Locked):
        lock(tmp_path / "lock")
