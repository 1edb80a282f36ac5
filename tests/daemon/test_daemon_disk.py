"""A daemon whose disk fails: names are refused, everything else goes on, and nothing stays wrong.

The faults come from a library under SQLite (`faults.c`), in a real process.
"""

import errno
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from daemon_process import LOOPBACK, Daemon, attempt, command
from faulty_disk import Faults, faults
from patience import SECONDS
from person import Person

from chatd.files import StorageError
from chatd.noise.keys import REAL
from chatd.rendezvous.data_folder import open_folder
from chatd.rendezvous.directory import Binding
from chatd.rendezvous.name_changes import Bind
from chatd.rendezvous.name_file import FILE, NameFile, NoNames
from chatd.wire import server as wire

pytestmark = pytest.mark.slow

ALICE, MALLORY = REAL.dh.generate_keypair(), REAL.dh.generate_keypair()
BESIDE = ["names.sqlite3-wal", "names.sqlite3-shm"]


@pytest.fixture
def names_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Faults:
    """What is wrong with the disk of the names."""
    return faults(tmp_path, monkeypatch, FILE)


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Faults:
    """What is wrong with the disk of the data folder."""
    return faults(tmp_path, monkeypatch, f"{tmp_path}/data")


def kept(folder: Path) -> list[str]:
    """The names that the next daemon would find."""
    with closing(NameFile(folder / "data")) as file:
        file.check()
        return sorted(binding.name for binding in file.load().bindings)


def refused(person: Person, name: str) -> None:
    """Whoever wants a name now is told at once that it cannot be stored."""
    person.say(wire.Username(name))
    answer = person.hear(wire.Refused)
    assert (answer.to, answer.name, answer.code) == ("username", name, "failed")


def named(person: Person, name: str) -> None:
    """A name is stored."""
    person.say(wire.Username(name))
    assert person.hear(wire.Named).name == name


def goes_on(person: Person) -> None:
    """All that needs no disk works."""
    person.say(wire.Search("somebody"))
    assert not person.hear(wire.Found).here


def ends(daemon: Daemon, *reasons: str) -> None:
    """SIGTERM ends the daemon cleanly, and the log says what was wrong, without a traceback."""
    daemon.terminate()
    assert daemon.wait()
    assert "Traceback" not in daemon.log
    assert "Unhandled" not in daemon.log
    for reason in reasons:
        assert reason in daemon.log


FAULTS = {
    "full": ("pwrite", errno.ENOSPC, "the disk is full (free some space, then try again)"),
    "quota": ("pwrite", errno.EDQUOT, "cannot be stored"),
    "read-only": ("pwrite", errno.EROFS, "cannot be stored"),
    "broken at write": ("pwrite", errno.EIO, "the disk reports an error"),
    "broken at fsync": ("fsync", errno.EIO, "the disk reports an error"),
    "full at fsync": ("fsync", errno.ENOSPC, "cannot be stored"),
}


def test_a_disk_that_fails_for_a_while(tmp_path: Path, names_disk: Faults) -> None:
    """In every way: new names are refused, at login and later; they work again when it does."""
    with Daemon(tmp_path, names_per_key="100") as daemon, Person(daemon.port, ALICE) as alice:
        alice.login("alice")
        for number, (call, code, _) in enumerate(FAULTS.values()):
            names_disk.fail(call, code)
            with Person(daemon.port) as bob:
                assert bob.login(f"bob{number}").name is None
                assert bob.hear(wire.Refused).code == "failed"
            refused(alice, "other")
            goes_on(alice)
            names_disk.heal()
            named(alice, f"later{number}")
            with Person(daemon.port) as bob:
                assert bob.login(f"bob{number}").name == f"bob{number}"
        ends(daemon, *(reason for _, _, reason in FAULTS.values()), "names are stored again")
    names = [f"{name}{number}" for number in range(len(FAULTS)) for name in ("bob", "later")]
    assert kept(tmp_path) == sorted(["alice", *names])


@pytest.mark.parametrize("fault", ["full", "broken at fsync", "broken at close"])
def test_the_end_while_the_disk_fails(tmp_path: Path, names_disk: Faults, fault: str) -> None:
    """It comes, and what was answered before is there at the next start."""
    call, code, _ = FAULTS.get(fault, ("close", errno.EIO, ""))
    with Daemon(tmp_path) as daemon, Person(daemon.port, ALICE) as alice:
        alice.login("alice")
        names_disk.fail(call, code)
        if call != "close":
            refused(alice, "other")
        ends(daemon)
    names_disk.heal()
    assert kept(tmp_path) == ["alice"]


