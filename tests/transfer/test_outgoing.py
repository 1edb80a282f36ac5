"""Chunks are made of the pieces that wait: as much as there is room and credit for."""

import pytest

from chatd import limits
from chatd.transfer.disks import Block
from chatd.transfer.outgoing import Outgoing
from chatd.transfer.tree import block_hash, small_root
from chatd.wire import chunk as c

SMALL = bytes(range(200)) * 10
WHOLE = c.Whole(memoryview(SMALL), 5, small_root(SMALL))
PIECE = c.WHOLE_HEAD + len(SMALL)


def chunks(outgoing: Outgoing, room: int, credit: int = 1 << 30) -> list[list[c.Piece]]:
    """All that is made, each with so much room and credit; it counts what it says that it does."""
    made = []
    while outgoing.has_for(credit):
        parts, spent, size = outgoing.take(room, credit)
        body = b"".join(parts)
        found = list(c.read_pieces(c.head(1, 1) + body))
        pieces = [piece for piece, _ in found]
        assert 0 < len(body) <= room
        assert spent == len(body) + limits.PIECE_COST * len(pieces) <= credit
        assert size == sum(len(each.data) for each in pieces if isinstance(each, c.Data | c.Whole))
        made.append(pieces)
    assert outgoing.held == 0
    return made


def test_small_files_go_in_one_piece_each() -> None:
    """As many as a chunk has room for; the next one begins the next chunk."""
    outgoing = Outgoing()
    for _ in range(5):
        outgoing.add_whole(WHOLE)
    assert outgoing.held == 5 * (len(SMALL) + limits.PIECE_COST)
    assert [len(pieces) for pieces in chunks(outgoing, 3 * PIECE - 1)] == [2, 2, 1]


@pytest.mark.parametrize(
    ("room", "credit"),
    [(PIECE - 1, 1 << 30), (1 << 20, PIECE + limits.PIECE_COST - 1), (1100, 1500), (1 << 20, 1400)],
)
def test_where_there_is_no_room_it_goes_as_any_other(room: int, credit: int) -> None:
    """In a chunk of a slow link, or where a taker has a small window."""
    outgoing = Outgoing()
    outgoing.add(c.LeftOut("gone"))
    outgoing.add_whole(WHOLE)
    outgoing.add_whole(c.Whole(memoryview(b""), 6, small_root(b"")))
    made = [piece for pieces in chunks(outgoing, room, credit) for piece in pieces]
    data = [piece for piece in made if isinstance(piece, c.Data)]
    assert b"".join(piece.data for piece in data) == SMALL
    assert [piece for piece in made if not isinstance(piece, c.Data)] == [
        c.LeftOut("gone"),
        c.Begin(len(SMALL), 5),
        c.BlockDone(block_hash(SMALL)),
        c.FileDone(WHOLE.root),
        c.Whole(memoryview(b""), 6, small_root(b"")),
    ]


def test_a_block_goes_in_as_many_pieces_as_are_needed() -> None:
    """None of them is short but the last."""
    outgoing = Outgoing()
    block = Block(bytes(5000), block_hash(bytes(5000)), 5000, 1)
    outgoing.add_block(block)
    made = [piece for pieces in chunks(outgoing, 2048) for piece in pieces]
    sizes = [len(piece.data) for piece in made if isinstance(piece, c.Data)]
    assert sum(sizes) == 5000
    assert min(sizes[:-1]) >= limits.LEAST_DATA
    assert made[-1] == c.BlockDone(block.digest)


def test_nothing_goes_without_credit() -> None:
    """Not even the beginning of a file."""
    outgoing = Outgoing()
    outgoing.add_whole(WHOLE)
    least = len(c.written(c.Begin(0, 0))) + limits.PIECE_COST
    assert not outgoing.has_for(least - 1)
    assert outgoing.has_for(least)
