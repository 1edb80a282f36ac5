"""Where a link is fast a record has one block, which is copied nowhere in our memory."""

from collections import Counter

import pytest

from chatd import limits
from chatd.peer.file_link import MOST
from chatd.transfer.disks import Block, Position
from chatd.transfer.manifest import Entry
from chatd.transfer.packed_list import PackedList, packed
from chatd.transfer.reading import Reading
from chatd.transfer.steps import WriteBlock
from chatd.transfer.tree import NO_ROOTS, block_hash
from chatd.transfer.writing import Writing
from chatd.wire.chunk import Begin, BlockDone, Data
from chatd.wire.files import From

SHARE = limits.WINDOW // limits.STREAMS_AT_ONCE
BLOCKS = 5


def a_file(size: int) -> PackedList:
    """A list of one."""
    return packed([Entry(("x",), "file", size, 1, False)])


def chunks(first: int) -> list[list[int]]:
    """How many bytes of the file are in the pieces of each chunk, the first of which has room for
    so many; as much comes at a time as there is a window for."""
    size = BLOCKS * limits.BLOCK
    start = From(1, 1, 0, 0, None, None, 0, NO_ROOTS, 0, SHARE)
    reading = Reading(a_file(size), start, Counter())
    data = bytes(limits.BLOCK)
    found, room, credit = [], first, SHARE
    while True:
        for read in reading.wanted():
            reading.was_read(read, [Block(data, block_hash(data), size, 1)])
        parts, spent, _ = reading.outgoing.take(room, credit)
        if not parts:
            return found
        found.append([len(part) for part in parts if isinstance(part, memoryview)])
        room, credit = MOST, credit - spent
        if any(part[:1] == b"\2" and len(part) == 33 for part in parts):
            credit = SHARE  # the disk has taken it


def test_a_record_has_one_block() -> None:
    """With all that stands around it; the last has the end of the file."""
    assert chunks(MOST) == [[limits.BLOCK]] * BLOCKS


@pytest.mark.parametrize("first", [limits.FIRST_CHUNK, limits.BLOCK - 1000, limits.LEAST_CHUNK])
def test_what_was_cut_ends_alone(first: int) -> None:
    """Behind the rest of a block that was cut there is no part of another."""
    found = chunks(first)
    assert len(found) == BLOCKS + 1
    assert sum(found[0] + found[1]) == limits.BLOCK
    assert found[2:] == [[limits.BLOCK]] * (BLOCKS - 1)


def test_a_window_has_room_for_whole_blocks() -> None:
    """Three of each that goes on, one of which was cut a few times."""
    assert SHARE >= 3 * (limits.BLOCK + 100 + 8 * limits.PIECE_COST)


def test_what_came_whole_is_written_from_where_it_came() -> None:
    """And what came in parts from one piece of memory."""
    data = bytes(range(256)) * (limits.BLOCK // 256)
    digest = block_hash(data)
    writing = Writing(a_file(2 * len(data)), Position())
    writing.take(Begin(2 * len(data), 1), 0)
    writing.take(Data(memoryview(data)), 0)
    (whole,) = writing.take(BlockDone(digest), 0)
    for part in (data[:1], data[1:]):
        writing.take(Data(memoryview(part)), 0)
    (put_together,) = writing.take(BlockDone(digest), 0)
    steps = [whole.step, put_together.step]
    assert [step.data for step in steps if isinstance(step, WriteBlock)] == [data, data]
    assert isinstance(steps[0], WriteBlock)
    assert memoryview(steps[0].data).obj is data
