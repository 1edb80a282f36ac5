"""Files between two real clients, over a real link, onto a real disk."""

import json
import os
import random
import re
import signal
import time

import pytest
from patience import SECONDS

HASH = r"^\* ([0-9a-f]{64})$"


def tree(folder):
    """What lies in a folder: bytes of files, None for folders."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


def until(seen):
    """Wait until that is so."""
    deadline = time.monotonic() + SECONDS
    while not seen():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def filled(folder, size):
    """A folder with a large file, small ones, and names that mean harm."""
    (folder / "deep" / "empty").mkdir(parents=True)
    (folder / "large").write_bytes(random.Random(1).randbytes(size))
    (folder / "deep" / "\x1b[2J").write_text("x")
    (folder / "nothing").touch()
    (folder / "link").symlink_to("/etc/passwd")
    return folder


def landed(folder):
    """The same as it is at the taker's."""
    return {
        path.replace("\x1b", "␛"): data for path, data in tree(folder).items() if path != "link"
    }


def test_a_folder_is_sent_and_the_input_may_end(stage, tmp_path):
    """Both see what it is, what becomes of it, and the same hash; whoever sends it from a pipe ends
    when it is there."""
    alice, bob = stage.talking("alice", "bob")
    trip = filled(tmp_path / "alice" / "trip", 3_000_000)
    alice.type("/send trip")
    alice.until(r"offered \(files 1\): trip and 5 more")
    alice.until(r"left out: .*link \(a link\)")
    alice.end_input()
    bob.until(r"you are offered files 1: trip.*, by alice")
    bob.until(r"trip/deep/␛\[2J")
    bob.type("/take 1 got")
    bob.until(r"trip and \d more is there, whole")
    ours, theirs = alice.until(HASH), bob.until(HASH)
    assert re.search(HASH, ours)[1] == re.search(HASH, theirs)[1]
    assert tree(tmp_path / "bob" / "got" / "trip") == landed(trip)
    until(lambda: os.listdir(tmp_path / "bob" / "got") == ["trip"])
    assert alice.ended() == 0


@pytest.mark.slow
def test_both_are_killed_and_it_goes_on(stage, tmp_path):
    """In another conversation, without another word of the taker, and not from the beginning."""
    trip = filled(tmp_path / "alice" / "trip", 24_000_000)
    part = tmp_path / "bob" / "got" / "trip.part" / "trip" / "large"
    alice, bob = stage.talking("alice", "bob")
    alice.type("/files rate 2M", "/send trip")
    bob.until(r"you are offered files 1")
    bob.type("/take 1 got")
    until(lambda: part.exists() and part.stat().st_size > 2_000_000)
    for person in (alice, bob):
        person.signal(signal.SIGKILL)
        person.ended()
    assert not (tmp_path / "bob" / "got" / "trip").exists()
    before = part.stat().st_ino
    for name, row in (("alice", r"↑ 1 trip  .* connection to bob"), ("bob", r"↓ 1 trip  \[")):
        listed = stage.word("files", name)
        assert (listed.ended(), listed.complaints()) == (0, [])
        assert re.match(row, listed.lines()[0])
    held = stage.word("files", "bob", "pause", "1", "--json")
    assert (held.ended(), json.loads(held.lines()[0])["method"]) == (0, "files_held")
    assert "paused" in stage.word("files", "bob").until("trip")
    assert stage.word("files", "bob", "go", "1").ended() == 0
    alice, bob = stage.talking("alice", "bob")
    bob.until(r"trip and \d more is there, whole")
    assert tree(tmp_path / "bob" / "got" / "trip") == landed(trip)
    assert (tmp_path / "bob" / "got" / "trip" / "large").stat().st_ino == before
    until(lambda: os.listdir(tmp_path / "bob" / "got") == ["trip"])
