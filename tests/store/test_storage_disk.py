"""Private files on a disk that loses its power, fails or lies at any call: whole or refused."""

import os
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from random import Random

import pytest
from torn_disk import PowerCut, TornDisk

from chatd.files import StorageError, create_private, read_private, remove_leftovers, write_private
from chatd.rendezvous.server_key import server_key
from chatd.seed_file import DOOR, RELAY, SeedFile

SEEDS = int(os.environ.get("CHATD_DISK_SEEDS", "150"))
"""How many stories; `CHATD_DISK_SEEDS=5000 pytest tests/store/test_storage_disk.py`."""
OLD, NEW = b"old" * 2000, b"new" * 3000


def refusal(what: Callable[[], object]) -> str | None:
    """What a call says if it cannot be done."""
    try:
        what()
    except StorageError as error:
        return str(error)
    return None


def play(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    write: Callable[[Path], object],
    before: bytes | None,
    check: Callable[[bytes | None, bool], None],
    **disk: bool,
) -> None:
    """Cut the power at every call of a write in turn, over and over: `check` is given what is
    found, and whether the write had come to its end."""
    cut = 0
    for seed in range(SEEDS):
        cut, folder = cut + 1, tmp_path / str(seed)
        folder.mkdir(mode=0o700)
        if before is not None:
            write_private(folder / "key", before)
        torn = TornDisk(folder, Random(seed), cut=cut, **disk)
        ended = False
        with monkeypatch.context() as patch:
            torn.under(patch)
            with suppress(PowerCut):
                write(folder / "key")
                ended, cut = True, 0
        torn.after(tmp_path / f"{seed} after")
        path = tmp_path / f"{seed} after" / "key"
        check(read_private(path, 100_000), ended)
        remove_leftovers(path)
        assert set(os.listdir(path.parent)) <= {"key"}


@pytest.mark.parametrize("before", [OLD, None])
def test_a_power_cut_leaves_the_old_or_the_new_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: bytes | None
) -> None:
    """At every call of a write; and the new one, once the write has come to its end."""

    def check(found: bytes | None, ended: bool) -> None:
        assert found == NEW if ended else found in (before, NEW)

    play(tmp_path, monkeypatch, lambda path: write_private(path, NEW), before, check)


def test_a_power_cut_while_a_file_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is none, or the whole of it."""

    def check(found: bytes | None, ended: bool) -> None:
        assert found == NEW if ended else found in (None, NEW)

    play(tmp_path, monkeypatch, lambda path: create_private(path, NEW), None, check)


def test_this_disk_does_tear_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that lies leaves pieces of files, so that the tests above could fail."""
    found: set[bytes | None] = set()
    play(
        tmp_path,
        monkeypatch,
        lambda path: write_private(path, NEW),
        OLD,
        lambda content, _: found.add(content),
        lies=True,
    )
    assert len(found) > 3


@pytest.mark.parametrize("make", [write_private, create_private])
def test_an_error_at_every_call(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    make: Callable[[Path, bytes], None],
) -> None:
    """It is one clear error; the file is the old one or the new one, and alone."""
    before = None if make is create_private else OLD
    for failing in count(1):
        folder = tmp_path / str(failing)
        folder.mkdir(mode=0o700)
        if before is not None:
            write_private(folder / "key", before)
        torn = TornDisk(folder, Random(failing), failing=failing)
        with monkeypatch.context() as patch:
            torn.under(patch)
            said = refusal(lambda folder=folder: make(folder / "key", NEW))
        assert said is None or "cannot write" in said
        if torn.calls < failing:
            break
        found = read_private(folder / "key", 100_000)
        assert found in (before, NEW)
        remove_leftovers(folder / "key")
        assert os.listdir(folder) == ([] if found is None else ["key"])
    assert failing > 5


def _server_key(folder: Path) -> bytes:
    return server_key(folder).public


def _seed(name: str) -> Callable[[Path], bytes]:
    return lambda folder: SeedFile(folder, name).load(os.urandom, now=0).seed


@pytest.mark.parametrize("lies", [False, True])
@pytest.mark.parametrize(
    ("make", "name"),
    [(_server_key, "server-key"), (_seed(RELAY), RELAY), (_seed(DOOR), DOOR)],
    ids=["server-key", RELAY, DOOR],
)
def test_a_key_that_was_cut_off_is_no_other_key(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    make: Callable[[Path], bytes],
    name: str,
    lies: bool,
) -> None:
    """A first start that is cut off leaves no key, that key, or, where the disk lies, one that is
    refused as damaged; never another one."""
    cut = 0
    for seed in range(SEEDS):
        cut, folder, after = cut + 1, tmp_path / str(seed), tmp_path / f"{seed} after"
        folder.mkdir(mode=0o700)
        torn = TornDisk(folder, Random(seed), cut=cut, lies=lies)
        made = None
        with monkeypatch.context() as patch:
            torn.under(patch)
            with suppress(PowerCut):
                made, cut = make(folder), 0
        torn.after(after)
        there = (after / name).exists()
        said = refusal(lambda after=after: make(after))
        if said is not None:
            assert lies
            assert "is damaged" in said
        else:
            assert made is None or make(after) == made or (lies and not there)
