"""A copy of a data folder, and a data folder of a copy."""

import os
import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest

from chatd.files import StorageError
from chatd.rendezvous import name_file, server_key
from chatd.rendezvous.backup import back_up, restore
from chatd.rendezvous.data_folder import open_folder
from chatd.rendezvous.directory import Binding
from chatd.rendezvous.name_changes import Allow, Ban, Bind
from chatd.rendezvous.name_file import NameFile
from chatd.seed_file import DOOR, RELAY, SeedFile

KEY = b"\x01" + b"k" * 32


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with something of everything."""
    data = tmp_path / "data"
    server_key.server_key(data)
    with closing(NameFile(data)) as file:
        file.apply([Bind(Binding("bob", KEY, 1.0, 2.0)), Ban("eve"), Allow("SHA256:x")])
    for name in (DOOR, RELAY):
        SeedFile(data, name).load(os.urandom, 1_000_000_000)
    return data


def names_in(folder: Path) -> list[str]:
    """What is in a folder."""
    return sorted(os.listdir(folder))


def test_everything_is_there_again(tmp_path: Path, folder: Path) -> None:
    """Key, names, bans, the list and the seeds, byte for byte or as SQLite has them."""
    copied = back_up(folder, tmp_path / "copy")
    assert names_in(tmp_path / "copy") == sorted(copied)
    assert restore(tmp_path / "copy", tmp_path / "new") == copied
    found = open_folder(tmp_path / "new")
    assert [each.name for each in found.stored.bindings] == ["bob"]
    assert (found.stored.bans, found.stored.allowed) == (["eve"], ["SHA256:x"])
    for name in (server_key.FILE, DOOR, RELAY):
        assert (tmp_path / "new" / name).read_bytes() == (folder / name).read_bytes()


def test_only_the_owner_can_read_it(tmp_path: Path, folder: Path) -> None:
    """Whatever the umask is."""
    before = os.umask(0)
    try:
        back_up(folder, tmp_path / "copy")
        restore(tmp_path / "copy", tmp_path / "new")
    finally:
        os.umask(before)
    for copy in (tmp_path / "copy", tmp_path / "new"):
        for path in (copy, *copy.iterdir()):
            assert not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO), path


def test_nothing_is_written_over(tmp_path: Path, folder: Path) -> None:
    """Neither a copy nor a data folder, nor any part of one."""
    back_up(folder, tmp_path / "copy")
    with pytest.raises(StorageError, match="there already"):
        back_up(folder, tmp_path / "copy")
    (tmp_path / "new").mkdir(0o700)
    (tmp_path / "new" / DOOR).touch()
    with pytest.raises(StorageError, match="already"):
        restore(tmp_path / "copy", tmp_path / "new")
    assert names_in(tmp_path / "new") == [DOOR]


@pytest.mark.parametrize("missing", [server_key.FILE, name_file.FILE])
def test_half_a_folder_is_no_copy(tmp_path: Path, folder: Path, missing: str) -> None:
    """Nor is half a copy a folder; it is said what is missing, and nothing is left behind."""
    back_up(folder, tmp_path / "copy")
    for place in (folder, tmp_path / "copy"):
        (place / missing).unlink()
    before = names_in(tmp_path)
    with pytest.raises(StorageError, match=missing):
        back_up(folder, tmp_path / "other")
    assert names_in(tmp_path) == before
    with pytest.raises(StorageError, match=missing):
        restore(tmp_path / "copy", tmp_path / "new")
    assert names_in(tmp_path) == before


@pytest.mark.parametrize("damaged", [server_key.FILE, name_file.FILE])
def test_what_is_damaged_is_not_copied(tmp_path: Path, folder: Path, damaged: str) -> None:
    """A copy that no daemon would start with is worse than none."""
    with open(folder / damaged, "r+b") as file:
        file.write(b"damage" * 20)
    with pytest.raises(StorageError):
        back_up(folder, tmp_path / "copy")
    assert names_in(tmp_path) == ["data"]


def test_what_is_no_folder_of_a_server(tmp_path: Path) -> None:
    """It is said."""
    (tmp_path / "data").mkdir()
    with pytest.raises(StorageError, match="nothing of a server"):
        back_up(tmp_path / "data", tmp_path / "copy")
    with pytest.raises(StorageError, match="nothing of a server"):
        restore(tmp_path / "none", tmp_path / "new")
    assert names_in(tmp_path) == ["data"]
    with pytest.raises(StorageError, match="nothing of a server"):
        restore(tmp_path / "none", tmp_path / "data")
    assert names_in(tmp_path) == ["data"]


def test_the_seed_of_a_relay_alone(tmp_path: Path) -> None:
    """It is all that such a process keeps."""
    SeedFile(tmp_path / "data", RELAY).load(os.urandom, 1_000_000_000)
    assert back_up(tmp_path / "data", tmp_path / "copy") == [RELAY]
    assert restore(tmp_path / "copy", tmp_path / "new") == [RELAY]


def test_a_link_is_not_followed(tmp_path: Path, folder: Path) -> None:
    """Root copies the folders of others, and nothing that these only point at."""
    (tmp_path / "secret").write_text("of somebody else")
    (folder / DOOR).unlink()
    (folder / DOOR).symlink_to(tmp_path / "secret")
    with pytest.raises(StorageError):
        back_up(folder, tmp_path / "copy")


def test_one_moment_of_a_folder_that_is_written_to(tmp_path: Path, folder: Path) -> None:
    """Two names that change together are never apart, and what was stored before is there."""
    stop, written = threading.Event(), [0]
    before: list[int] = []

    def write() -> None:
        with closing(NameFile(folder)) as file:
            number = 0
            while not stop.is_set():
                number += 1
                pair = [Binding(f"{each}{number}", KEY, 1.0, 2.0) for each in ("a", "z")]
                file.apply([Bind(each) for each in pair])
                written[0] = number

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(20):
            before.append(written[0])
            back_up(folder, tmp_path / f"copy{number}")
    finally:
        stop.set()
        writer.join()
    for number in range(20):
        path = tmp_path / f"copy{number}" / name_file.FILE
        with closing(sqlite3.connect(path)) as raw:
            names = {name for (name,) in raw.execute("SELECT name FROM names")} - {"bob"}
        first, second = ({int(n[1:]) for n in names if n[0] == letter} for letter in "az")
        assert first == second
        assert first >= set(range(1, before[number] + 1))


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_root_copies_the_folder_of_another_account(tmp_path: Path, folder: Path) -> None:
    """The copy is root's, and nothing in the folder becomes so, which its daemon could not use."""
    nobody = 65534
    for path in (folder, *folder.iterdir()):
        os.chown(path, nobody, nobody)
    back_up(folder, tmp_path / "copy")
    assert {path.stat().st_uid for path in (folder, *folder.iterdir())} == {nobody}
    assert {path.stat().st_uid for path in (tmp_path / "copy").iterdir()} == {0}
    assert restore(tmp_path / "copy", tmp_path / "new")