def test_the_end_on_a_disk_that_does_not_answer(tmp_path: Path, disk: Faults) -> None:
    """Whatever else a daemon writes when it stops, it is not waited for without end."""
    with Daemon(tmp_path) as daemon, Person(daemon.port, ALICE) as alice:
        alice.login("alice")
        disk.hang("fsync", "pwrite")
        ends(daemon)
    disk.heal()
    assert kept(tmp_path) == ["alice"]


def test_the_end_on_a_disk_that_is_full(tmp_path: Path, disk: Faults) -> None:
    """Whatever else a daemon writes when it stops."""
    with Daemon(tmp_path) as daemon, Person(daemon.port, ALICE) as alice:
        alice.login("alice")
        disk.fill()
        refused(alice, "other")
        ends(daemon)
    disk.heal()
    assert kept(tmp_path) == ["alice"]


def test_a_kill_while_the_disk_fails(tmp_path: Path, names_disk: Faults) -> None:
    """What was answered before is there at the next start, and the next daemon runs."""
    with Daemon(tmp_path) as daemon, Person(daemon.port, ALICE) as alice:
        alice.login("alice")
        names_disk.fail("fsync", errno.EIO)
        refused(alice, "other")
    names_disk.heal()
    with Daemon(tmp_path) as daemon, Person(daemon.port, MALLORY) as mallory:
        mallory.login()
        named(mallory, "mallory")
        mallory.say(wire.Username("alice"))
        assert mallory.hear(wire.Refused).code == "taken"


def test_writes_that_are_cut_short(tmp_path: Path, names_disk: Faults) -> None:
    """A disk may take less than it is given; that is no fault."""
    names_disk.shorten()
    with Daemon(tmp_path) as daemon, Person(daemon.port, ALICE) as alice:
        assert alice.login("alice").name == "alice"
        ends(daemon)
    assert kept(tmp_path) == ["alice"]


@pytest.mark.parametrize("call", ["fsync", pytest.param("pwrite", marks=pytest.mark.slow)])
def test_a_disk_that_does_not_answer(tmp_path: Path, names_disk: Faults, call: str) -> None:
    """The name is refused after five seconds; when the disk is there again, memory and disk
    agree that nobody has it."""
    with Daemon(tmp_path) as daemon, Person(daemon.port, ALICE) as alice:
        alice.login("alice")
        names_disk.hang(call)
        with Person(daemon.port) as other:
            other.login()
            alice.say(wire.Username("late"))
            goes_on(other)
            assert alice.hear(wire.Refused).code == "failed"
            goes_on(alice)
        names_disk.heal()
        with Person(daemon.port, MALLORY) as mallory:
            mallory.login()
            named(mallory, "late")
            ends(daemon, "the disk does not answer", "names are stored again")
    assert kept(tmp_path) == ["alice", "late"]
    with Daemon(tmp_path) as daemon, Person(daemon.port, MALLORY) as mallory:
        assert mallory.login("late").name == "late"


@pytest.mark.parametrize("call", ["fsync", pytest.param("pwrite", marks=pytest.mark.slow)])
def test_the_end_while_the_disk_does_not_answer(
    tmp_path: Path, names_disk: Faults, call: str
) -> None:
    """The daemon does not wait for it for ever, though somebody waits for a name."""
    with Daemon(tmp_path) as daemon, Person(daemon.port, ALICE) as alice:
        alice.login("alice")
        names_disk.hang(call)
        alice.say(wire.Username("late"))
        ends(daemon)
    names_disk.heal()
    assert "alice" in kept(tmp_path)


@pytest.mark.usefixtures("disk_may_wait")
def test_a_file_that_another_program_locks(tmp_path: Path) -> None:
    """Names are refused for as long, and not longer."""
    with Daemon(tmp_path) as daemon, Person(daemon.port, ALICE) as alice:
        alice.login("alice")
        path = tmp_path / "data" / FILE
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            refused(alice, "other")
            goes_on(alice)
            other.execute("COMMIT")
        named(alice, "other")
        ends(daemon, "another program is using it", "names are stored again")
    assert kept(tmp_path) == ["alice", "other"]


def test_files_removed_under_the_daemon(tmp_path: Path) -> None:
    """The daemon has all that was in them, and puts it back: with the next name, and at its end."""
    path = tmp_path / "data" / FILE
    expected = ["alice"]
    with Daemon(tmp_path, names_per_key="100") as daemon, Person(daemon.port, ALICE) as alice:
        alice.login("alice")
        for number, gone in enumerate(([FILE], [FILE, *BESIDE], BESIDE, BESIDE[:1], BESIDE[1:])):
            for name in gone:
                (tmp_path / "data" / name).unlink()
            named(alice, f"name{number}")
            expected.append(f"name{number}")
            assert path.stat().st_mode & 0o777 == 0o600
            assert kept_by_others(path) == expected
        path.unlink()
        ends(daemon)
    assert kept(tmp_path) == expected
    assert sorted(each.name for each in (tmp_path / "data").glob("*names*")) == [FILE]


