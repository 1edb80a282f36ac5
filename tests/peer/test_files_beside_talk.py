"""Files over a conversation on the simulated network, to real files: whole, whatever breaks."""

import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
from file_people import People, tree
from simulated import Cut
from twisted.logger import LogEvent, globalLogPublisher

from chatd import limits
from chatd.engine.decisions import events
from chatd.peer.conversation import Conversation
from chatd.peer.file_link import MOST
from chatd.peer.link import PeerLink
from chatd.peer.message import Message
from chatd.store.transfers import FOLDER
from chatd.transfer.landing import Landing


@pytest.fixture
def logged() -> Iterator[list[LogEvent]]:
    """What is logged meanwhile."""
    events_: list[LogEvent] = []
    globalLogPublisher.addObserver(events_.append)
    yield events_
    globalLogPublisher.removeObserver(events_.append)


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
    people.alice.give(source / "a")
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
            person.give(source / f"{name}{number}")
    people.run(lambda: len(people.alice.ends) == len(people.bob.ends) == 6)
    assert {*people.alice.ends, *people.bob.ends} == {"done"}
    for name, person in (("alice", people.bob), ("bob", people.alice)):
        assert sorted(tree(person.downloads)) == [f"{name}{number}" for number in range(3)]


def test_what_is_refused_does_not_come(people: People, tmp_path: Path) -> None:
    """Both are told, and nothing is on the disk."""
    people.bob.takes = False
    source = filled(tmp_path / "from", {"x": 100})
    people.alice.give(source / "x")
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
    people.alice.give(source / "a")
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


def test_a_disk_that_does_nothing_stops_the_file_and_not_the_talk(
    people: People, tmp_path: Path
) -> None:
    """What is on its way is bounded, the link stays, and the file goes on with the disk."""
    source = filled(tmp_path / "from", {"big": 20 * limits.BLOCK})
    people.alice.give(source / "big")
    people.run(lambda: any(each.done for each in people.bob.transfers.states))
    people.bob.is_stuck = True
    people.network.advance(40)
    (state,) = people.alice.transfers.states
    assert state.done <= 20 * limits.BLOCK - limits.BLOCK
    people.pair.host.talking.say(Message("still there?"))
    people.run(lambda: people.pair.guest.heard)
    assert people.alice.transfers.states == [state]
    people.bob.go_on()
    people.run(lambda: people.alice.ends and people.bob.ends, 300)
    assert tree(people.bob.downloads) == tree(source)
    assert people.pair.host.meetings == 1
    assert not people.pair.host.breaks


def test_a_text_does_not_wait_for_a_file(people: People, tmp_path: Path) -> None:
    """It is there before much more of the file is."""
    source = filled(tmp_path / "from", {"big": 30 * limits.BLOCK})
    people.alice.give(source / "big")
    people.run(lambda: any(each.done > limits.BLOCK for each in people.bob.transfers.states))
    (before,) = people.bob.transfers.states
    people.pair.host.talking.say(Message("hello"))
    people.run(lambda: people.pair.guest.heard)
    (after,) = people.bob.transfers.states
    assert after.done - before.done <= 2 * limits.BLOCK


