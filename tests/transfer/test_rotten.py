"""What has changed on the disk between two runs is found, and comes again, before it lands."""

import os
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from offered import Offered, tree

from chatd import limits
from chatd.transfer.disks import Position

CONTENT: dict[str, bytes | None] = {
    "f": None,
    "f/a": bytes(range(100)),
    "f/small": b"small",
    "f/none": b"",
    "top": bytes(range(50)),
    "f/b": bytes(range(70, 150)),
    "f/last": b"last",
}
BEGUN = 5


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BLOCK", 16)
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def begun(downloads: Path, offered: Offered, blocks: int = 3) -> None:
    """An earlier run has got to this block of the last but one of the files."""
    with closing(offered.landing(downloads)) as landing:
        for step in offered.steps(landing, Position()):
            if (step.index, step.block) == (BEGUN, blocks):
                landing.sync(step)
                return


def flip(path: Path, at: int) -> None:
    """One byte, by whatever."""
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 4]))


@pytest.mark.parametrize(
    ("path", "at", "again"),
    [("f/a", 0, (1, 0)), ("f/a", 99, (1, 0)), ("f/small", 2, (2, 0)), ("f/b", 20, (5, 1))],
)
def test_a_byte_that_flips_costs_its_block(
    path: str, at: int, again: tuple[int, int], downloads: Path
) -> None:
    """In a file that was whole and in the one that was begun, first block or last; nothing else
    comes again, and the folder has no name until then."""
    offered = Offered(CONTENT)
    begun(downloads, offered)
    flip(downloads / "f.part" / path, at)
    with closing(offered.landing(downloads)) as landing:
        offered.come(landing)
        assert "f" in os.listdir(downloads)
        landing.drop()
    assert (offered.came_again, offered.blocks_again) == ([again], 1)
    assert tree(downloads) == CONTENT


def test_nothing_lands_before_all_was_looked_at(downloads: Path) -> None:
    """The end is written down, and no name is given; another run goes on there."""
    offered = Offered(CONTENT)
    begun(downloads, offered)
    flip(downloads / "f.part/f/a", 17)
    with closing(offered.landing(downloads)) as landing:
        end = Position(len(CONTENT), roots=offered.root(len(CONTENT)) + bytes(32))
        for step in offered.steps(landing, landing.position()):
            landing.sync(step)
        landing.sync(end)
        assert sorted(os.listdir(downloads)) == ["f.part", "top"]
    with closing(offered.landing(downloads)) as landing:
        assert landing.position().index == len(CONTENT)
        assert sorted(os.listdir(downloads)) == ["f.part", "top"]
        offered.come(landing)
        landing.drop()
    assert offered.came_again == [(1, 0)]
    assert tree(downloads) == CONTENT


def test_a_few_bytes_at_a_time(downloads: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is looked at in one go is bounded, and what is left grows less until nothing is."""
    monkeypatch.setattr(limits, "CHECK_BYTES", 16)
    offered = Offered(CONTENT)
    begun(downloads, offered)
    with closing(offered.landing(downloads)) as landing:
        left = []
        while (looked := landing.check()).left:
            assert looked.wrong is None
            left.append(looked.left)
    assert len(left) > 9
    assert left == sorted(left, reverse=True)


@pytest.mark.parametrize("gone", ["f/a", "f/b", ".chatd-roots", ".chatd-hashes-5"])
def test_what_is_gone_comes_again(gone: str, downloads: Path) -> None:
    """A file, or what was kept beside it; somebody has removed it. Without the roots, what had its
    name comes a second time, beside that."""
    offered = Offered(CONTENT)
    begun(downloads, offered)
    (downloads / "f.part" / gone).unlink()
    with closing(offered.landing(downloads)) as landing:
        offered.come(landing)
        landing.drop()
    there = tree(downloads)
    if gone == ".chatd-roots":
        assert there.pop("top (2)") == CONTENT["top"]
    assert there == CONTENT


PARTS = ["f.part/f/a", "f.part/f/small", "f.part/f/b", "f.part/.chatd-roots"]
PARTS += ["f.part/.chatd-hashes-5", "f.part/.chatd-journal"]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    blocks=st.integers(1, 4),
    flips=st.lists(st.tuples(st.sampled_from(PARTS), st.integers(0, 1000)), min_size=1, max_size=4),
)
def test_whatever_flips_everything_is_whole(
    blocks: int, flips: list[tuple[str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Several bytes at once, of files and of what is kept beside them: what has a name in the end
    is what was sent."""
    downloads = tmp_path_factory.mktemp("downloads")
    offered = Offered(CONTENT)
    begun(downloads, offered, blocks)
    for part, at in flips:
        path = downloads / part
        flip(path, at % path.stat().st_size)
    with closing(offered.landing(downloads)) as landing:
        offered.come(landing)
        landing.drop()
    there = {path: data for path, data in tree(downloads).items() if ".part" not in path}
    for path in ("top (2)", *(["top"] if "top (2)" in there else [])):
        assert there.pop(path, CONTENT["top"]) == CONTENT["top"]
    assert there == {path: data for path, data in CONTENT.items() if path in there}
    assert "f/a" in there


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    """Where things land."""
    return tmp_path / "downloads"
