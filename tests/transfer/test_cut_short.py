"""A transfer that is cut short at any call to the disk goes on, and nothing was half there."""

import os
from contextlib import closing
from itertools import count
from pathlib import Path
from random import Random

import pytest
from losing_disk import Cut, LosingDisk
from offered import Offered, tree

from chatd import limits
from chatd.transfer import unsynced
from chatd.transfer.disks import Position
from chatd.transfer.landing import Landing

CONTENT: dict[str, bytes | None] = {
    "f": None,
    "f/a": b"0123456789" * 5,
    "f/g": None,
    "f/g/b": b"",
    "top": b"abcdefghij" * 4,
    "second": b"x",
    "f/c": b"c",
}
END = len(CONTENT)
POWER_CUTS = int(os.environ.get("CHATD_POWER_CUTS", "60"))


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BLOCK", 16)
    monkeypatch.setattr(limits, "UNSYNCED_FILES", 2)
    # What is on the disk is for `LosingDisk` to say; the real one is not waited for.
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    monkeypatch.setattr(unsynced, "sync_disk", lambda folder: None)


def receive(disk: LosingDisk, downloads: Path, sync_each: int) -> Position:
    """All of it on that disk, or as far as it gets; what was synced for certain."""
    offered = Offered(CONTENT)
    landing: Landing | None = None
    with pytest.MonkeyPatch.context() as patch:
        disk.under(patch)
        try:
            landing = offered.landing(downloads)
            offered.come(landing, sync_each)
        except (Cut, OSError):
            pass
        finally:
            if landing is not None:
                landing.close()
    return offered.synced


def check_nothing_half(downloads: Path) -> None:
    """What has its name is whole."""
    for path, data in tree(downloads).items():
        if ".part" not in path:
            assert data == CONTENT[path], path
            assert (
                data is not None or path != "f" or tree(downloads / "f").keys() >= {"a", "g/b", "c"}
            )


def go_on(downloads: Path, synced: Position) -> None:
    """Another run has what was synced and receives the rest; then everything is there once."""
    offered = Offered(CONTENT)
    with closing(offered.landing(downloads)) as landing:
        at = landing.position()
        assert (at.index, at.block) >= (synced.index, synced.block)
        offered.come(landing)
        landing.drop()
    assert tree(downloads) == CONTENT


def worlds(tmp_path: Path, cut: int) -> tuple[Path, Path]:
    """A folder to receive in, in which there was something of a name, and one for the disk."""
    downloads, aside = tmp_path / str(cut) / "downloads", tmp_path / str(cut) / "aside"
    downloads.mkdir(parents=True)
    aside.mkdir()
    return downloads, aside


@pytest.mark.parametrize("sync_each", [1, 3])
def test_killed_at_every_call(sync_each: int, tmp_path: Path) -> None:
    """What was written stays written, and another run goes on with it."""
    for cut in count(1):
        downloads, aside = worlds(tmp_path, cut)
        disk = LosingDisk(aside, cut=cut)
        synced = receive(disk, downloads, sync_each)
        disk.let_go()
        check_nothing_half(downloads)
        go_on(downloads, synced)
        if synced.index == END:
            break
    assert cut > 50


def test_without_power_at_any_call(tmp_path: Path) -> None:
    """What was not synced may be lost, in parts and in any order."""
    for seed in range(POWER_CUTS):
        random = Random(seed)
        downloads, aside = worlds(tmp_path, seed)
        disk = LosingDisk(aside, cut=random.randint(1, 150))
        synced = receive(disk, downloads, random.choice((1, 2, 5)))
        disk.lose(random)
        disk.let_go()
        check_nothing_half(downloads)
        if synced.index == END:
            there = {path for path in tree(downloads) if ".part" not in path}
            assert there == CONTENT.keys()
        go_on(downloads, synced)


def test_full_at_every_call(tmp_path: Path) -> None:
    """An error loses nothing: the same call, or another run, goes on."""
    for failing in count(1):
        downloads, aside = worlds(tmp_path, failing)
        disk = LosingDisk(aside, failing=frozenset({failing, failing + 1}))
        synced = receive(disk, downloads, 2)
        disk.let_go()
        check_nothing_half(downloads)
        go_on(downloads, synced)
        if synced.index == END:
            break
    assert failing > 50
