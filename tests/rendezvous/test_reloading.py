"""What a daemon reads anew on SIGHUP."""

from collections.abc import Iterator

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.logger import LogEvent, formatEvent, globalLogPublisher

from chatd import limits
from chatd.errors import ChatdError
from chatd.rendezvous.reloading import Daily, Reloads


@pytest.fixture
def said() -> Iterator[list[str]]:
    """What the daemon says meanwhile."""
    lines: list[str] = []

    def hear(event: LogEvent) -> None:
        lines.append(formatEvent(event))

    globalLogPublisher.addObserver(hear)
    yield lines
    globalLogPublisher.removeObserver(hear)


def bad() -> None:
    """What reads a file that cannot be used."""
    raise ChatdError("the file has no end")


def test_each_part_is_read_by_itself(said: list[str]) -> None:
    """One that cannot be read keeps the old, with its reason, and no other one from its own."""
    reloads = Reloads()
    reloads.add("limits", bad)
    reloads.add("bans", lambda: None)
    reloads.run()
    assert said == ["kept the old limits: the file has no end", "read bans anew"]


def test_a_slow_disk_is_waited_for(said: list[str]) -> None:
    """A part that reads in a thread has been read, or not, when that is done."""
    reloads, good, failing = Reloads(), Deferred[None](), Deferred[None]()
    reloads.add("one", lambda: good)
    reloads.add("other", lambda: failing)
    reloads.run()
    assert said == []
    good.callback(None)
    failing.errback(ChatdError("gone"))
    assert said == ["read one anew", "kept the old other: gone"]


def test_nothing_to_read(said: list[str]) -> None:
    """Where there is nothing, that is said."""
    Reloads().run()
    assert said == ["nothing to read anew"]


def test_a_fault_of_ours_is_no_end(said: list[str]) -> None:
    """What is no error for people keeps the old as well, and the next part is read."""
    reloads = Reloads()
    reloads.add("one", lambda: 1 // 0)
    reloads.add("other", lambda: None)
    reloads.run()
    assert said == ["kept the old one", "read other anew"]


def test_some_is_read_each_day(said: list[str]) -> None:
    """From a day after the start to the end, and nothing else of it."""
    clock, reloads = Clock(), Reloads()
    reloads.add("settings", lambda: None)
    reloads.add("certificate", lambda: None, is_daily=True)
    daily = Daily(clock, reloads)
    daily.startService()
    clock.advance(limits.DAILY_SECONDS - 1)
    assert said == []
    clock.advance(1)
    assert said == ["read certificate anew"]
    clock.advance(limits.DAILY_SECONDS)
    assert said == ["read certificate anew"] * 2
    daily.stopService()
    assert clock.getDelayedCalls() == []
    reloads.run()
    assert said[2:] == ["read settings anew", "read certificate anew"]
