"""The thread that a disk may keep for ever."""

import threading
from collections.abc import Callable
from queue import Queue
from typing import Any

import pytest
from patience import SECONDS

from chatd.disk_thread import DiskThread, in_disk_thread


class Calls:
    """The part of a reactor that threads use; the test makes the calls itself."""

    def __init__(self) -> None:
        self._calls: Queue[tuple[Callable[..., object], tuple[object, ...]]] = Queue()

    def callFromThread(self, what: Callable[..., object], *arguments: object) -> None:
        """One more."""
        self._calls.put((what, arguments))

    def one(self) -> None:
        """Wait for a call, and make it."""
        what, arguments = self._calls.get(timeout=SECONDS)
        what(*arguments)


def results(reactor: Calls, thread: DiskThread, count: int) -> list[Any]:
    """What so many calls gave: the thread in which each was made."""
    found: list[Any] = []
    for _ in range(count):
        thread.do(threading.current_thread).addBoth(found.append)
        reactor.one()
    return found


def test_all_calls_are_made_in_one_thread() -> None:
    """A thread is dear: a write takes less time than it."""
    reactor = Calls()
    thread = DiskThread(reactor)
    found = results(reactor, thread, 20)
    assert len(set(found)) == 1
    assert found[0].daemon
    assert found[0] is not threading.current_thread()
    thread.end()


def test_a_thread_ends_when_its_calls_are_made() -> None:
    """What was asked for before the end is done, then it goes; a later call begins another."""
    reactor = Calls()
    thread = DiskThread(reactor)
    may_go_on = threading.Event()
    found: list[Any] = []
    thread.do(may_go_on.wait).addBoth(found.append)
    thread.do(threading.current_thread).addBoth(found.append)
    thread.end()
    may_go_on.set()
    reactor.one()
    reactor.one()
    done, first = found
    assert done is True
    first.join(SECONDS)
    assert not first.is_alive()
    (second,) = results(reactor, thread, 1)
    assert second is not first
    thread.end()
    second.join(SECONDS)
    assert not second.is_alive()


@pytest.mark.parametrize("error", [OSError, SystemExit])
def test_an_error_fails_its_call_alone(error: type[BaseException]) -> None:
    """Whatever is raised is given on, and the thread goes on."""

    def fail() -> None:
        raise error

    reactor = Calls()
    thread = DiskThread(reactor)
    found: list[Any] = []
    thread.do(fail).addErrback(lambda failure: found.append(failure.type))
    reactor.one()
    assert found == [error]
    assert len(results(reactor, thread, 1)) == 1
    thread.end()


def test_one_call_has_a_thread_of_its_own() -> None:
    """It hangs without anybody waiting for it but its own caller."""
    reactor, may_go_on, found = Calls(), threading.Event(), list[Any]()
    in_disk_thread(reactor, may_go_on.wait).addBoth(found.append)
    in_disk_thread(reactor, threading.current_thread).addBoth(found.append)
    reactor.one()
    (thread,) = found
    thread.join(SECONDS)
    assert not thread.is_alive()
    may_go_on.set()
    reactor.one()
    assert found == [thread, True]
