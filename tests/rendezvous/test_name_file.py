"""Names on disk: what was written is there, also after a kill at any moment."""

import os
import shutil
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from chatd.files import StorageError
from chatd.rendezvous.directory import Binding
from chatd.rendezvous.name_changes import Bind, Forget, Seen, Unbind
from chatd.rendezvous.name_file import FILE, NameFile

ALICE, BOB = b"\x01" + b"a" * 32, b"\x01" + b"b" * 32
KILLS = int(os.environ.get("CHATD_KILLS", "100"))
"""How often a writer is killed; `CHATD_KILLS=1000 pytest tests/rendezvous/test_name_file.py`."""


def read(folder: Path) -> list[Binding]:
    """What is kept in a folder."""
    with closing(NameFile(folder)) as file:
        return file.load().bindings


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    """Bindings, when an owner was seen, names given back and names that ran out."""
    with closing(NameFile(tmp_path)) as file:
        file.apply([Bind(Binding("alice", ALICE, 1.0, 1.0)), Bind(Binding("al", ALICE, 1.0, 2.0))])
        file.apply(
            [
                Bind(Binding("bob", BOB, 3.0, 3.0)),
                Seen(ALICE, ("alice", "al"), 9.5),
                Seen(b"nobody", ("bob",), 1.0),
            ]
        )
        file.apply([Unbind("al", ALICE), Unbind("alice", BOB)])
        assert file.load().bindings == [
            Binding("alice", ALICE, 1.0, 9.5),
            Binding("bob", BOB, 3.0, 3.0),
        ]
        file.apply([Forget(ALICE, ("alice", "bob")), Bind(Binding("alice", BOB, 3.0, 4.0))])
    assert read(tmp_path) == [Binding("alice", BOB, 3.0, 4.0), Binding("bob", BOB, 3.0, 4.0)]


def test_nothing_stays_of_an_owner_without_names(tmp_path: Path) -> None:
    """The key goes with its last name, and is not even in what SQLite has written before."""
    with closing(NameFile(tmp_path)) as file:
        file.apply([Bind(Binding("bob", BOB, 3.0, 3.0)), Unbind("bob", BOB)])
    assert BOB not in (tmp_path / FILE).read_bytes()


def test_a_change_that_fails_takes_the_others_with_it(tmp_path: Path) -> None:
    """All of one call or nothing."""
    broken = Bind(Binding("bob", BOB, None, 3.0))  # type: ignore[arg-type]
    with closing(NameFile(tmp_path)) as file:
        with pytest.raises(StorageError):
            file.apply([Bind(Binding("alice", ALICE, 1.0, 1.0)), broken])
        assert file.load().bindings == []


def test_others_cannot_read_it(tmp_path: Path) -> None:
    """It is made for its owner alone, whatever the umask, and refused if it was opened up."""
    before = os.umask(0)
    try:
        NameFile(tmp_path / "data").close()
    finally:
        os.umask(before)
    path = tmp_path / "data" / FILE
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    with pytest.raises(StorageError) as refused:
        NameFile(tmp_path / "data")
    assert "chmod 600" in refused.value.hint


@pytest.mark.parametrize("damage", ["garbage", "newer", "folder"])
def test_a_file_that_cannot_be_used(tmp_path: Path, damage: str) -> None:
    """One clear error, and the file stays as it was."""
    path = tmp_path / FILE
    if damage == "garbage":
        path.write_bytes(b"no database at all, for sure" * 100)
        path.chmod(0o600)
    elif damage == "newer":
        NameFile(tmp_path).close()
        with closing(sqlite3.connect(path)) as raw:
            raw.execute("PRAGMA user_version = 99")
    else:
        path.mkdir()
    with pytest.raises(StorageError):
        NameFile(tmp_path)


@pytest.mark.parametrize("quiet", [True, False])
@pytest.mark.parametrize("end", ["", "-wal", "-shm"])
def test_a_file_that_is_removed_between_two_writes(tmp_path: Path, end: str, quiet: bool) -> None:
    """What is written after that is where the next start reads it, and so is what was before; also
    where nothing in the folder had changed for long."""
    with closing(NameFile(tmp_path)) as file:
        for number in range(3):
            if quiet:
                os.utime(tmp_path, (1.0, 1.0))
            file.apply([Bind(Binding(f"n{number}", ALICE, 1.0, 1.0))])
            assert (file._unchanged is not None) == quiet
        (tmp_path / (FILE + end)).unlink()
        file.apply([Bind(Binding("last", ALICE, 1.0, 1.0))])
        shutil.copytree(tmp_path, tmp_path / "now")
        assert [each.name for each in read(tmp_path / "now")] == ["last", "n0", "n1", "n2"]


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    """What does not fit is refused, what was there stays, and there may be room again."""
    with closing(NameFile(tmp_path)) as file:
        file.apply([Bind(Binding("alice", ALICE, 1.0, 1.0))])
        connection = file._connection
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        many = [Bind(Binding(f"n{i}", BOB, 1.0, 1.0)) for i in range(5000)]
        with pytest.raises(StorageError) as full:
            file.apply(many)
        assert "the disk is full" in str(full.value)
        assert "free some space" in full.value.hint
        assert [binding.name for binding in file.load().bindings] == ["alice"]
        connection.execute("PRAGMA max_page_count = 100000")
        file.apply(many)
        assert len(file.load().bindings) == 5001


def _write_until_killed(folder: Path, answers: int, seed: int) -> None:
    """Bind and give back names for ever, and say so when each is on disk."""
    random = Random(seed)
    file = NameFile(folder)
    number = 0
    while True:
        number += 1
        key = seed.to_bytes(4, "big") + bytes([number % 3]) * 29
        batch = [
            Bind(Binding(f"{seed}-{number}-{i}", key, 1.0, 1.0))
            for i in range(random.randrange(1, 4))
        ]
        file.apply(batch)
        os.write(answers, b"".join(b"%b\n" % change.binding.name.encode() for change in batch))


def test_a_kill_at_any_moment_loses_no_answered_name(tmp_path: Path) -> None:
    """Every name that was answered is bound; batches are there whole or not at all."""
    random, answered = Random(1), set[str]()
    for seed in range(KILLS):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                _write_until_killed(tmp_path, writing, seed)
            finally:
                os._exit(1)
        os.close(writing)
        with os.fdopen(reading, "rb") as answers:
            lines = [answers.readline() for _ in range(random.randrange(1, 12))]
            os.kill(child, signal.SIGKILL)
            lines += answers.readlines()
        os.waitpid(child, 0)
        answered |= {line.decode().strip() for line in lines if line.endswith(b"\n")}
    found = read(tmp_path)
    assert answered <= {binding.name for binding in found}
    assert len(answered) >= KILLS
    batches: dict[str, set[str]] = {}
    for binding in found:
        batches.setdefault(binding.name.rpartition("-")[0], set()).add(binding.name)
    assert all(f"{batch}-0" in names for batch, names in batches.items())
    with closing(sqlite3.connect(tmp_path / FILE)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
