"""Names whose disk fails or hangs: everybody gets an answer, and memory and disk agree again."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from simulated.disk import Fate, MemoryDisk, fates
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.logger import globalLogPublisher

from chatd import limits
from chatd.errors import ChatdError
from chatd.files import StorageError
from chatd.rendezvous.access import NotStoredYet
from chatd.rendezvous.directory import DAY, Binding
from chatd.rendezvous.name_changes import Bind, Seen, Unbind
from chatd.rendezvous.name_store import QueuedNameStore
from chatd.rendezvous.names import Names
from chatd.rendezvous.refusals import Denied, NotNow, NotStored
from chatd.sources import Sources

SEEDS = int(os.environ.get("CHATD_DISK_SEEDS", "150"))
"""How many stories; `CHATD_DISK_SEEDS=5000 pytest tests/rendezvous/test_name_store.py`."""
ALICE, BOB = b"\x01" + b"a" * 32, b"\x01" + b"b" * 32
OTHER = Sources().of("8.8.8.8")


class Scene:
    """Names with a disk, and a clock that stands still until it is told to go on."""

    def __init__(self, fate: Callable[[], Fate] = Fate) -> None:
        self.clock = Clock()
        self.disk = MemoryDisk(self.clock, fate)
        self.store = QueuedNameStore(self.clock, self.disk)
        self.store.start()
        self.names = Names(self.clock.seconds, self.store)

    def fate(self, seconds: float = 0.01, *, stored: bool = True) -> None:
        """What becomes of writes from now on."""
        self.disk.fate = lambda: Fate(seconds, stored)

    def pass_time(self, seconds: float) -> None:
        """In small steps."""
        self.clock.pump([0.125] * round(seconds * 8))

    def claim(self, name: str, key: bytes = ALICE) -> "Answer":
        """Somebody wants a name."""
        return Answer(self.names.claim(name, key, OTHER))

    def release(self, name: str, key: bytes = ALICE) -> "Answer":
        """Somebody gives a name back."""
        return Answer(self.names.release(name, key))

    @property
    def held(self) -> list[tuple[str, bytes, float]]:
        """Who holds what, in memory."""
        page = self.names.page("", limits.NAMES)
        return [(name, key, first) for name, key, first, _ in page]

    @property
    def stored(self) -> list[tuple[str, bytes, float]]:
        """Who holds what, on disk."""
        return [(name, key, first) for name, key, first, _ in self.disk.bindings]


class Answer:
    """What became of something that had to be stored."""

    def __init__(self, deferred: Deferred[Any]) -> None:
        self.value: Any = None
        self.came = False
        self.watch: Callable[[], None] = lambda: None
        deferred.addBoth(self._take)

    def _take(self, result: Any) -> None:
        assert not self.came
        self.value, self.came = getattr(result, "value", result), True
        if self.value is result:
            self.watch()

    @property
    def refused(self) -> bool:
        """Whether it was refused because it could not be stored."""
        return isinstance(self.value, NotStored)


@pytest.fixture
def log() -> Iterator[list[str]]:
    """What is logged, in words; a failure with a traceback is none that a disk may cause."""
    lines: list[str] = []

    def observe(event: Any) -> None:
        assert "log_failure" not in event
        lines.append(event["log_format"].format(**event))

    globalLogPublisher.addObserver(observe)
    yield lines
    globalLogPublisher.removeObserver(observe)


def test_a_failed_write_is_answered_and_wedges_nothing(log: list[str]) -> None:
    """The name is refused at once, and the next one is stored when the disk works again."""
    scene = Scene()
    scene.fate(stored=False)
    first = scene.claim("alice")
    scene.pass_time(0.125)
    assert first.refused
    assert scene.held == scene.stored == []
    scene.fate()
    again = scene.claim("alice")
    scene.pass_time(0.125)
    assert again.value == "alice"
    assert scene.held == scene.stored == [("alice", ALICE, 0.125)]
    assert log == ["names cannot be stored: cannot write names: a test", "names are stored again"]


def test_a_long_failure_is_one_line_of_log(log: list[str]) -> None:
    """However many names are tried meanwhile."""
    scene = Scene()
    scene.fate(stored=False)
    for number in range(limits.NAMES_PER_SOURCE * 2):
        answer = scene.claim(f"name{number}")
        scene.pass_time(1)
        assert answer.refused
    assert len(log) == 1


@pytest.mark.parametrize(("seconds", "refused"), [(4.9, False), (5.1, True)])
def test_a_slow_disk_has_five_seconds(seconds: float, refused: bool) -> None:
    """After that the name is refused, and free for others, whatever the disk does."""
    scene = Scene()
    scene.fate(seconds)
    answer = scene.claim("alice")
    scene.pass_time(4.75)
    assert not answer.came
    scene.pass_time(0.5)
    assert answer.refused == refused
    assert bool(scene.held) != refused


@pytest.mark.parametrize("stored", [True, False])
def test_what_is_stored_too_late_is_taken_back(stored: bool) -> None:
    """Memory and disk agree in the end; who claims the name meanwhile gets it."""
    scene = Scene()
    scene.fate(20, stored=stored)
    late = scene.claim("alice")
    scene.pass_time(6)
    assert late.refused
    scene.fate()
    other = scene.claim("alice", BOB)
    third = scene.claim("carol", ALICE)
    scene.pass_time(4)
    assert not other.came
    scene.pass_time(2)
    assert other.refused
    scene.pass_time(9)
    assert scene.held == scene.stored == []
    last = scene.claim("alice", BOB)
    scene.pass_time(1)
    assert (last.value, third.refused) == ("alice", True)
    assert [name for name, *_ in scene.stored] == ["alice"]
    assert scene.held == scene.stored


def test_a_name_that_is_given_back_stays_until_that_is_stored() -> None:
    """Nobody gets it before; if it fails it is still its owner's, here and after a restart."""
    scene = Scene()
    scene.claim("alice")
    scene.pass_time(0.125)
    for seconds in (1, 20):
        scene.fate(seconds, stored=seconds == 20)
        answer = scene.release("alice")
        with pytest.raises(Denied):
            scene.claim("alice", BOB)
        with pytest.raises(NotNow):
            scene.claim("alice")
        with pytest.raises(NotNow):
            scene.release("alice")
        scene.pass_time(6)
        assert answer.refused
        scene.fate()
        scene.pass_time(20)
        assert scene.held == scene.stored == [("alice", ALICE, 0.0)]
    answer = scene.release("alice")
    scene.pass_time(0.125)
    assert answer.value == "alice"
    assert scene.held == scene.stored == []