def test_a_full_disk_is_waited_for(
    people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both sides know for what, and it goes on by itself."""
    source = filled(tmp_path / "from", SIZES)
    people.bob.takes = False
    people.alice.give(source / "a")
    people.run(lambda: people.bob.of(events.FilesOffered))
    people.bob.takes = True
    with monkeypatch.context() as patched:
        rooms = iter([2**40])
        patched.setattr(Landing, "room", lambda landing: next(rooms, 0))
        people.bob.transfers.take(people.bob.of(events.FilesOffered)[0].id, people.bob.downloads)
        people.run(lambda: [each.waits for each in people.alice.transfers.states] == ["their-disk"])
        assert [each.waits for each in people.bob.transfers.states] == ["full"]
        people.network.advance(3 * limits.FULL_SECONDS)
        assert not people.bob.ends
    people.run(lambda: people.alice.ends and people.bob.ends)
    assert people.bob.ends == ["done"]
    assert tree(people.bob.downloads) == tree(source)


def test_a_disk_that_is_broken_ends_the_transfer(people: People, tmp_path: Path) -> None:
    """Both are told, and the talk goes on."""
    source = filled(tmp_path / "from", {"big": 20 * limits.BLOCK})
    people.alice.give(source / "big")
    people.run(lambda: any(each.done for each in people.bob.transfers.states))
    people.bob.is_broken = True
    people.run(lambda: people.alice.ends and people.bob.ends)
    assert people.alice.ends == people.bob.ends == ["broken"]
    people.pair.host.talking.say(Message("sorry"))
    people.run(lambda: people.pair.guest.heard)


def test_pause_and_cancel_on_both_sides(people: People, tmp_path: Path) -> None:
    """Who has it paused is known to both, and what was cancelled is gone from the disk."""
    source = filled(tmp_path / "from", {"big": 30 * limits.BLOCK})
    people.alice.give(source / "big")
    people.run(lambda: any(each.done for each in people.bob.transfers.states))
    id = people.bob.transfers.states[0].id
    for one, other in ((people.alice, people.bob), (people.bob, people.alice)):
        one.transfers.pause(id)
        people.run(lambda other=other: other.transfers.states[0].waits == "them")
        people.network.advance(3)
        before = people.bob.transfers.states[0].done
        people.network.advance(10)
        assert people.bob.transfers.states[0].done == before
        one.transfers.go_on(id)
        people.run(lambda before=before: people.bob.transfers.states[0].done > before)
    people.bob.transfers.cancel(id)
    people.run(lambda: people.alice.ends and people.bob.ends)
    assert people.alice.ends == people.bob.ends == ["cancelled"]
    people.network.advance(5)
    assert not tree(people.bob.downloads)


def test_one_more_than_go_on_at_a_time_says_that_it_waits(people: People, tmp_path: Path) -> None:
    """For its turn, and then goes on."""
    names = [str(number) for number in range(limits.STREAMS_AT_ONCE + 1)]
    source = filled(tmp_path / "from", dict.fromkeys(names, 8 * limits.BLOCK))
    people.alice.transfers.limit(8 * limits.BLOCK)
    for name in names:
        people.alice.give(source / name)

    def waits() -> list[str]:
        states = people.bob.transfers.states
        return sorted(each.waits for each in states if each.is_accepted)

    people.run(lambda: waits() == [*([""] * limits.STREAMS_AT_ONCE), "turn"])
    people.alice.transfers.limit(None)
    people.run(lambda: len(people.bob.ends) == len(names))
    assert tree(people.bob.downloads) == tree(source)


def test_what_nobody_was_offered_ends_without_a_word(people: People, tmp_path: Path) -> None:
    """Offers that are withdrawn before their list has come fill nobody's screen."""
    source = filled(tmp_path / "from", {"small": 1})
    for _ in range(3):
        before = len(people.alice.of(events.FilesGiven))
        people.alice.give(source / "small")
        people.run(lambda before=before: len(people.alice.of(events.FilesGiven)) > before)
        people.alice.transfers.cancel(people.alice.of(events.FilesGiven)[-1].id)
    people.run(lambda: len(people.alice.ends) == 3)
    people.network.advance(5)
    assert (people.bob.told, people.bob.transfers.states) == ([], [])


def test_keys_are_renewed_while_a_file_goes_over(
    people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Again and again, on one link, and everything arrives."""
    monkeypatch.setattr(limits, "RENEW_RECORDS", 40)
    source = filled(tmp_path / "from", {"big": 8 * limits.BLOCK})
    people.alice.give(source / "big")
    people.run(lambda: people.alice.ends and people.bob.ends)
    assert people.bob.ends == ["done"]
    assert tree(people.bob.downloads) == tree(source)
    (link,) = {people.pair.host.talking.link}
    assert link is not None
    assert link.renewals >= 2
    assert people.pair.host.meetings == 1


def test_what_was_cancelled_without_a_link_is_cancelled_on_the_next(
    people: People, tmp_path: Path
) -> None:
    """By either side: the other hears of it as soon as it can, and nothing is left."""
    source = filled(tmp_path / "from", {"big": 20 * limits.BLOCK})
    for one, other in ((people.alice, people.bob), (people.bob, people.alice)):
        people.alice.give(source / "big")
        people.run(lambda: any(each.done for each in people.bob.transfers.states))
        people.pair.keep_apart()
        people.pair.cut_all(Cut.RESET)
        talks = [side.talking for side in people.pair.sides]
        people.run(lambda talks=talks: all(talk.link is None for talk in talks))
        one.transfers.cancel(one.transfers.states[0].id)
        before = len(other.ends)
        people.run(lambda one=one, before=before: len(one.ends) > before)
        assert one.ends[-1] == "cancelled"
        people.pair.let_together()
        people.run(lambda other=other, before=before: len(other.ends) > before)
        assert other.ends[-1] == "cancelled"
        people.network.advance(5)
        assert not people.alice.transfers.states
        assert not people.bob.transfers.states
        assert not tree(people.bob.downloads)


def test_the_first_chunk_on_a_link_is_short(
    people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However fast the one before was: nobody knows what the next takes."""
    firsts: dict[PeerLink, int] = {}
    send = PeerLink.send_chunk

    def noted(link: PeerLink, parts: Any) -> None:
        firsts.setdefault(link, sum(map(len, parts)))
        send(link, parts)

    monkeypatch.setattr(PeerLink, "send_chunk", noted)
    source = filled(tmp_path / "from", {"big": 20 * limits.BLOCK})
    people.alice.give(source / "big")
    people.run(lambda: any(each.done for each in people.bob.transfers.states))
    people.alice.transfers._link._fit(MOST)
    people.pair.cut_all(Cut.RESET)
    people.run(lambda: people.alice.ends == ["done"])
    assert len(firsts) == 2
    assert max(firsts.values()) <= limits.FIRST_CHUNK


def test_a_pause_and_all_else_are_there_after_a_restart(people: People, tmp_path: Path) -> None:
    """What is damaged or out of reach hides nothing else."""
    source = filled(tmp_path / "from", {"one": 20 * limits.BLOCK, "two": 20 * limits.BLOCK})
    for name in ("one", "two"):
        people.alice.give(source / name)
    people.run(lambda: len([each for each in people.bob.transfers.states if each.done]) == 2)
    one, two = (each.id for each in people.bob.transfers.states)
    people.bob.transfers.pause(two)
    people.network.advance(1)
    people.kill(people.bob)
    (people.bob.folder / "profile" / "transfers" / f"taken-{'0' * 66}-{'0' * 32}.json").touch()
    for path in (people.bob.folder / "profile" / "transfers").glob(f"*{one.hex()}.list"):
        path.write_bytes(b"nonsense")
    people.run(lambda: [each.id for each in people.bob.transfers.states if each.is_accepted])
    (state,) = [each for each in people.bob.transfers.states if each.is_accepted]
    assert (state.id, state.waits) == (two, "us")
    people.bob.transfers.go_on(two)
    people.run(lambda: "done" in people.bob.ends, 120)
    assert (people.bob.downloads / "two").read_bytes() == (source / "two").read_bytes()


@pytest.mark.parametrize("is_restarted", [False, True])
def test_what_was_let_lie_for_a_week_is_forgotten(
    people: People, tmp_path: Path, is_restarted: bool
) -> None:
    """By both, and what is there in part is removed; one day less, and it goes on."""
    source = filled(tmp_path / "from", {"big": 20 * limits.BLOCK})
    people.alice.give(source / "big")
    people.run(lambda: any(each.done for each in people.bob.transfers.states))
    both = (people.alice, people.bob)
    for days in (6, 8):
        for person in both:
            person.transfers.pause(person.transfers.states[0].id)
        people.network.advance(2)
        for person in both:
            person.later += days * 24 * 3600
        people.kill(*both if is_restarted else ())
        people.network.advance(5)
        assert [len(person.transfers.states) for person in both] == (
            [1, 1] if days == 6 else [0, 0]
        )
        for person in both if days == 6 else ():
            person.transfers.go_on(person.transfers.states[0].id)
    assert not tree(people.bob.downloads)
    assert {*people.alice.ends, *people.bob.ends} <= {"expired"}


def test_whoever_shows_files_is_told_when_something_waits_for_something_else(
    people: People, tmp_path: Path
) -> None:
    """That it is accepted, held by one or the other, and goes on; and nothing else."""
    source = filled(tmp_path / "from", {"big": 20 * limits.BLOCK})
    people.alice.give(source / "big")
    people.run(lambda: any(each.done for each in people.bob.transfers.states))
    assert people.alice.changes[-1] == people.bob.changes[-1] == [(True, "")]
    (id,) = (each.id for each in people.bob.transfers.states)
    people.bob.transfers.pause(id)
    people.run(lambda: people.alice.changes[-1] == [(True, "them")])
    assert people.bob.changes[-1] == [(True, "us")]
    people.bob.transfers.go_on(id)
    people.run(lambda: people.alice.changes[-1] == people.bob.changes[-1] == [(True, "")])
    people.run(lambda: people.alice.ends and people.bob.ends)
    for person in (people.alice, people.bob):
        assert all(one != other for one, other in pairwise(person.changes))


def test_a_link_on_which_a_file_comes_is_not_given_up(
    people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though nothing that was said is answered meanwhile: what comes shows that they are there."""
    monkeypatch.setattr(Conversation, "_answer", lambda talk, message: [])
    source = filled(tmp_path / "from", {"big": 30 * limits.BLOCK})
    people.alice.transfers.limit(20 * limits.BLOCK // limits.LOST_SECONDS)
    people.alice.give(source / "big")
    people.pair.host.talking.say(Message("hello?"))
    people.pair.guest.talking.say(Message("hello?"))
    people.run(lambda: people.bob.ends, 60)
    assert people.pair.host.meetings == people.pair.guest.meetings == 1
    assert not people.pair.host.breaks + people.pair.guest.breaks


def test_a_small_disk_needs_no_more_room_than_the_file(
    people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes on once what is left of it has room, though that is less than may be on its way."""
    source = filled(tmp_path / "from", {"big": 4 * limits.BLOCK})
    people.bob.takes = False
    people.alice.give(source / "big")
    people.run(lambda: people.bob.of(events.FilesOffered))
    rooms = [4 * limits.BLOCK, 0, 0]
    monkeypatch.setattr(
        Landing, "room", lambda landing: rooms.pop(0) if rooms else 4 * limits.BLOCK
    )
    people.bob.transfers.take(people.bob.of(events.FilesOffered)[0].id, people.bob.downloads)
    people.run(lambda: any(each.waits == "full" for each in people.bob.transfers.states))
    people.run(lambda: people.alice.ends and people.bob.ends)
    assert people.bob.ends == ["done"]


@pytest.mark.parametrize("killed", ["bob", None])
def test_a_limit_holds_in_the_next_conversation(
    killed: str | None, people: People, tmp_path: Path
) -> None:
    """What goes on there takes the time that the person wants it to take."""
    source = filled(tmp_path / "from", {"big": 5 * limits.BLOCK})
    people.alice.transfers.limit(limits.BLOCK // 8)
    people.alice.give(source / "big")
    people.run(lambda: any(each.done for each in people.bob.transfers.states))
    people.kill(*[people.bob] if killed else [])
    people.run(lambda: people.pair.guest.talking.link)
    begun = people.network.seconds()
    people.run(lambda: people.alice.ends and people.bob.ends)
    assert people.network.seconds() - begun > 24


@pytest.mark.parametrize("ended_by", ["alice", "bob"])
def test_what_ends_before_it_has_a_place_leaves_nothing(
    ended_by: str, people: People, tmp_path: Path
) -> None:
    """Either gives it up while the disk of the taker makes room for it: nothing lies there in part,
    and a program that is started again knows of its end."""
    source = filled(tmp_path / "from", {"one": 5})
    people.bob.takes = False
    people.alice.give(source / "one")
    people.run(lambda: people.bob.of(events.FilesOffered))
    (offered,) = people.bob.of(events.FilesOffered)
    people.bob.is_stuck = True
    people.bob.transfers.take(offered.id, people.bob.downloads)
    getattr(people, ended_by).transfers.cancel(offered.id)
    people.run(lambda: people.bob.ends)
    people.network.advance(1)
    people.bob.go_on()
    people.network.advance(1)
    assert people.bob.ends == ["cancelled"]
    assert tree(people.bob.downloads) == {}
    people.kill(people.bob)
    people.network.advance(1)
    assert people.bob.transfers.states == []


def test_what_is_taken_twice_lands_once(people: People, tmp_path: Path) -> None:
    """Also into two folders: the second word comes too late, and nothing lies there in part."""
    source = filled(tmp_path / "from", {"one": 5})
    people.bob.takes = False
    people.alice.give(source / "one")
    people.run(lambda: people.bob.of(events.FilesOffered))
    (offered,) = people.bob.of(events.FilesOffered)
    people.bob.transfers.take(offered.id, people.bob.downloads)
    people.bob.transfers.take(offered.id, people.bob.folder / "other")
    people.run(lambda: people.alice.ends and people.bob.ends)
    assert tree(people.bob.downloads) == tree(source)
    assert not (people.bob.folder / "other").exists()


def test_what_cannot_be_remembered_has_no_place(
    people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The person is told, nothing lies there in part, and it may be taken later."""
    source = filled(tmp_path / "from", {"one": 5})
    people.bob.takes = False
    people.alice.give(source / "one")
    people.run(lambda: people.bob.of(events.FilesOffered))
    (offered,) = people.bob.of(events.FilesOffered)
    monkeypatch.setattr(limits, "TRANSFERS_KEPT", 0)
    people.bob.transfers.take(offered.id, people.bob.downloads)
    people.run(lambda: people.bob.of(events.FilesNotTaken))
    assert tree(people.bob.downloads) == {}
    monkeypatch.undo()
    people.bob.transfers.take(offered.id, people.bob.downloads)
    people.run(lambda: people.alice.ends and people.bob.ends)
    assert tree(people.bob.downloads) == tree(source)


def test_what_cannot_go_on_is_no_error_of_ours(
    people: People, tmp_path: Path, logged: list[LogEvent]
) -> None:
    """Somebody has put a link in the place of a file in part: it is offered anew, no name of it is
    logged, and nothing is written through the link."""
    source = filled(tmp_path / "from", {"big": 12 * limits.BLOCK})
    people.alice.give(source / "big")
    people.run(lambda: any(each.done > 5 * limits.BLOCK for each in people.bob.transfers.states))
    people.bob.takes = False
    people.bob.kill()
    part = people.bob.downloads / "big.part" / "big"
    part.unlink()
    part.symlink_to(source / "big")
    people.kill(people.bob)
    people.run(lambda: len(people.bob.of(events.FilesOffered)) == 2)
    told = [event for event in logged if "cannot go on" in str(event.get("log_format"))]
    assert [event["kind"] for event in told] == ["OSError"]
    assert not [event for event in told if "log_failure" in event]
    assert (
        filled(tmp_path / "same", {"big": 12 * limits.BLOCK}).joinpath("big").read_bytes()
        == (source / "big").read_bytes()
    )


def test_an_end_that_cannot_be_stored_leaves_nothing_open(people: People, tmp_path: Path) -> None:
    """The person hears of it, what is whole has landed, and no file stays open."""
    source = filled(tmp_path / "from", {"one": 5})
    people.bob.takes = False
    people.alice.give(source / "one")
    people.run(lambda: people.bob.of(events.FilesOffered))
    before = len(os.listdir("/proc/self/fd"))
    (offered,) = people.bob.of(events.FilesOffered)
    people.bob.transfers.take(offered.id, people.bob.downloads)
    ledger = people.bob.folder / "profile" / FOLDER
    people.run(ledger.exists)
    people.run(lambda: any(ledger.glob("*.json")))
    ledger.rename(people.bob.folder / "moved")
    ledger.write_bytes(b"in the way")
    people.run(lambda: people.alice.ends and people.bob.ends)
    assert people.bob.ends == ["done"]
    assert (people.bob.downloads / "one").read_bytes() == (source / "one").read_bytes()
    people.run(lambda: len(os.listdir("/proc/self/fd")) <= before)
