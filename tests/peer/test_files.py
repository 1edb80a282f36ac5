"""Files over a conversation on the simulated network, to real files: whole, whatever breaks."""

from pathlib import Path
from random import Random

import pytest
from file_people import People, tree

from chatd import limits
from chatd.engine.decisions import events
from chatd.peer.message import Message
from chatd.testing import Cut


@pytest.fixture
def people(tmp_path: Path) -> People:
    return People(tmp_path).talk()


def filled(folder: Path, sizes: dict[str, int], seed: int = 1) -> Path:
    """A folder with files of these sizes; a name that ends with / is an empty folder."""
    random = Random(seed)
    for name, size in sizes.items():
        path = folder / name
        if name.endswith("/"):
            path.mkdir(parents=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(random.randbytes(size))
    return folder


SIZES = {
    "a/empty": 0,
    "a/one": 1,
    "a/deep/er/block": limits.BLOCK,
    "a/none/": 0,
    "a/more": 2 * limits.BLOCK + 5,
}


def test_a_folder_arrives(people: People, tmp_path: Path) -> None:
    """With everything in it, and both sides hear the same root; the talk goes on beside it."""
    source = filled(tmp_path / "from", SIZES)
    people.alice.transfers.give([source / "a"])
    people.pair.host.talking.say(Message("here it is"))
    people.run(lambda: people.alice.ends and people.bob.ends)
    assert people.alice.ends == people.bob.ends == ["done"]
    assert tree(people.bob.downloads) == tree(source)
    (ours,), (theirs,) = people.alice.of(events.FilesOver), people.bob.of(events.FilesOver)
    assert ours.root == theirs.root is not None
    assert theirs.places == [str(people.bob.downloads / "a")]
    assert people.pair.guest.heard == ["here it is"]


def test_files_go_both_ways_at_once(people: People, tmp_path: Path) -> None:
    """Several in each direction."""
    for name, person in (("alice", people.alice), ("bob", people.bob)):
        for number in range(3):
            folder = tmp_path / f"from {name} {number}"
            source = filled(folder, {f"{name}{number}": 1_500_000}, seed=number)
            person.transfers.give([source / f"{name}{number}"])
    people.run(lambda: len(people.alice.ends) == len(people.bob.ends) == 6)
    assert {*people.alice.ends, *people.bob.ends} == {"done"}
    for name, person in (("alice", people.bob), ("bob", people.alice)):
        assert sorted(tree(person.downloads)) == [f"{name}{number}" for number in range(3)]


def test_what_is_refused_does_not_come(people: People, tmp_path: Path) -> None:
    """Both are told, and nothing is on the disk."""
    people.bob.takes = False
    source = filled(tmp_path / "from", {"x": 100})
    people.alice.transfers.give([source / "x"])
    people.run(lambda: people.bob.of(events.FilesOffered))
    people.bob.transfers.refuse(people.bob.of(events.FilesOffered)[0].id)
    people.run(lambda: people.alice.ends and people.bob.ends)
    assert people.alice.ends == people.bob.ends == ["refused"]
    assert not people.bob.downloads.exists()
    assert not people.alice.transfers.states
    assert not people.bob.transfers.states


@pytest.mark.parametrize("seed", range(8))
def test_links_that_break_and_programs_that_are_killed(tmp_path: Path, seed: int) -> None:
    """Again and again, in either program or both: everything arrives whole, accepted once."""
    people = People(tmp_path, seed).talk()
    random = people.pair.random
    source = filled(tmp_path / "from", SIZES, seed)
    people.alice.transfers.give([source / "a"])
    people.run(lambda: any(each.is_accepted for each in people.bob.transfers.states))
    for _ in range(6):
        people.network.advance(random.random() * 0.1)
        if random.random() < 0.5:
            people.kill(*random.sample([people.alice, people.bob], random.randint(1, 2)))
        else:
            people.pair.cut_all(random.choice([Cut.RESET, Cut.SILENT]))
    people.run(lambda: people.alice.ends and people.bob.ends, 300)
    assert {*people.alice.ends, *people.bob.ends} == {"done"}
    assert tree(people.bob.downloads) == tree(source)
    assert len(people.bob.of(events.FilesOffered)) == 1
