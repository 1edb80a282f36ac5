"""What can be read once: its blocks, how many are kept, and what is no end of it."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from memory_disks import MemorySource
from two_ends import TwoEnds

from chatd import limits
from chatd.transfer.disks import Block, Lost, NotYet
from chatd.transfer.input_source import InputSource, open_input
from chatd.transfer.manifest import Entry
from chatd.transfer.tree import block_hash

KEPT = -(-limits.INPUT_KEPT // limits.BLOCK)
ID = bytes([7]) * 16


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing waits for what does not come."""
    monkeypatch.setattr(limits, "INPUT_POLL_SECONDS", 0)
    monkeypatch.setattr(limits, "INPUT_END_SECONDS", 0)


@pytest.fixture
def pipe() -> Iterator[tuple[InputSource, int]]:
    """An input, and where one writes into it."""
    reading, writing = os.pipe()
    source = InputSource(reading, 9)
    yield source, writing
    source.close()
    with open(os.devnull) as spare:  # whether or not the test has closed it
        os.dup2(spare.fileno(), writing)
    os.close(writing)


def at(path: Path, data: bytes) -> InputSource:
    """An input with this in it."""
    path.write_bytes(data)
    return InputSource(open_input(str(path)), 9)


@pytest.mark.parametrize("size", [0, 5, limits.BLOCK, 2 * limits.BLOCK + 1])
def test_blocks_to_the_end(tmp_path: Path, size: int) -> None:
    """All but the last are full; behind the end there is nothing, however often one asks."""
    data = Random(1).randbytes(size)
    source = at(tmp_path / "x", data)
    count = -(-size // limits.BLOCK)
    blocks = [source.read(0, block) for block in range(count + 2)]
    assert b"".join(block.data for block in blocks) == data
    assert {len(block.data) for block in blocks[:-3]} <= {limits.BLOCK}
    assert [block.data for block in blocks[count:]] == [b"", b""]
    assert {(block.size, block.modified) for block in blocks} == {(None, 9)}
    assert all(block.digest == block_hash(block.data) for block in blocks)


def test_so_much_is_kept(tmp_path: Path) -> None:
    """And nothing before it: memory is bounded, however long it is."""
    source = at(tmp_path / "x", bytes((KEPT + 2) * limits.BLOCK))
    source.read(0, KEPT)
    assert len(source.read(0, 1).data) == limits.BLOCK
    with pytest.raises(Lost):
        source.read(0, 0)


def test_what_has_not_come_is_no_end(pipe: tuple[InputSource, int]) -> None:
    """A block is there as soon as it is full, or as the writer has ended."""
    source, writing = pipe
    with pytest.raises(NotYet):
        source.read(0, 0)
    os.write(writing, b"abc")
    with pytest.raises(NotYet):
        source.read(0, 0)
    os.write(writing, b"def")
    os.close(writing)
    os.open(os.devnull, os.O_RDONLY)  # in its place
    assert source.read(0, 0).data == b"abcdef"


def test_a_pipe_that_nobody_has_opened_yet(tmp_path: Path) -> None:
    """Waits for whoever will."""
    os.mkfifo(tmp_path / "pipe")
    source = InputSource(open_input(str(tmp_path / "pipe")), 9)
    with pytest.raises(NotYet):
        source.read(0, 0)
    with open(tmp_path / "pipe", "wb") as writing:
        writing.write(b"late")
    assert source.read(0, 0).data == b"late"
    source.close()


def test_whoever_writes_hears_that_nobody_reads(pipe: tuple[InputSource, int]) -> None:
    """After the close, which is harmless again; what is asked for then is lost."""
    source, writing = pipe
    source.close()
    source.close()
    with pytest.raises(BrokenPipeError):
        os.write(writing, b"x")
    with pytest.raises(Lost):
        source.read(0, 0)


def test_an_end_is_held_back(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """So that an interrupt that has ended the writer arrives here before it counts."""
    slept: list[float] = []
    monkeypatch.setattr(limits, "INPUT_END_SECONDS", 0.25)
    monkeypatch.setattr("time.sleep", slept.append)
    at(tmp_path / "x", b"x").read(0, 0)
    assert slept == [0.25]


@pytest.mark.parametrize(("name", "code"), [("", errno.EISDIR), ("no", errno.ENOENT)])
def test_what_cannot_be_read(tmp_path: Path, name: str, code: int) -> None:
    """A folder, and what is not there."""
    with pytest.raises(OSError, match=os.strerror(code)):
        open_input(str(tmp_path / name))


class Once(MemorySource):
    """A file that is read once, under the list of one whose end is not known."""

    def __init__(self, path: Path, data: bytes) -> None:
        super().__init__([])
        self.input = at(path, data)

    def entries(self) -> list[Entry]:
        return [Entry(("x",), "file", None, 1, False)]

    def read(self, index: int, block: int) -> Block:
        return self.input.read(index, block)


@pytest.mark.parametrize("seed", range(12))
def test_an_input_arrives_whatever_breaks_at_the_taker(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Links, and its program, whose disk loses all that was not made durable: what is kept is
    enough, as the taker asks for no more."""
    monkeypatch.setattr(limits, "SYNC_SECONDS", 1e9)
    ends = TwoEnds(Random(seed))
    data = ends.random.randbytes(30 * limits.BLOCK + ends.random.choice([0, 77]))
    ends.giver.give(ID, Once(tmp_path / "x", data))
    ends.link()
    for _ in range(40):
        for _ in range(ends.random.randrange(600)):
            ends.step()
        if ends.random.random() < 0.5:
            ends.cut()
            ends.taker.crash()
        ends.link()
    ends.run()
    assert ends.taker.ended == {ID: "done"}
    assert ends.taker.landings[ID].durable[0].whole == data