def kept_by_others(path: Path) -> list[str]:
    """What another program reads while the daemon runs."""
    with closing(sqlite3.connect(path)) as other:
        return sorted(name for (name,) in other.execute("SELECT name FROM names"))


def test_a_file_that_was_moved_away_and_back(tmp_path: Path) -> None:
    """Nothing is lost if nothing was written meanwhile."""
    with Daemon(tmp_path) as daemon, Person(daemon.port, ALICE) as alice:
        alice.login("alice")
        path = tmp_path / "data" / FILE
        path.rename(tmp_path / "elsewhere")
        (tmp_path / "elsewhere").rename(path)
        named(alice, "other")
        ends(daemon)
    assert kept(tmp_path) == ["alice", "other"]


def test_another_file_in_its_place(tmp_path: Path) -> None:
    """It is the operator's, and left alone: names are refused until the daemon is restarted."""
    with Daemon(tmp_path) as daemon, Person(daemon.port, ALICE) as alice:
        alice.login("alice")
        with closing(NameFile(tmp_path / "other")):
            pass
        (tmp_path / "other" / FILE).rename(tmp_path / "data" / FILE)
        refused(alice, "other")
        goes_on(alice)
        ends(daemon, "was replaced while chatd was running", "put the right file in its place")
    assert kept(tmp_path) == []


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    """Names are refused, nothing else stops, and the end comes."""
    with Daemon(tmp_path) as daemon, Person(daemon.port, ALICE) as alice:
        alice.login("alice")
        shutil.rmtree(tmp_path / "data")
        refused(alice, "other")
        goes_on(alice)
        ends(daemon, "there is no such file or folder")


# -- the start


def cannot_start(folder: Path, **given: str) -> str:
    """The one line of a daemon that does not start."""
    result = attempt("plugin", folder, listen=LOOPBACK, data_dir=str(folder / "data"), **given)
    assert result.returncode == 1
    (line,) = [each for each in result.stderr.splitlines() if "chatd: error" in each]
    assert "Traceback" not in result.stderr
    return line.removeprefix("chatd: error: ")


@pytest.fixture
def stopped(tmp_path: Path) -> Path:
    """A data folder in which alice has a name, and no daemon runs."""
    with Daemon(tmp_path) as daemon, Person(daemon.port, ALICE) as alice:
        alice.login("alice")
        ends(daemon)
    return tmp_path / "data"


def test_a_fresh_folder_on_a_full_disk(tmp_path: Path, disk: Faults) -> None:
    """What is true is that the disk is full; there is no copy to restore."""
    (tmp_path / "data").mkdir(mode=0o700)
    disk.fill()
    line = cannot_start(tmp_path)
    assert "the disk is full" in line
    assert "free some space" in line
    assert "restore" not in line
    disk.heal()
    with Daemon(tmp_path) as daemon, Person(daemon.port, ALICE) as alice:
        assert alice.login("alice").name == "alice"


def test_files_that_cannot_be_opened(tmp_path: Path, stopped: Path, names_disk: Faults) -> None:
    """The daemon says why, and the names are there as soon as they can be read."""
    for code, words in (
        (errno.EIO, "input/output error"),
        (errno.EACCES, "permission denied"),
        (errno.EROFS, "the disk is read-only"),
        (errno.ENOSPC, "the disk is full"),
    ):
        names_disk.fail("open", code)
        assert words in cannot_start(tmp_path)
    names_disk.heal()
    assert kept(tmp_path) == ["alice"]


@pytest.mark.parametrize("how", ["missing", "empty", "without tables"])
def test_names_that_are_gone_beside_a_key(tmp_path: Path, how: str) -> None:
    """Nobody starts as if there had never been a name, until the operator agrees."""
    open_folder(tmp_path)
    path = tmp_path / FILE
    path.unlink()
    if how != "missing":
        path.touch(0o600)
    if how == "without tables":
        with closing(sqlite3.connect(path)) as raw:
            raw.execute("PRAGMA journal_mode = WAL")
    for _ in range(2):
        with pytest.raises(NoNames) as refusal:
            open_folder(tmp_path)
        assert ("is missing" if how == "missing" else "is empty") in str(refusal.value)
        assert "restore it from a copy" in refusal.value.hint
        assert "--without-names" in refusal.value.hint
    assert open_folder(tmp_path, without_names=True).stored.bindings == []
    open_folder(tmp_path)


