"""The disks of a transfer at work: in order, and no more than is wanted."""

from collections.abc import Callable

from twisted.internet.defer import Deferred

from chatd import limits
from chatd.engine.transfer_disks import Reader
from chatd.transfer.disks import Block, NotYet
from chatd.transfer.reading import Got, Read


class Disk:
    """A source whose thread works when it is told to."""

    def __init__(self) -> None:
        self.read_blocks: list[tuple[int, int]] = []
        self.has_come = 10**9
        """Blocks that are there; others are waited for."""
        self._works: list[tuple[Callable[[], None], Deferred[None]]] = []

    def in_background(self, work: Callable[[], None]) -> Deferred[None]:
        done: Deferred[None] = Deferred()
        self._works.append((work, done))
        return done

    def work(self) -> None:
        """Until nothing is to be done."""
        while self._works:
            self.work_once()

    def work_once(self) -> None:
        """What is to be done by now."""
        work, done = self._works.pop()
        work()
        done.callback(None)

    def read(self, index: int, block: int) -> Block:
        self.read_blocks.append((index, block))
        if block >= self.has_come:
            raise NotYet
        return Block(b"", b"", 0, 0)

    def close(self) -> None:
        """Nothing is open."""


def test_of_earlier_runs_nothing_is_read_any_more() -> None:
    """A taker that begins one run after the other costs a slow disk no more than one does."""
    disk = Disk()
    told: list[Read] = []

    def tell(read: Read, found: list[Got]) -> None:
        told.append(read)

    reader = Reader(disk.in_background, disk, tell)
    for run in range(1, 1001):
        for block in range(limits.READS):
            reader.add(Read(run, 0, 0, block))
    disk.work()
    assert [read for read in told if read.run == 1000] == [
        Read(1000, 0, 0, block) for block in range(limits.READS)
    ]
    assert len(disk.read_blocks) <= 2 * limits.READS


def test_what_has_not_come_is_asked_for_again() -> None:
    """Everything is told once and in order, and of an earlier run or at rest nothing is waited
    for any more."""
    disk = Disk()
    told: list[tuple[int, int]] = []
    reader = Reader(disk.in_background, disk, lambda read, _: told.append((read.run, read.block)))
    disk.has_come = 1
    for block in range(3):
        reader.add(Read(1, 0, 0, block))
    for _ in range(5):
        disk.work_once()
    assert told == [(1, 0)]
    disk.has_come = 3
    disk.work()
    assert told == [(1, 0), (1, 1), (1, 2)]
    reader.add(Read(1, 0, 0, 3))
    disk.work_once()
    reader.add(Read(2, 0, 0, 2))
    disk.work()
    assert told[3:] == [(2, 2)]
    rested: list[None] = []
    reader.add(Read(2, 0, 0, 3))
    reader.rest().addCallback(rested.append)
    assert not rested
    disk.work_once()
    assert rested == [None]
    assert told[3:] == [(2, 2)]


def test_what_is_asked_for_at_a_time_is_read_together() -> None:
    """Also where each that is told leads to the next: a thread is woken for several."""
    disk = Disk()
    disk.has_come = 100
    told: list[int] = []

    def tell(read: Read, _: list[Got]) -> None:
        told.append(read.block)
        if read.block < 20:
            reader.add(Read(1, 0, 0, read.block + 10))

    reader = Reader(disk.in_background, disk, tell)
    reader.add(*[Read(1, 0, 0, block) for block in range(10)])
    for wakes in range(1, 4):
        disk.work_once()
        assert told == list(range(10 * wakes))
    assert not disk._works
