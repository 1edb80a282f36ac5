"""Chunks of files: each piece there and back, and everything that is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatd import limits
from chatd.errors import Malformed
from chatd.wire import chunk
from chatd.wire.files import LAST_MOMENT

HASH = bytes(range(32))
SIZES = st.none() | st.integers(0, limits.OFFERED_SIZE)
TIMES = st.integers(0, 2**63 - 1)
HASHES = st.binary(min_size=32, max_size=32)
PIECES = st.one_of(
    st.binary(min_size=1, max_size=300).map(lambda data: chunk.Data(memoryview(data))),
    st.builds(chunk.Begin, SIZES, TIMES),
    st.builds(chunk.BlockDone, HASHES),
    st.builds(chunk.Same, HASHES),
    st.builds(chunk.FileDone, HASHES),
    st.builds(chunk.Changed, SIZES, TIMES),
    st.builds(chunk.Whole, st.binary(max_size=300).map(memoryview), TIMES, HASHES),
    st.builds(chunk.LeftOut, st.sampled_from(["gone", "unreadable", "changing", "grown"])),
)


def read(pieces: bytes) -> list[chunk.Piece]:
    """What is in a chunk with these bytes behind its head."""
    return [piece for piece, _ in chunk.read_pieces(chunk.head(1, 1) + pieces)]


@given(st.lists(PIECES, max_size=8))
def test_pieces_are_read_back(pieces: list[chunk.Piece]) -> None:
    """All kinds, several in a chunk, with the bytes that each has."""
    written = [chunk.written(piece) for piece in pieces]
    body = chunk.head(7, 9) + b"".join(written)
    assert chunk.read_head(body) == (7, 9)
    found = list(chunk.read_pieces(body))
    assert [piece for piece, _ in found] == pieces
    assert [size for _, size in found] == [len(each) for each in written]


def test_pieces_are_as_written_in_the_protocol() -> None:
    """Numbers are big-endian, and an unknown size is all ones."""
    assert chunk.head(1, 2) == bytes([0, 0, 0, 1, 0, 0, 0, 2])
    assert chunk.written(chunk.Data(memoryview(b"hi"))) == b"\0\0\0\0\2hi"
    assert chunk.written(chunk.Begin(None, 3)) == b"\1" + b"\xff" * 8 + bytes(7) + b"\3"
    assert chunk.written(chunk.LeftOut("grown")) == b"\6\3"
    whole = chunk.Whole(memoryview(b"hi"), 3, HASH)
    assert chunk.written(whole) == b"\7\0\0\0\2" + bytes(7) + b"\3" + HASH + b"hi"


@pytest.mark.parametrize(
    "pieces",
    [
        b"\7",
        b"\7" + bytes(12) + HASH[1:],
        b"\7\0\0\0\2" + bytes(8) + HASH + b"x",
        b"\7\0\0\0\2" + b"\x80" + bytes(7) + HASH + b"hi",
        b"\7" + (limits.SMALL_FILE + 1).to_bytes(4, "big") + bytes(8 + 32 + limits.SMALL_FILE + 1),
        b"\x08",
        b"\xff" * 40,
        b"\0",
        b"\0\0",
        b"\0\0\0\0\0",
        b"\0\0\0\0\2x",
        b"\1" + bytes(15),
        b"\1" + (limits.OFFERED_SIZE + 1).to_bytes(8, "big") + bytes(8),
        b"\1" + bytes(8) + b"\x80" + bytes(7),
        b"\5" + b"\xff" * 7 + b"\xfe" + bytes(8),
        b"\2" + HASH[1:],
        b"\3" + HASH[1:],
        b"\4" + HASH[1:],
        b"\6",
        b"\6\4",
    ],
)
def test_what_is_no_piece_is_refused(pieces: bytes) -> None:
    """Unknown kinds, whatever is cut off, empty data, sizes and times that nothing has."""
    for before in (b"", b"\2" + HASH):
        with pytest.raises(Malformed):
            read(before + pieces)


@pytest.mark.parametrize("kind", [chunk.Begin, chunk.Changed])
@pytest.mark.parametrize("size", [0, limits.OFFERED_SIZE, None])
def test_the_largest_file_and_the_last_moment(
    kind: type[chunk.Begin | chunk.Changed], size: int | None
) -> None:
    """Are some as well."""
    piece = kind(size, LAST_MOMENT)
    assert read(chunk.written(piece)) == [piece]


def test_the_longest_file_in_one_piece() -> None:
    """Is one, and so is an empty one."""
    for size in (0, limits.SMALL_FILE):
        piece = chunk.Whole(memoryview(bytes(size)), LAST_MOMENT, HASH)
        assert read(chunk.written(piece)) == [piece]


@pytest.mark.parametrize("body", [b"", bytes(7)])
def test_a_chunk_has_a_head(body: bytes) -> None:
    """Shorter than that, it is none."""
    with pytest.raises(Malformed):
        chunk.read_head(body)


@given(st.binary(max_size=200))
def test_bytes_are_read_or_refused(pieces: bytes) -> None:
    """Random bytes give pieces that are written back as they were, or one error."""
    try:
        found = read(pieces)
    except Malformed:
        return
    assert b"".join(map(chunk.written, found)) == pieces
