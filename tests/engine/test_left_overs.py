"""What lies half-done on the disk, as a person looks at it and takes it away; real profiles."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred, execute
from twisted.internet.task import Clock

from chatd import limits
from chatd.engine import commands as c
from chatd.engine.decisions import events as e
from chatd.engine.dispatch import carry_out
from chatd.engine.environment import Environment
from chatd.engine.not_done import NotDone
from chatd.engine.numbering import Numbering
from chatd.engine.open_profile import OpenProfile
from chatd.engine.remembered_transfers import Remembered
from chatd.engine.shutdown import Shutdown
from chatd.engine.transfers import Transfers
from chatd.files import StorageError
from chatd.store.profiles import Profiles
from chatd.store.transfers import FOLDER
from chatd.transfer.manifest import Entry
from chatd.transfer.packed_list import packed

BOB = b"\x01" + b"b" * 32
SERVER = ("host:1",)
NOW = time.time()


class Client:
    """As much of one as files need: a profile, and what it was told; its disk does nothing before
    `work`."""

    def __init__(self, folder: Path, name: str) -> None:
        clock = Clock()
        self.told: list[Any] = []
        self._waiting: list[tuple[Callable[[], None], Deferred[None]]] = []
        self.profiles = Profiles(folder)
        world = Environment(
            clock, os.urandom, in_background=self._in_background, wall_clock=lambda: NOW
        )
        self.profile = OpenProfile(self.profiles, world, Shutdown(clock), self.told.append)
        parts = (world, self.profile, self.told.append, folder / "downloads", lambda: None)
        self.transfers = Transfers(*parts)
        self.machine = self
        self.show = self.told.append
        self.profile.take(SERVER, name)
        self.profile.name_held(name)
        self.work()
        self.transfers.load()

    def _in_background(self, work: Callable[[], None]) -> Deferred[None]:
        done: Deferred[None] = Deferred()
        self._waiting.append((work, done))
        return done

    def work(self) -> None:
        """Do all that is for the disk."""
        while self._waiting:
            work, done = self._waiting.pop(0)
            execute(work).chainDeferred(done)

    def drop_again(self) -> None:
        """Part of what carries out commands."""

    def do(self, command: c.Command) -> Any:
        """Carry it out, and return the last that was told of it."""
        session: Any = self
        carry_out(session, command)
        self.work()
        return self.told[-1]

    def end(self) -> None:
        self.profile.release(claiming=True)


def remember(client: Client, folder: Path, name: str, number: int = 0) -> None:
    """Something of bob's is taken, in that folder; an earlier run has begun it."""
    known = Remembered(client.profile.transfers, BOB, SERVER[0], lambda: NOW)
    entries = packed([Entry((name,), "file", 5, 0, False)])
    kept = known.add("taken", os.urandom(16), entries, folder=bytes(folder), number=number)
    assert kept.landing is not None
    kept.landing.close()


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    return tmp_path / "downloads"


def test_what_nobody_remembers_is_listed_and_can_be_removed(
    tmp_path: Path, downloads: Path
) -> None:
    """Not what this profile or another one remembers; of a record that is gone the rest on the disk
    is left over, and of one whose list is damaged."""
    alice, other = Client(tmp_path, "alice"), Client(tmp_path, "other")
    remember(other, downloads, "theirs")
    remember(alice, downloads, "known")
    for name, ending in (("forgotten", "json"), ("damaged", "list")):
        before = set(tmp_path.rglob(f"{FOLDER}/*.{ending}"))
        remember(alice, downloads, name)
        (file,) = set(tmp_path.rglob(f"{FOLDER}/*.{ending}")) - before
        file.write_bytes(b"?")
    alice.end()
    alice = Client(tmp_path, "alice")
    listed = alice.do(c.ListFiles())
    assert [each.first for each in listed.transfers] == ["known"]
    places = [str(downloads / f"{name}.part") for name in ("damaged", "forgotten")]
    assert [each.place for each in listed.left_over] == places
    assert alice.do(c.RemoveLeftOver(places[0])) == e.LeftOverRemoved(places[0])
    for place in (places[0], str(downloads / "known.part"), "/etc/forgotten.part"):
        assert alice.do(c.RemoveLeftOver(place)) == e.CommandFailed("no-left-over", (place,))
    assert sorted(os.listdir(downloads)) == ["forgotten.part", "known.part", "theirs.part"]


