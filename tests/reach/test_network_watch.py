"""When changes of the network are told, and what becomes of sources that fail."""

import errno
import os
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from twisted.internet.task import Clock

from chatd import limits
from chatd.reach import netlink, network_watch, wake_up
from chatd.reach.network_watch import Change, NetworkWatch

ADDRESS, LINK, ROUTE = (bytes([16, 0, 0, 0, kind, *bytes(11)]) for kind in (20, 16, 24))
"""Messages with a head alone."""


class Reactor(Clock):
    """A clock on which files are read when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.readers: list[Any] = []

    def addReader(self, reader: Any) -> None:
        self.readers.append(reader)

    def removeReader(self, reader: Any) -> None:
        self.readers.remove(reader)


class Scene:
    """A machine whose kernel says what `says` are, and that has `addresses`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.addresses = ["10.0.0.1"]
        self.told: list[Change] = []
        self.clock = Reactor()
        self.says: list[bytes | OSError] = []
        self.asked = 0
        self.is_closed = False
        self._ends = os.pipe2(os.O_NONBLOCK)
        monkeypatch.setattr(netlink, "opened", lambda groups: self)
        monkeypatch.setattr(wake_up, "opened", lambda: os.dup(self._ends[0]))
        self.watch = NetworkWatch(self.clock, self.told.append, self._addresses)
        self.kernel, self.timer = self.clock.readers

    def _addresses(self) -> list[str]:
        self.asked += 1
        return self.addresses

    def setblocking(self, blocks: bool) -> None:
        assert not blocks

    def fileno(self) -> int:
        return 99

    def recvfrom(self, most: int) -> tuple[bytes, tuple[int, int]]:
        if not self.says:
            raise BlockingIOError
        said = self.says.pop(0)
        if isinstance(said, OSError):
            raise said
        return said[:most], (0, 0)

    def hear(self, *said: bytes | OSError) -> None:
        self.says += said
        self.kernel.doRead()

    def settle(self) -> None:
        self.clock.advance(limits.NETWORK_QUIET_SECONDS)

    def close(self) -> None:
        self.is_closed = True

    def end(self) -> None:
        self.watch.close()
        assert self.is_closed
        for end in self._ends:
            os.close(end)


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """A machine whose network is watched."""
    made = Scene(monkeypatch)
    yield made
    made.end()
    assert made.clock.readers == []
    assert made.clock.getDelayedCalls() == []


def test_addresses_that_come_and_go(scene: Scene) -> None:
    """Once, and with both; an announcement without a difference is none."""
    scene.addresses = ["10.0.0.2"]
    scene.hear(ADDRESS, ADDRESS)
    assert scene.told == []
    scene.settle()
    assert scene.told == [Change(frozenset(["10.0.0.1"]), frozenset(["10.0.0.2"]))]
    scene.hear(ADDRESS, LINK)
    scene.settle()
    assert len(scene.told) == 1


def test_routes(scene: Scene) -> None:
    """They are told of though no address has changed."""
    scene.hear(ROUTE)
    scene.settle()
    assert scene.told == [Change(routes=True)]


@pytest.mark.parametrize("lost", [OSError(errno.ENOBUFS, ""), b"nonsense"])
def test_more_than_the_kernel_keeps(scene: Scene, lost: bytes | OSError) -> None:
    """What was lost may have been anything, and what comes behind it is heard."""
    scene.hear(lost, ADDRESS)
    scene.settle()
    assert scene.told == [Change(routes=True)]
    scene.addresses = []
    scene.hear(ADDRESS)
    scene.settle()
    assert scene.told[1:] == [Change(gone=frozenset(["10.0.0.1"]))]


def test_what_does_not_come_from_the_kernel(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no news, whatever another process of the machine says."""
    heard = [(ROUTE, (4711, 0))]

    def recvfrom(most: int) -> tuple[bytes, tuple[int, int]]:
        if not heard:
            raise BlockingIOError
        return heard.pop()

    monkeypatch.setattr(scene, "recvfrom", recvfrom)
    scene.kernel.doRead()
    scene.settle()
    assert scene.told == []


def test_a_burst_is_told_once_it_is_over(scene: Scene) -> None:
    """As long as it goes on it is waited for."""
    for step in range(5):
        scene.addresses.append(f"10.0.1.{step}")
        scene.hear(ADDRESS)
        scene.clock.advance(limits.NETWORK_QUIET_SECONDS / 2)
    assert scene.told == []
    scene.settle()
    assert [len(change.come) for change in scene.told] == [5]


def test_a_burst_without_an_end(scene: Scene) -> None:
    """It is told all the same, and no more often than is said."""
    seconds, step = 10.0, limits.NETWORK_QUIET_SECONDS / 2
    for _ in range(round(seconds / step)):
        scene.hear(ROUTE)
        scene.clock.advance(step)
    assert 8 <= len(scene.told) <= seconds / limits.NETWORK_BURST_SECONDS
    assert scene.asked <= len(scene.told) + 1
    scene.settle()


def test_no_turn_of_the_reactor_reads_for_ever(scene: Scene) -> None:
    """The rest is for the next one."""
    scene.hear(*[ROUTE] * (limits.NETWORK_READS + 1))
    assert len(scene.says) == 1
    scene.settle()


def test_sleep(scene: Scene) -> None:
    """The timer is cancelled, and it is told that the machine slept."""
    os.write(scene._ends[1], bytes(8))
    scene.timer.doRead()
    scene.settle()
    assert scene.told == [Change(slept=True)]


def test_a_cancelled_timer(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error that the kernel gives then is the news, every time."""

    def cancelled(file: int, most: int) -> bytes:
        raise OSError(errno.ECANCELED, "")

    monkeypatch.setattr(network_watch.os, "read", cancelled)
    for times in (1, 2):
        scene.timer.doRead()
        scene.settle()
        assert scene.told == [Change(slept=True)] * times


@pytest.mark.parametrize("which", ["kernel", "timer"])
def test_a_source_that_breaks(scene: Scene, which: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is let go of; the other one goes on."""

    def broken(*_: object) -> bytes:
        raise OSError(errno.EIO, "")

    monkeypatch.setattr(network_watch.os, "read", broken)
    scene.says.append(OSError(errno.EIO, ""))
    source = getattr(scene, which)
    source.doRead()
    assert source not in scene.clock.readers
    assert source.fileno() == -1
    assert len(scene.clock.readers) == 1
    scene.settle()
    assert scene.told == []


def test_nothing_is_told_after_the_end(scene: Scene) -> None:
    """What was waited for is forgotten."""
    scene.hear(ROUTE)
    scene.watch.close()
    scene.settle()
    assert scene.told == []


def no(error: type[Exception]) -> Callable[..., Any]:
    """What cannot be opened."""

    def opened(*_: object) -> Any:
        raise error

    return opened


def test_a_system_that_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no watch then, without a word."""
    monkeypatch.setattr(netlink, "opened", no(PermissionError))
    monkeypatch.setattr(wake_up, "opened", no(OSError))
    clock = Reactor()
    watch = NetworkWatch(clock, pytest.fail, lambda: [])
    assert clock.readers == []
    watch.close()


def test_another_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without netlink, and without such a timer, both say so with an `OSError`."""
    monkeypatch.delattr(socket, "AF_NETLINK")
    with pytest.raises(OSError, match="netlink"):
        netlink.opened()
    monkeypatch.setattr(wake_up.ctypes, "CDLL", lambda *_, **__: object())
    with pytest.raises(OSError, match="not implemented"):
        wake_up.opened()
