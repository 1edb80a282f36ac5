"""What is read once, over a conversation on the simulated network: whole, or said not to be; and
how a giver's end of something is heard of in the end."""

from pathlib import Path
from random import Random

import pytest
from file_people import People, tree
from simulated import Cut

from chatd import limits
from chatd.engine.decisions import events
from chatd.engine.looking import LookingAtInput, at_paths
from chatd.store.transfers import FOLDER

ID = b"i" * limits.TRANSFER_ID


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing waits for what does not come."""
    monkeypatch.setattr(limits, "INPUT_POLL_SECONDS", 0)
    monkeypatch.setattr(limits, "INPUT_END_SECONDS", 0)


@pytest.fixture
def people(tmp_path: Path) -> People:
    return People(tmp_path).talk()


def an_input(folder: Path, size: int, called: str = "x") -> LookingAtInput:
    """So many bytes that are read once."""
    (folder / "input").write_bytes(Random(1).randbytes(size))
    return LookingAtInput(ID, str(folder / "input"), called, 1_000_000_000)


@pytest.mark.parametrize("seed", range(4))
def test_an_input_arrives_whole(tmp_path: Path, seed: int) -> None:
    """Though links break and the taker is killed: accepted once, under its name."""
    people = People(tmp_path, seed).talk()
    people.alice.offer(an_input(tmp_path, 20 * limits.BLOCK + 3, "dir.tar"))
    people.run(lambda: any(each.is_accepted for each in people.bob.transfers.states))
    (state,) = people.alice.transfers.states
    assert (state.size, state.entries, state.first) == (None, 1, "dir.tar")
    for _ in range(5):
        people.network.advance(people.pair.random.random() * 0.2)
        if people.pair.random.random() < 0.5:
            people.kill(people.bob)
        else:
            people.pair.cut_all(people.pair.random.choice([Cut.RESET, Cut.SILENT]))
    people.run(lambda: people.alice.ends and people.bob.ends, 300)
    assert people.alice.ends == people.bob.ends == ["done"]
    assert tree(people.bob.downloads) == {"dir.tar": (tmp_path / "input").read_bytes()}
    assert [each.size for each in people.bob.of(events.FilesOffered)] == [None]


def test_a_giver_that_is_killed_has_nothing_to_read(people: People, tmp_path: Path) -> None:
    """What is there stays in part until the giver is back; then both are told, and it goes."""
    people.alice.offer(an_input(tmp_path, 30 * limits.BLOCK))
    people.run(lambda: any(each.done for each in people.bob.transfers.states))
    people.alice.kill()
    people.pair.cut_all(Cut.RESET)
    people.network.advance(1)
    assert [name for name in tree(people.bob.downloads) if "/" not in name] == ["x.part"]
    people.kill(people.alice)
    people.run(lambda: people.alice.ends and people.bob.ends)
    assert people.alice.ends == people.bob.ends == ["gone"]
    assert tree(people.bob.downloads) == {}
    people.run(lambda: not any((people.alice.folder / "profile" / FOLDER).iterdir()))
    people.kill(people.alice)
    people.network.advance(5)
    assert people.alice.ends == people.bob.ends == ["gone"]


def test_an_input_that_cannot_be_opened_is_not_offered(people: People, tmp_path: Path) -> None:
    """The person is told why."""
    people.alice.offer(LookingAtInput(ID, str(tmp_path / "nowhere"), "x", 1))
    people.run(lambda: people.alice.of(events.FilesNotGiven))
    (told,) = people.alice.of(events.FilesNotGiven)
    assert (told.id, told.code) == (ID, "failed")
    assert "no such file" in told.text
    assert not people.alice.transfers.states


def test_a_taker_that_has_lost_what_was_durable_is_told(people: People, tmp_path: Path) -> None:
    """Somebody has cut the file in part: the giver cannot read it again, and says so."""
    people.alice.offer(an_input(tmp_path, 40 * limits.BLOCK))
    part = people.bob.downloads / "x.part" / "x"
    people.run(lambda: any(each.done > 25 * limits.BLOCK for each in people.bob.transfers.states))
    people.bob.kill()
    with part.open("r+b") as file:
        file.truncate(5)
    people.kill(people.bob)
    people.run(lambda: people.alice.ends and people.bob.ends)
    assert people.alice.ends == people.bob.ends == ["gone"]
    assert tree(people.bob.downloads) == {}


def test_a_disk_that_is_nearly_full_waits_sooner_for_what_has_no_known_end(
    people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something that never ends leaves others more of the disk than a file of a known size, and
    goes on when there is room."""
    monkeypatch.setattr(limits, "INPUT_FREE_LEFT", 1 << 60)
    monkeypatch.setattr("chatd.transfer.partial._PARTS", 1)
    people.alice.offer(an_input(tmp_path, 3 * limits.BLOCK))
    people.run(lambda: any(each.waits == "full" for each in people.bob.transfers.states))
    people.run(lambda: any(each.waits == "their-disk" for each in people.alice.transfers.states))
    (tmp_path / "known").write_bytes(b"k")
    people.alice.give(tmp_path / "known")
    people.run(lambda: people.bob.ends == ["done"])
    monkeypatch.undo()
    people.run(lambda: people.bob.ends == ["done", "done"])
    assert sorted(tree(people.bob.downloads)) == ["known", "x"]


def test_an_end_without_a_link_is_heard_after_a_restart(people: People, tmp_path: Path) -> None:
    """The giver cancels where nobody hears it, and its program ends: the taker learns of it from
    the next one, which then forgets it."""
    (tmp_path / "big").write_bytes(bytes(12 * limits.BLOCK))
    people.alice.give(tmp_path / "big")
    people.run(lambda: any(each.done for each in people.bob.transfers.states))
    people.pair.keep_apart()
    people.pair.cut_all(Cut.RESET)
    people.run(lambda: people.pair.host.talking.link is None)
    (state,) = people.alice.transfers.states
    people.alice.transfers.cancel(state.id)
    people.run(lambda: people.alice.ends == ["cancelled"])
    assert not people.bob.ends
    people.kill(people.alice)
    people.run(lambda: people.bob.ends)
    assert people.bob.ends == ["cancelled"]
    people.run(lambda: not any((people.alice.folder / "profile" / FOLDER).iterdir()))


def test_the_same_id_twice(people: People, tmp_path: Path) -> None:
    """Is no second offer."""
    (tmp_path / "one").write_bytes(b"1")
    people.bob.takes = False
    people.alice.offer(at_paths(ID, [tmp_path / "one"]))
    with pytest.raises(Exception, match="transfer-there"):
        people.alice.offer(at_paths(ID, [tmp_path / "one"]))
    people.run(lambda: people.bob.of(events.FilesOffered))
    with pytest.raises(Exception, match="transfer-there"):
        people.alice.offer(at_paths(ID, [tmp_path / "one"]))
