"""Transfers in part of which little or nothing is known any more."""

import os
import time
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from offered import KEY, Offered, tree

from chatd import limits
from chatd.transfer.disks import Position
from chatd.transfer.left_over import left_over, remove, sweep

CONTENT: dict[str, bytes | None] = {"f": None, "f/a": bytes(range(90)), "f/b": b"b"}
WEEK = limits.TRANSFER_KEPT_SECONDS


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BLOCK", 16)
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def begun(downloads: Path) -> Offered:
    """An earlier run has got to the fourth block of a file, with a word of each."""
    offered = Offered(CONTENT)
    with closing(offered.landing(downloads)) as landing:
        for step in offered.steps(landing, Position()):
            landing.sync(step)
            if step.block == 4:
                break
    return offered


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    damages=st.lists(
        st.tuples(st.sampled_from(["journal", "key"]), st.integers(0, 700), st.integers(0, 9)),
        min_size=1,
        max_size=3,
    )
)
def test_a_journal_that_is_damaged_anywhere_is_still_that_of_its_transfer(
    damages: list[tuple[str, int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """At any byte, or cut there: another run goes on in the same folder, and all is whole; unless
    both places that say whose it is are damaged, after which it begins again."""
    downloads = tmp_path_factory.mktemp("downloads")
    offered = begun(downloads)
    hit = set()
    for which, at, cut in damages:
        path = downloads / f"f.part/.chatd-{which}"
        data = bytearray(path.read_bytes())
        if data and cut:
            data[at % len(data)] ^= 0x41
            hit.add(which)
        else:
            del data[at:]
            hit.add(which)
        path.write_bytes(data)
    with closing(offered.landing(downloads)) as landing:
        offered.come(landing)
        landing.drop()
    there = {path: data for path, data in tree(downloads).items() if ".part" not in path}
    assert there == CONTENT
    assert hit == {"journal", "key"} or os.listdir(downloads) == ["f"]


@pytest.mark.parametrize("at", [0, 5, 20])
def test_what_was_reached_counts_though_the_head_is_damaged(at: int, downloads: Path) -> None:
    """It goes on where it was."""
    offered = begun(downloads)
    path = downloads / "f.part/.chatd-journal"
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    with closing(offered.landing(downloads)) as landing:
        assert (landing.position().index, landing.position().block) == (1, 4)


def test_what_nobody_goes_on_with_is_removed(downloads: Path) -> None:
    """After a week where nothing says whose it is, else after two; not what is known, is at work,
    or is not ours."""
    begun(downloads)
    mine = downloads / "mine.part"
    mine.mkdir(mode=0o700)
    (mine / "file").touch()
    now = time.time()
    assert sweep(downloads, set(), now + 2 * WEEK - 60) == []
    assert sweep(downloads, {KEY}, now + 9 * WEEK) == []
    with closing(Offered(CONTENT).landing(downloads)):
        assert sweep(downloads, set(), now + 9 * WEEK) == []
    for name in ("journal", "key"):
        (downloads / f"f.part/.chatd-{name}").write_bytes(b"?" * 99)
    assert sweep(downloads, set(), now + WEEK - 60) == []
    assert sweep(downloads, {KEY}, now + WEEK + 60) == ["f.part"]
    assert sweep(downloads / "none", set(), now) == []
    assert tree(downloads) == {"mine.part": None, "mine.part/file": b""}


def test_what_is_known_to_others_is_removed_after_two_weeks(downloads: Path) -> None:
    """With all that is in it."""
    begun(downloads)
    assert sweep(downloads, set(), time.time() + 2 * WEEK + 60) == ["f.part"]
    assert os.listdir(downloads) == []


def test_what_is_left_over_is_found_and_removed(downloads: Path) -> None:
    """At any age; not what is known, is at work, or is not ours."""
    begun(downloads)
    mine, place = downloads / "mine.part", downloads / "f.part"
    mine.mkdir(mode=0o700)
    for keep in (set(), {KEY}):
        with closing(Offered(CONTENT).landing(downloads)):
            assert left_over(downloads, keep) == []
            assert not remove(place, keep)
    assert left_over(downloads, {KEY}) == left_over(downloads / "none", set()) == []
    ((where, size, touched),) = left_over(downloads, set())
    assert (where, size > 64, abs(touched - time.time()) < WEEK) == (str(place), True, True)
    assert not remove(place, {KEY})
    assert not remove(mine, set())
    assert remove(place, set())
    assert not remove(place, set())
    assert os.listdir(downloads) == ["mine.part"]


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    """Where things land."""
    return tmp_path / "downloads"
