"""How much all files of a transfer may grow together: counted by both sides, over restarts."""

from random import Random

import pytest
from memory_disks import File, MemorySource
from two_ends import TwoEnds

from chatd import limits
from chatd.transfer.reading import Reading

ID = bytes(16)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BLOCK", 4096)
    monkeypatch.setattr(limits, "FILE_GROWTH", 2000)
    monkeypatch.setattr(limits, "FILES_GROWTH", 3000)
    monkeypatch.setattr(limits, "SMALL_FILES", 1)


def one_is_there(count: int) -> tuple[TwoEnds, MemorySource]:
    """Files of 1,000 bytes have 2,000 more when they are read; the first has arrived, and both
    programs are killed. Of 8 files all together may grow by 4,000 bytes."""
    ends = TwoEnds(Random(1))
    source = MemorySource([File(bytes(1000)) for _ in range(count)])
    ends.giver.give(ID, source)
    source.files = [File(Random(n).randbytes(3000), 2) for n in range(count)]
    wait = source.files[1:]
    source.files[1:] = [None] * (count - 1)
    ends.link()
    while not (landing := ends.taker.landings.get(ID)) or not landing.files.get(0):
        ends.step()
    while landing.files[0].whole is None:
        ends.step()
    landing.sync(ends.taker.streams.receivings[ID]._arriving._position)  # type: ignore[union-attr]
    ends.cut()
    for end in (ends.giver, ends.taker):
        end.crash()
    source.files[1:] = wait
    return ends, source


def test_a_giver_leaves_out_what_is_too_much_in_all() -> None:
    """The second is at the limit and comes, the third is over it and does not, and the transfer
    ends well; the taker has told what there was before."""
    ends, _ = one_is_there(8)
    assert ends.taker.landings[ID].durable_at.grown == 2000
    ends.link()
    ends.run()
    assert ends.taker.ended == ends.giver.ended == {ID: "done"}
    landing = ends.taker.landings[ID]
    came = [landing.durable[index].omitted for index in range(8)]
    assert came == [None, None, *["grown"] * 6]


def test_a_taker_ends_what_is_too_much_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the giver thinks of it, also where most came before a restart."""
    ends, _ = one_is_there(8)
    monkeypatch.setattr(Reading, "_has_grown", lambda self, size: False)
    ends.link()
    ends.run()
    assert ends.taker.ended == ends.giver.ended == {ID: "grown"}
    whole = [kept.whole for kept in ends.taker.landings[ID].files.values()]
    assert sum(each is not None for each in whole) == 3