def test_the_operator_agrees(tmp_path: Path, stopped: Path) -> None:
    """The options say so for one start; after that all is as it should be."""
    (stopped / FILE).unlink()
    assert "--without-names" in cannot_start(tmp_path)
    with Daemon(tmp_path, without_names="") as daemon, Person(daemon.port, MALLORY) as mallory:
        assert mallory.login("alice").name == "alice"
        ends(daemon)
    (stopped / "server-key").unlink()
    assert "--new-key" in cannot_start(tmp_path)
    with Daemon(tmp_path, new_key="") as daemon, Person(daemon.port, ALICE) as alice:
        assert alice.login("alice").name is None
        ends(daemon)


def test_a_key_that_is_gone_beside_names(tmp_path: Path) -> None:
    """A new key would stop every client, so that the operator has to agree."""
    static = open_folder(tmp_path).static
    with closing(NameFile(tmp_path)) as file:
        _fill(file)
    (tmp_path / "server-key").unlink()
    for _ in range(2):
        with pytest.raises(StorageError, match="server-key is missing"):
            open_folder(tmp_path)
        assert not (tmp_path / "server-key").exists()
    found = open_folder(tmp_path, new_key=True)
    assert len(found.stored.bindings) == 2000
    assert found.static.public != static.public


def test_a_first_start_that_was_killed(tmp_path: Path) -> None:
    """At any moment between the first file and the last one: the next start is a first one."""
    (tmp_path / FILE).touch(0o600)
    open_folder(tmp_path)
    (tmp_path / "server-key").unlink()
    open_folder(tmp_path)


@pytest.mark.parametrize("part", ["the last page", "a page within", "half of the last page"])
def test_a_torn_file_is_not_used(tmp_path: Path, part: str) -> None:
    """The error says that it is damaged, it stays as it is, and a copy of it works."""
    open_folder(tmp_path)
    with closing(NameFile(tmp_path)) as file:
        _fill(file)
    path = tmp_path / FILE
    whole = path.read_bytes()
    torn = {
        "the last page": whole[:-4096] + bytes(4096),
        "a page within": whole[: 5 * 4096] + b"\xff" * 4096 + whole[6 * 4096 :],
        "half of the last page": whole[:-2048],
    }[part]
    path.write_bytes(torn)
    with pytest.raises(StorageError, match="it is damaged") as refusal:
        open_folder(tmp_path)
    assert refusal.value.hint == "restore it from a copy"
    assert path.read_bytes() == torn
    path.write_bytes(whole)
    assert len(open_folder(tmp_path).stored.bindings) == 2000


@pytest.mark.parametrize("row", ["('Not a name', x'01', 1, 1)", "('name', x'01', 1, 1)"])
def test_rows_that_were_never_written(tmp_path: Path, row: str) -> None:
    """A file that is whole and holds what no daemon writes is damaged too."""
    open_folder(tmp_path)
    with closing(sqlite3.connect(tmp_path / FILE)) as raw, raw:
        raw.execute(f"INSERT INTO names VALUES {row}")
    with pytest.raises(StorageError, match="it is damaged"):
        open_folder(tmp_path)


def _fill(file: NameFile) -> None:
    names = [f"name{number}" for number in range(2000)]
    file.apply([Bind(Binding(name, b"\x01" + os.urandom(32), 1.0, 1.0)) for name in names])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a disk that is too small")
@pytest.mark.parametrize("size", ["8k", "24k"])
def test_a_fresh_folder_on_a_real_disk_that_is_full(tmp_path: Path, size: str) -> None:
    """Whichever of the first files no longer fits, the error says that the disk is full."""
    inside = 'mount -t tmpfs -o mode=700,size=$1 tmpfs "$2" && shift 2 && exec "$@"'
    (tmp_path / "data").mkdir(mode=0o700)
    twistd = command("plugin", tmp_path, listen=LOOPBACK, data_dir=str(tmp_path / "data"))
    mounted = ["unshare", "--mount", "sh", "-c", inside, "sh", size, str(tmp_path / "data")]
    result = subprocess.run([*mounted, *twistd], capture_output=True, text=True, timeout=SECONDS)
    if "mount:" in result.stderr or "unshare:" in result.stderr:
        pytest.skip(f"nothing can be mounted here: {result.stderr.strip()}")
    assert result.returncode == 1
    assert "the disk is full (free some space, then try again)" in result.stderr
    assert "restore" not in result.stderr
