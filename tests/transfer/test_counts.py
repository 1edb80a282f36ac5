"""What is counted of a transfer is exact: its progress and growth, chunks, pieces of a list."""

from random import Random

import pytest
import two_ends
from memory_disks import File, MemorySource
from two_ends import TwoEnds

from chatd import limits

ID = bytes(16)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of some kilobytes have several blocks."""
    monkeypatch.setattr(limits, "BLOCK", 4096)
    monkeypatch.setattr(limits, "SYNC_BYTES", 20_000)


def begun(sizes: list[int]) -> tuple[TwoEnds, MemorySource]:
    """A transfer of files of these sizes."""
    ends = TwoEnds(Random(1))
    source = MemorySource([File(ends.random.randbytes(size)) for size in sizes])
    ends.giver.give(ID, source)
    return ends, source


def arrive(ends: TwoEnds) -> tuple[int, int]:
    """Until all is there; what both sides then say of how far it is."""
    sending = ends.giver.streams.sendings[ID]
    ends.link()
    ends.run()
    assert ends.giver.ended == ends.taker.ended == {ID: "done"}
    taken = ends.taker.transfer(ID)
    assert taken is not None
    return sending.sent, taken.received


def test_both_sides_count_what_has_come() -> None:
    """Each byte once, also what was there before both programs were killed in a second file."""
    sizes = [4097, 30 * limits.BLOCK, 1]
    assert arrive(begun(sizes)[0]) == (sum(sizes), sum(sizes))
    ends, _ = begun(sizes)
    ends.link()
    while not ends.taker.landings or ends.taker.landings[ID].durable_at.block < 9:
        ends.step()
    ends.cut()
    for end in (ends.giver, ends.taker):
        end.crash()
    assert ends.taker.landings[ID].durable_at.index == 1
    assert arrive(ends) == (sum(sizes), sum(sizes))


@pytest.mark.parametrize("sizes", [[1, 0, 2], [9000, 30_000]])
def test_files_as_they_were_offered_have_not_grown(
    sizes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not by a byte, also where nothing at all may."""
    monkeypatch.setattr(limits, "FILES_GROWTH", 0)
    arrive(begun(sizes)[0])


def test_a_chunk_has_no_more_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """It could not be sent; and all of it is used."""
    monkeypatch.setattr(two_ends, "ROOM", 3000)
    ends, _ = begun([40_000])
    ends.link()
    longest = 0
    while ends.step():
        longest = max([longest, *(len(each) for each in ends.giver.out if type(each) is bytes)])
    assert longest == two_ends.ROOM


def test_a_list_in_many_messages() -> None:
    """All of it is there before anything comes, in order."""
    folders = range(2 * limits.PIECE_ENTRIES + 1)
    ends = TwoEnds(Random(1))
    source = MemorySource([*[None for _ in folders], File(b"last")], folders)
    sending = ends.giver.give(ID, source)
    assert len(sending.entries.pieces) > 2
    arrive(ends)
    taken = ends.taker.transfer(ID)
    assert taken is not None
    assert list(taken.entries) == source.entries()
    assert ends.taker.landings[ID].durable[len(folders)].whole == b"last"
