"""What the garbage collector looks at, and when."""

import gc
import weakref
from collections.abc import Iterator

import pytest
from twisted.internet.task import Clock

from chatd import limits
from chatd.collector import Collector


class Node:
    """Something that refers to itself."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture
def large() -> Iterator[None]:
    """A program of many objects, which have been looked at together."""
    kept = [Node() for _ in range(400_000)]
    gc.collect()
    yield
    assert len(kept) == 400_000


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    """The time of a collector that is at work."""
    # The tests' own process has more than a daemon.
    monkeypatch.setattr(limits, "COLLECTOR_OBJECTS", 10_000_000)
    clock = Clock()
    collector = Collector(clock)
    before = gc.get_threshold()
    collector.startService()
    yield clock
    collector.stopService()
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
    assert not clock.getDelayedCalls()


def looked_at() -> int:
    """How many objects the next full collection looks at."""
    return len(gc.get_objects())


def test_what_lives_for_long_is_not_looked_at_again(clock: Clock) -> None:
    """However much there is, a collection is as long as what is new is much."""
    assert looked_at() < 1000
    kept = [Node() for _ in range(50_000)]
    assert looked_at() < limits.COLLECTOR_OBJECTS
    gc.collect()
    assert looked_at() < 1000
    assert len(kept) == 50_000


def test_full_collections_come_by_themselves(large: None, clock: Clock) -> None:
    """What is new never becomes much, at whatever rate people come, and however much there is."""
    kept: list[Node] = []
    most = 0
    for _ in range(300):
        kept += [Node() for _ in range(1000)]
        most = max(most, looked_at())
    assert most < 60_000
    assert gc.get_freeze_count() > 300_000


def test_young_cycles_go(clock: Clock) -> None:
    """As without it."""
    found = weakref.ref(Node())
    gc.collect()
    assert found() is None


def test_an_old_cycle_goes_within_the_hour(clock: Clock) -> None:
    """Nothing leaks for good."""
    node = Node()
    found = weakref.ref(node)
    gc.collect()
    del node
    gc.collect()
    assert found() is not None
    clock.advance(limits.COLLECTOR_SECONDS)
    assert found() is None
    assert looked_at() < 1000


def test_too_much_is_left_for_later(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reactor is not stopped for it."""
    node = Node()
    found = weakref.ref(node)
    gc.collect()
    del node
    monkeypatch.setattr(limits, "COLLECTOR_OBJECTS", gc.get_freeze_count() - 1)
    clock.advance(limits.COLLECTOR_SECONDS)
    assert found() is not None
    monkeypatch.setattr(limits, "COLLECTOR_OBJECTS", gc.get_freeze_count())
    clock.advance(limits.COLLECTOR_SECONDS)
    assert found() is None