@pytest.mark.parametrize("stored", [True, False])
def test_a_second_session_waits_for_the_same_disk(stored: bool) -> None:
    """A key that comes back while its name is being stored is told what becomes of that."""
    scene = Scene()
    scene.fate(1, stored=stored)
    first, second = scene.claim("alice"), scene.claim("alice")
    with pytest.raises(NotNow):
        scene.release("alice")
    scene.pass_time(0.5)
    assert not second.came
    scene.pass_time(1)
    assert (first.refused, second.refused) == (not stored, not stored)
    assert scene.held == scene.stored


def test_what_nobody_waits_for_is_written_when_it_can_be() -> None:
    """That an owner was here, and what the operator decided, outlive a disk that fails."""
    scene = Scene()
    scene.claim("alice")
    scene.pass_time(1)
    scene.fate(stored=False)
    scene.names.arrived(ALICE)
    ban = Answer(scene.names.access.ban("mallory"))
    scene.pass_time(60)
    assert isinstance(ban.value, NotStoredYet)
    assert scene.disk.bans == []
    scene.fate()
    scene.pass_time(limits.NAME_RETRY_SECONDS + 1)
    assert scene.disk.bans == list(scene.names.access.bans) == ["mallory"]
    assert [binding.seen for binding in scene.disk.bindings] == [
        limits.NAME_PROVISIONAL_SECONDS - 1
    ]


def test_many_at_once_cost_two_writes() -> None:
    """What comes while the disk is busy goes into one transaction."""
    scene, writes = Scene(), []
    scene.disk.fate = lambda: writes.append(0) or Fate()  # type: ignore[func-returns-value]
    answers = [Answer(scene.store.store(Seen(bytes([n]), (), 0))) for n in range(200)]
    scene.pass_time(1)
    assert all(answer.came for answer in answers)
    assert len(writes) == 2


def test_what_waits_is_bounded() -> None:
    """Beyond the bound there is an answer at once, and room again once the disk has answered."""
    scene = Scene()
    scene.fate(4)
    waiting = [Answer(scene.store.store(Seen(b"", (), 0)))]
    waiting += [Answer(scene.store.store(Seen(b"", (), 0))) for _ in range(limits.NAME_CHANGES)]
    more = Answer(scene.store.store(Seen(b"", (), 0)))
    assert isinstance(more.value, StorageError)
    assert not any(answer.came for answer in waiting)
    scene.pass_time(5)
    assert all(answer.came for answer in waiting)
    Answer(scene.store.store(Seen(b"", (), 0)))


def test_what_is_owed_is_bounded_by_what_it_is_about() -> None:
    """A disk that fails for long is not paid for with memory."""
    scene = Scene()
    scene.fate(stored=False)
    for now in range(2000):
        scene.store.owe(Seen(ALICE, ("alice",), now))
        scene.store.owe(Unbind("alice", BOB))
    assert len(scene.store._queue) <= 2


@pytest.mark.parametrize("fate", [Fate(0.5), Fate(0.5, stored=False), Fate(1e9), Fate(4, False)])
def test_the_end_waits_for_the_disk_but_not_for_ever(fate: Fate) -> None:
    """What waits is written or refused, and the daemon ends whatever the disk does."""
    scene = Scene()
    scene.fate(*fate[:1], stored=fate.stored)
    claims = [scene.claim("alice"), scene.claim("bob", BOB)]
    scene.pass_time(0.125)
    stopped = Answer(scene.store.stop())
    late = scene.claim("carol")
    assert late.refused
    scene.pass_time(limits.DISK_SECONDS)
    assert stopped.came
    assert all(answer.came for answer in claims)
    # Nothing is left but what the disk itself still does.
    assert {call.func for call in scene.clock.getDelayedCalls()} <= {scene.disk._end}
    assert Answer(scene.store.stop()).came