def test_no_more_is_named_than_anybody_reads(
    tmp_path: Path, downloads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As much as is at most, and not one more."""
    monkeypatch.setattr(limits, "LEFT_OVER_SHOWN", 2)
    other = Client(tmp_path / "elsewhere", "other")
    for name in ("a", "b", "c"):
        remember(other, downloads, name)
    assert len(Client(tmp_path, "alice").do(c.ListFiles()).left_over) == 2


def test_what_is_wanted_waits_until_it_is_known_what_there_is(tmp_path: Path) -> None:
    """And what is not there then is said."""
    alice = Client(tmp_path, "alice")
    session: Any = alice
    carry_out(session, c.EndFiles(7))
    assert alice.told == []
    alice.work()
    assert alice.told == [e.CommandFailed("no-transfer", ("7",))]


def test_before_there_is_a_profile(tmp_path: Path) -> None:
    """There is nothing to look at."""
    alice = Client(tmp_path, "alice")
    world: Any = None
    profile = OpenProfile(alice.profiles, world, world, print)
    transfers = Transfers(world, profile, print, None, lambda: None)
    with pytest.raises(NotDone, match="no-name"):
        transfers.list()


def test_a_number_stays_that_of_its_transfer(tmp_path: Path, downloads: Path) -> None:
    """Though another one before it is over by the next run; one that is another's is not had
    twice."""
    alice = Client(tmp_path, "alice")
    for number in (1, 2, 2):
        remember(alice, downloads, "x", number)
    alice.end()
    alice = Client(tmp_path, "alice")
    assert [each.number for each in alice.do(c.ListFiles()).transfers] == [1, 2, 3]
    over = alice.do(c.EndFiles(1))
    assert (over.why, over.number) == ("cancelled", 1)
    alice.end()
    again = Client(tmp_path, "alice").do(c.ListFiles()).transfers
    assert [each.number for each in again] == [2, 3]


def test_what_cannot_land_is_known_and_nothing_is_made_in_its_place(
    tmp_path: Path, downloads: Path
) -> None:
    """Where its folder is not there, is another one, or is a file: it waits, nothing is begun
    anew, and it can be ended. Where only the part in it was removed, it begins again."""
    away = tmp_path / "away"
    alice = Client(tmp_path, "alice")
    remember(alice, downloads / "deep", "x", 1)
    alice.end()
    downloads.rename(away)
    for make in (lambda: None, downloads.mkdir, (downloads / "deep").mkdir):
        make()
        before = list(tmp_path.rglob("*.part"))
        alice = Client(tmp_path, "alice")
        (state,) = alice.do(c.ListFiles()).transfers
        assert (state.number, state.waits, state.is_accepted) == (1, "gone", True)
        assert list(tmp_path.rglob("*.part")) == before
        alice.end()
    (downloads / "deep").rmdir()
    downloads.rmdir()
    away.rename(downloads)
    (part,) = (downloads / "deep").iterdir()
    part.rename(tmp_path / "taken")
    alice = Client(tmp_path, "alice")
    (state,) = alice.do(c.ListFiles()).transfers
    assert (state.waits, list((downloads / "deep").iterdir())) == ("link", [part])
    alice.end()
    downloads.rename(away)
    downloads.touch()
    alice = Client(tmp_path, "alice")
    assert alice.do(c.EndFiles(1)).why == "cancelled"
    assert alice.do(c.ListFiles()).transfers == ()


def test_what_goes_first_and_how_fast_outlives_the_program(tmp_path: Path, downloads: Path) -> None:
    """The last of those that were to go before all others does, and the rate is said with the
    list, and holds for everybody."""
    alice = Client(tmp_path, "alice")
    for number in (1, 2, 3):
        remember(alice, downloads, f"f{number}", number)
    alice.end()
    alice = Client(tmp_path, "alice")
    alice.do(c.HurryFiles(3))
    alice.do(c.HurryFiles(2))
    assert alice.do(c.LimitFiles(5000)) == e.FilesLimited(5000)
    alice.end()
    again = Client(tmp_path, "alice")
    assert again.do(c.ListFiles()).rate == 5000
    streams = again.transfers.with_person(BOB)._streams
    assert [each.entries[0].path for each in streams.receivings.values()] == [
        ("f2",),
        ("f3",),
        ("f1",),
    ]
    assert streams.rate == again.transfers.with_person(BOB[::-1])._streams.rate == 5000
    (stored,) = tmp_path.rglob("sending.json")
    stored.rename(tmp_path / "kept")
    stored.mkdir()
    failed = again.do(c.LimitFiles())
    assert (failed.code, streams.rate) == ("failed", 5000)
    stored.rmdir()
    assert again.do(c.LimitFiles()) == e.FilesLimited(None)
    again.end()
    assert Client(tmp_path, "alice").do(c.ListFiles()).rate is None


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("/dev/null", "something that is not a folder is in the way"),
        ("/dev/null/deeper", "part of its path is not a folder"),
        ("/" + "x" * 256, "file name too long"),
    ],
)
def test_what_is_no_folder_is_said_in_words(tmp_path: Path, place: str, why: str) -> None:
    """Nothing is taken into it."""
    alice = Client(tmp_path, "alice")
    with pytest.raises(StorageError, match=why):
        remember(alice, Path(place), "x")
    assert not list(alice.profile.transfers.all())


def test_no_two_have_one_number() -> None:
    """Whatever was remembered, and in whatever order that is found."""
    numbering = Numbering()
    assert [numbering.again(0), numbering.again(1), numbering.again(7)] == [1, 2, 7]
    assert [numbering.new(), numbering.again(3), numbering.again(8)] == [8, 3, 9]
    numbering.over(9)
    assert [numbering.new(), numbering.again(9)] == [10, 9]
