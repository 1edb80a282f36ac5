"""What is offered, as long as it is looked at: said, counted, and stopped."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from file_people import People

from chatd import limits
from chatd.engine import looking
from chatd.engine.decisions import events
from chatd.engine.looking import Stopped, at_paths
from chatd.engine.transfer_state import TransferState
from chatd.transfer.manifest import Entry

ID = b"i" * limits.TRANSFER_ID


@pytest.fixture
def people(tmp_path: Path) -> People:
    return People(tmp_path).talk()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(20):
        (tmp_path / "photos" / str(number)).mkdir(parents=True)
    return tmp_path / "photos"


def looked_at(people: People) -> list[TransferState]:
    return [each for each in people.alice.transfers.states if each.waits == "looking"]


def test_it_is_shown_after_a_while(people: People, folder: Path) -> None:
    """With its number, as long as it takes; then it is offered under that."""
    people.network.advance(1)
    people.alice.is_stuck = True
    people.alice.give(folder)
    changes = len(people.alice.changes)
    people.run(lambda: len(people.alice.changes) > changes, limits.LOOKING_SECONDS + 0.1)
    (state,) = looked_at(people)
    assert (state.first, state.ours, state.size, state.is_accepted) == ("photos", True, None, False)
    people.alice.go_on()
    people.run(lambda: people.alice.of(events.FilesGiven))
    assert people.alice.of(events.FilesGiven)[0].number == state.number
    assert not looked_at(people)


def test_it_is_stopped(people: People, folder: Path) -> None:
    """Nothing is offered, nothing is left of it, and the same may be offered again."""
    people.alice.is_stuck = True
    people.alice.offer(at_paths(ID, [folder]))
    people.alice.transfers.cancel(ID)
    people.alice.go_on()
    people.run(lambda: people.alice.of(events.FilesNotGiven))
    (told,) = people.alice.of(events.FilesNotGiven)
    assert (told.id, told.code) == (ID, "cancelled")
    assert not people.alice.transfers.states
    people.alice.offer(at_paths(ID, [folder]))
    people.run(lambda: people.alice.ends and people.bob.ends)
    assert people.bob.ends == ["done"]


def test_nothing_to_send_says_where_nothing_was(people: People, folder: Path) -> None:
    """Whoever has mistyped a path reads which one."""
    missing = folder / "mistyped"
    people.alice.give(missing)
    people.run(lambda: people.alice.of(events.FilesNotGiven))
    (told,) = people.alice.of(events.FilesNotGiven)
    assert (told.code, told.left_out) == ("nothing-there", [(str(missing), "unreadable")])


def test_it_is_stopped_as_it_comes_to_its_end(people: People, folder: Path) -> None:
    """When the list was made, and nobody was told yet: the other side hears of its end alone."""
    people.alice.offer(at_paths(ID, [folder]))
    people.alice.transfers.close()
    people.run(lambda: people.alice.of(events.FilesNotGiven) or people.alice.ends)
    assert not people.alice.transfers.states


def test_files_are_counted_until_then(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever looks sees how many there are so far, and no more is looked at than that."""
    offer = at_paths(ID, [folder])
    seen: list[int] = []

    def walk(named: Any) -> Iterator[Entry]:
        for number in range(100):
            seen.append(offer.found)
            offer.is_stopped = number == 10
            yield Entry((str(number),), "file", 1, 1, False)

    monkeypatch.setattr(looking, "walk", walk)
    with pytest.raises(Stopped):
        offer.entries()
    assert seen == list(range(11))


def test_a_long_list_is_counted_as_it_comes(people: People, tmp_path: Path) -> None:
    """At the other side, where it can be refused before it is there; the link is slow."""
    names = [f"{number:04}" + "x" * 200 for number in range(600)]
    (tmp_path / "many").mkdir()
    for name in names:
        (tmp_path / "many" / name).touch()
    people.alice.transfers.limit(None)
    people.alice.give(tmp_path / "many")
    people.run(lambda: any(each.waits == "list" for each in people.bob.transfers.states))
    (state,) = people.bob.transfers.states
    assert 0 < state.entries < 601
    assert (state.ours, state.is_accepted) == (False, False)
    people.bob.transfers.refuse(state.id)
    people.run(lambda: people.alice.ends and people.bob.ends)
    assert people.alice.ends == people.bob.ends == ["refused"]
    assert not people.bob.of(events.FilesOffered)