class Story(Scene):
    """Two dozen people who do all sorts of things by chance, while the disk fails by chance."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        super().__init__(fates(self.random, self.random.choice((0.1, 0.5, 1))))
        self.answers: list[tuple[float, Answer]] = []
        self.here: set[bytes] = set()
        self.kept: list[bool] = []

    def claim(self, name: str, key: bytes = ALICE) -> "Answer":
        answer = super().claim(name, key)
        answer.watch = lambda: self.kept.append((name, key) in [each[:2] for each in self.stored])
        return answer

    def someone(self) -> bytes:
        return self.random.choice([bytes([letter]) * 33 for letter in range(6)])

    def step(self) -> None:
        now, key, random = self.clock.seconds(), self.someone(), self.random
        name = f"name{random.randrange(8)}"
        if key not in self.here:
            self.come_or_go(key)
        with suppress(ChatdError):
            match random.randrange(8):
                case 0 | 1 | 2:
                    self.answers.append((now, self.claim(name, key)))
                case 3 | 4:
                    self.answers.append((now, self.release(name, key)))
                case 5:
                    self.come_or_go(key)
                case 6:
                    storing = self.names.access.ban(name) if random.random() < 0.5 else None
                    self.answers.append((now, Answer(storing or self.names.access.unban(name))))
        self.pass_time(random.choice((0, 0, 0.125, 1, 5, 30)))

    def come_or_go(self, key: bytes) -> None:
        if key in self.here:
            self.here.remove(key)
            self.names.left(key)
        else:
            self.here.add(key)
            self.names.arrived(key)

    def check_answers(self) -> None:
        """Everybody is answered in time."""
        now = self.clock.seconds()
        for asked, answer in self.answers:
            assert answer.came or now - asked < limits.DISK_SECONDS + 0.2


@pytest.mark.parametrize("part", range(10))
def test_memory_and_disk_agree_in_the_end(part: int) -> None:
    """Whatever the disk did, and whoever did what meanwhile: names, keys, first times and bans."""
    for seed in range(part, SEEDS, 10):
        story = Story(seed)
        for _ in range(60):
            story.step()
            story.check_answers()
        for key in list(story.here):
            story.come_or_go(key)
        story.fate()
        story.pass_time(30)
        assert story.held == story.stored, seed
        assert list(story.names.access.bans) == story.disk.bans, seed
        story.disk.erase()


@pytest.mark.parametrize("part", range(10))
def test_what_was_answered_is_on_the_disk(part: int) -> None:
    """At the moment of the answer, so that a daemon that is killed then has kept it."""
    for seed in range(part, SEEDS, 10):
        story = Story(seed)
        for _ in range(40):
            story.step()
        assert all(story.kept), seed
        story.disk.erase()


def test_a_refused_name_is_nobodys() -> None:
    """Of each claim that was refused nothing stays in memory."""
    scene = Scene()
    scene.fate(stored=False)
    assert scene.claim("alice").came is False
    scene.pass_time(0.125)
    assert scene.names.holder("alice") is None
    binding = Binding("alice", ALICE, 1.0, 1.0)
    assert isinstance(Answer(scene.store.store(Bind(binding))).value, type(None))


def test_all_that_ran_out_while_the_disk_failed_is_removed() -> None:
    """A key that came back with another name in between, and ran out with that one as well."""
    scene = Scene()
    for name in ("alice", "bob"):
        scene.fate()
        assert scene.claim(name).came is False
        scene.pass_time(0.125)
        scene.fate(stored=False)
        scene.clock.advance(limits.NAME_PROVISIONAL_SECONDS)
        assert scene.names.holder(name) is None
    scene.fate()
    scene.pass_time(limits.NAME_RETRY_SECONDS + 1)
    assert scene.held == scene.stored == []


def test_whoever_comes_again_on_the_same_day_costs_no_write() -> None:
    """On the next day it does, and then what is kept is that day."""
    scene, writes = Scene(), []
    scene.disk.fate = lambda: writes.append(0) or Fate()  # type: ignore[func-returns-value]
    scene.names.arrived(ALICE)
    scene.claim("alice")
    scene.pass_time(0.125)
    for hours, expected in ((1, 1), (5, 1), (25, 2), (26, 2), (70, 3)):
        scene.names.left(ALICE)
        scene.clock.advance(hours * 3600 - scene.clock.seconds())
        scene.names.arrived(ALICE)
        scene.pass_time(0.125)
        assert len(writes) == expected
    (kept,) = scene.disk.bindings
    assert kept.seen == 3 * DAY
