"""The pieces of a run that wait to be sent, and the chunks that are made of them (protocol,
"Chunks")."""

from collections import deque

from chatd import limits
from chatd.transfer.disks import Block, Buffer
from chatd.transfer.tree import block_hash
from chatd.wire.chunk import (
    DATA_HEAD,
    WHOLE_HEAD,
    Begin,
    BlockDone,
    FileDone,
    Piece,
    Whole,
    data_head,
    whole_head,
    written,
)

_BEGIN = len(written(Begin(0, 0)))


class Outgoing:
    """Pieces in their order; `held` bytes of files are in them, with what small files cost."""

    def __init__(self) -> None:
        self.held = 0
        self._pieces: deque[bytes | memoryview | Whole] = deque()

    def add(self, piece: Piece) -> None:
        """One without bytes of a file."""
        self._pieces.append(written(piece))

    def add_block(self, block: Block) -> None:
        """The bytes of a block, and that they were all."""
        self._pieces.append(memoryview(block.data))
        self.held += len(block.data)
        self.add(BlockDone(block.digest))

    def add_whole(self, whole: Whole) -> None:
        """All of a small file."""
        self._pieces.append(whole)
        self.held += len(whole.data) + limits.PIECE_COST

    def has_for(self, credit: int) -> bool:
        """Whether there is something for `take` with so much credit."""
        if not self._pieces:
            return False
        piece = self._pieces[0]
        least = _BEGIN
        if type(piece) is memoryview:
            least = DATA_HEAD + min(len(piece), limits.LEAST_DATA)
        elif type(piece) is bytes:
            least = len(piece)
        return least + limits.PIECE_COST <= credit

    def take(self, room: int, credit: int) -> tuple[list[Buffer], int, int]:
        """The pieces of one chunk: at most `room` bytes, for which at most `credit` counts; what
        they count, and how many bytes of files they have."""
        parts: list[Buffer] = []
        spent = data = 0
        while self._pieces:
            left = min(room, credit - spent - limits.PIECE_COST)
            taken = self._next(left, is_first=not parts, may_cut=not data)
            if taken is None:
                break
            pair, count = taken
            parts += pair
            size = sum(map(len, pair))
            data += count
            room -= size
            spent += size + limits.PIECE_COST
        return parts, spent, data

    # -- inside

    def _next(
        self, left: int, *, is_first: bool, may_cut: bool
    ) -> tuple[tuple[Buffer, ...], int] | None:
        """The next piece, or what there is room for of it, and its bytes of a file; None where it
        has to wait."""
        piece = self._pieces[0]
        if type(piece) is Whole:
            if WHOLE_HEAD + len(piece.data) <= left:
                self._pieces.popleft()
                self.held -= len(piece.data) + limits.PIECE_COST
                head = whole_head(len(piece.data), piece.modified, piece.root)
                return (head, piece.data), len(piece.data)
            if not is_first:
                return None
            self._take_apart(piece)
            return self._next(left, is_first=True, may_cut=True)
        if type(piece) is memoryview:
            return self._next_data(piece, left, limits.LEAST_DATA if may_cut else len(piece))
        assert type(piece) is bytes
        if len(piece) > left:
            return None
        self._pieces.popleft()
        return (piece,), 0

    def _next_data(
        self, piece: memoryview, left: int, least: int
    ) -> tuple[tuple[Buffer, ...], int] | None:
        count = min(len(piece), left - DATA_HEAD)
        if count < min(len(piece), least):
            return None
        if count == len(piece):
            self._pieces.popleft()
        else:
            self._pieces[0] = piece[count:]
        self.held -= count
        return (data_head(count), piece[:count]), count

    def _take_apart(self, whole: Whole) -> None:
        """What no chunk here has room for goes as any other file."""
        self._pieces.popleft()
        self.held -= limits.PIECE_COST
        pieces: list[bytes | memoryview] = [written(Begin(len(whole.data), whole.modified))]
        if whole.data:
            pieces += [whole.data, written(BlockDone(block_hash(whole.data)))]
        self._pieces.extendleft(reversed([*pieces, written(FileDone(whole.root))]))
