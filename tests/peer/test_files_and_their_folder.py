"""The folder in which files land goes away and comes back: moved, replaced, on a disk that is taken
out."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from file_people import People, tree
from patience import SECONDS

from chatd import limits
from chatd.engine.decisions import events


@pytest.fixture
def people(tmp_path: Path) -> People:
    return people_in_the_middle(tmp_path)


def people_in_the_middle(tmp_path: Path) -> People:
    """Alice gives bob something of many blocks; both are in the middle of it."""
    people = People(tmp_path).talk()
    source = tmp_path / "from" / "big"
    source.parent.mkdir()
    source.write_bytes(Random(1).randbytes(50 * limits.BLOCK))
    people.alice.transfers.limit(8 * limits.BLOCK)
    people.alice.give(source)
    people.run(lambda: there(people) > 3 * limits.BLOCK)
    return people


def there(people: People) -> int:
    return sum(each.done for each in people.bob.transfers.states)


def waits(people: People) -> list[str]:
    both = (people.alice, people.bob)
    return [each.waits for person in both for each in person.transfers.states]


def whole(people: People, tmp_path: Path) -> None:
    """It ends well, with nothing left over."""
    people.run(lambda: people.alice.ends and people.bob.ends, 300)
    assert (people.alice.ends, people.bob.ends) == (["done"], ["done"])
    assert tree(people.bob.downloads) == tree(tmp_path / "from")
    assert people.bob.of(events.FilesOver)[0].places == [str(people.bob.downloads / "big")]


@pytest.mark.parametrize("other", [Path.touch, Path.mkdir, lambda path: None])
def test_a_folder_that_is_moved_away_and_back(
    people: People, tmp_path: Path, other: Callable[[Path], None]
) -> None:
    """Both are told that it is not there, whatever is in its place meanwhile, and nothing is
    written there; it goes on where it was."""
    downloads, away = people.bob.downloads, tmp_path / "away"
    downloads.rename(away)
    other(downloads)
    people.run(lambda: waits(people) == ["their-folder", "gone"], 300)
    if downloads.is_dir():
        assert not os.listdir(downloads)
        downloads.rmdir()
    downloads.unlink(missing_ok=True)
    away.rename(downloads)
    people.run(lambda: waits(people) == ["", ""], 300)
    assert there(people) >= limits.BLOCK
    whole(people, tmp_path)


def test_a_folder_that_is_there_again_after_a_restart(people: People, tmp_path: Path) -> None:
    """The program that was started meanwhile goes on with it as well, where it was."""
    downloads, away = people.bob.downloads, tmp_path / "away"
    people.bob.kill()
    downloads.rename(away)
    people.kill(people.bob)
    people.run(lambda: waits(people) == ["their-folder", "gone"])
    away.rename(downloads)
    people.run(lambda: waits(people) == ["", ""])
    whole(people, tmp_path)


def test_what_waits_for_its_folder_can_be_ended(people: People, tmp_path: Path) -> None:
    """And nothing of it is looked for any more."""
    people.bob.downloads.rename(tmp_path / "away")
    people.run(lambda: waits(people) == ["their-folder", "gone"], 300)
    (state,) = people.bob.transfers.states
    people.bob.transfers.cancel(state.id)
    people.run(lambda: people.alice.ends and people.bob.ends)
    assert (people.alice.ends, people.bob.ends) == (["cancelled"], ["cancelled"])
    assert not people.bob.downloads.exists()


def test_a_disk_that_is_taken_out(tmp_path: Path) -> None:
    """Nothing keeps it busy once it is away, and it goes on when it is there again."""
    if os.geteuid() != 0 or not shutil.which("mke2fs"):
        pytest.skip("needs root, and mke2fs")
    image, place = tmp_path / "image", tmp_path / "bob" / "downloads"
    place.mkdir(parents=True)
    with image.open("wb") as file:
        file.truncate(128 << 20)
    subprocess.run(["mke2fs", "-q", str(image)], check=True)
    try:
        loop = _run("losetup", "-f", "--show", str(image))
    except subprocess.CalledProcessError:
        pytest.skip("there are no loop devices here")
    try:
        _run("mount", loop, str(place))
        shutil.rmtree(place / "lost+found")
        people = people_in_the_middle(tmp_path)
        _run("umount", "-l", str(place))
        people.run(lambda: waits(people) == ["their-folder", "gone"], 300)
        assert not os.listdir(place)
        _run("losetup", "-d", loop)
        people.network.advance(1)
        deadline = time.monotonic() + SECONDS
        while _run("losetup", "-j", str(image)):  # which the kernel lets go of in its own time
            assert time.monotonic() < deadline
            time.sleep(0.01)
        loop = _run("losetup", "-f", "--show", str(image))
        _run("mount", loop, str(place))
        whole(people, tmp_path)
        _run("umount", str(place))
    finally:
        subprocess.run(["umount", "-l", str(place)], check=False, capture_output=True)
        _run("losetup", "-d", loop)


def _run(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()
