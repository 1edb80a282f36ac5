"""One transfer at its taker, over all links (protocol, "Transfers"). Pure decisions: each event
returns what to do; `now` is in seconds of any clock."""

import errno
from collections import deque

from msgspec.structs import replace

from chatd import limits
from chatd.errors import Unexpected
from chatd.transfer.disks import Position
from chatd.transfer.packed_list import PackedList
from chatd.transfer.steps import (
    KeepBlock,
    Listed,
    Over,
    Step,
    Sync,
    TellKnown,
    Transmit,
    WriteBlock,
)
from chatd.transfer.writing import BadRoot, Grown, Planned, Writing
from chatd.wire import files as wire
from chatd.wire.chunk import Piece, read_pieces
from chatd.wire.files import HASH, Blocks, End, EndOfTransfer, From, Give, Go, List, Wait, Window

_FULL = (errno.ENOSPC, errno.EDQUOT)
_READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)


class Receiving:
    """Takes one list of files from one other side.

    `entries` is what is there of the list; with a `position` it was accepted before.
    """

    def __init__(
        self, give: Give, entries: PackedList | None = None, position: Position | None = None
    ) -> None:
        self.id = give.id
        self.entries = entries or PackedList()
        self.over: EndOfTransfer | None = None
        """Why it has ended."""
        self.is_paused = self.is_full = False
        """Whether our person wants nothing to go on, and whether the disk has no room."""
        self.they_wait: wire.Waiting | None = None
        """Why the giver sends nothing for the moment."""
        self.received = 0
        """Bytes of files that the disk has."""
        self._give = give
        self._stream: int | None = None
        self._has_said_end = self._has_asked = False
        self._position = position
        self._run = 0
        self._writing: Writing | None = None
        """What comes; None while it counts for nothing."""
        self._begins = False
        """Whether another run begins as soon as the disk has done what it was told."""
        self._planned: deque[Planned] = deque()
        self._share = 0
        self._received = self._freed = self._said = 0
        """Of the window of this run: what came, what the disk has taken, and what was told."""
        self._wrong = 0
        self._told = self._known_to = 0
        self._spoilt: tuple[int, int, int] | None = None
        """An entry and a block of it that we thought to have, and behind which one that ends."""
        self._unsynced = 0
        self._synced = 0.0
        if position is not None:
            self.received = self._bytes_at(position)

    @property
    def is_listed(self) -> bool:
        """Whether the list is complete."""
        return len(self.entries) == self._give.entries

    @property
    def is_taken(self) -> bool:
        """Whether our person has accepted it."""
        return self._position is not None

    @property
    def is_settled(self) -> bool:
        """Whether the giver was told that it has ended."""
        return self.over is not None and self._has_said_end

    @property
    def is_idle(self) -> bool:
        """Whether the disk has nothing to do for it."""
        return not self._planned

    @property
    def is_held(self) -> bool:
        """Whether nothing goes on for the moment, for any of both sides."""
        return self.is_paused or self.is_full or self.they_wait is not None

    @property
    def wants_share(self) -> bool:
        """Whether it could go on with a share of the window."""
        is_open = self._stream is not None and self.is_taken and self.over is None
        return is_open and not self.is_held

    @property
    def has_share(self) -> bool:
        """Whether anything of the window is its own."""
        return self._share > 0

    @property
    def outstanding(self) -> int:
        """How much of the window is with it: what may come, and what the disk has not taken."""
        if self._writing is not None:
            return max(self._said - self._freed, self._share)
        return self.unfinished + self._share

    @property
    def unfinished(self) -> int:
        """How much of an earlier run the disk has not taken yet."""
        if self._writing is not None:
            return 0
        return sum(planned.cost for planned in self._planned)

    @property
    def root(self) -> bytes | None:
        """The root of the list, once everything is there."""
        is_there = self._position is not None and self._position.index == len(self.entries)
        return self._position.roots[:HASH] if self._position is not None and is_there else None

    @property
    def give(self) -> Give:
        """What was offered."""
        return self._give

    def open(self, give: Give) -> list[Step]:
        """The giver gives it on another link; raises `Unexpected` where it is not the same."""
        before = self._give
        if (give.entries, give.length, give.digest) != (
            before.entries,
            before.length,
            before.digest,
        ):
            raise Unexpected
        self.close()
        self._give, self._stream = give, give.stream
        if self.over is not None:
            return self._say_end(self.over)
        if not self.is_listed:
            return []
        return [*self._waits(), *self._go_from_here()]

    def close(self) -> None:
        """There is no link."""
        self._stop()
        self._stream = self.they_wait = None
        self._has_said_end = self._has_asked = False
        self._run = 0

    def ask_for_list(self) -> list[Step]:
        """There is room for the list."""
        if self._stream is None or self._has_asked or self.is_listed or self.over is not None:
            return []
        self._has_asked = True
        return [Transmit(List(self._stream, len(self.entries)))]

    def accept(self, position: Position) -> list[Step]:
        """Our person wants it, and this is what is there of it."""
        if self.over is not None or not self.is_listed or self.is_taken:
            return []
        self._position = position
        self.received = self._bytes_at(position)
        return self._go_from_here()

    def receive(self, message: wire.Listed | Wait | Go | End) -> list[Step]:
        """What the giver says; raises `RemoteProtocolError`."""
        if self.over is not None and not isinstance(message, End):
            return []
        match message:
            case wire.Listed(_, piece):
                return self._add(piece)
            case Wait(_, why):
                self.they_wait = why
                self._stop()
            case Go():
                self.they_wait = None
                return self._go_from_here()
            case End(_, why):
                return self._ended(why)
        return []

    def chunk(self, run: int, body: bytes, now: float) -> list[Step]:
        """A chunk; raises `RemoteProtocolError`."""
        if run > self._run:
            raise Unexpected
        if run < self._run or self._writing is None or self.over is not None:
            return []
        steps: list[Step] = []
        try:
            for piece, size in read_pieces(body):
                steps += self._take(piece, size + limits.PIECE_COST, now)
        except Grown:
            return [*steps, *self.end("grown")]
        except BadRoot:
            return [*steps, *self._go_back()]
        return steps

    def done(self, results: list[bool | list[bytes]], now: float) -> list[Step]:
        """The disk has done so many of the steps that it was given, and what came of each."""
        steps: list[Step] = []
        for result in results:
            planned = self._planned.popleft()
            if result is False:
                return [*steps, *self._was_wrong(planned)]
            steps += self._was_done(planned, result, now)
        return [*steps, *self._after_disk()]

    def failed(self, error: OSError) -> list[Step]:
        """The disk could not do the next of its steps, and has done none that follows."""
        self._planned.clear()
        if self.over is not None:
            return []
        if error.errno in _FULL:
            self._stop()
            self.is_full = True
            return self._waits()
        return self.end("read-only" if error.errno in _READ_ONLY else "broken")

    def has_room(self) -> list[Step]:
        """There is room on the disk again."""
        if not self.is_full:
            return []
        self.is_full = False
        return [*self._say_go(), *self._go_from_here()]

    def pause(self) -> list[Step]:
        """Our person wants nothing to go on for the moment."""
        self.is_paused = True
        self._stop()
        return self._waits()

    def go_on(self) -> list[Step]:
        """Our person wants it to go on."""
        self.is_paused = False
        return [*self._say_go(), *self._go_from_here()]

    def end(self, why: EndOfTransfer) -> list[Step]:
        """It is over for us; where there is no link the giver hears of it on the next."""
        if self.over is not None:
            return []
        self.over = why
        self._stop()
        return [*self._say_end(why), Over(why)]

    def share(self, window: int) -> list[Step]:
        """So much may be here that the disk has not taken; nothing any more, where others have
        their turn."""
        if not window and self._share:
            self._stop()
            return self._go_from_here()
        self._share = window
        return self._raise_window()

    # -- inside

    def _stop(self) -> None:
        """Whatever comes of this run counts for nothing, and has no share any more."""
        self._writing, self._begins, self._share = None, False, 0

    def _add(self, piece: bytes) -> list[Step]:
        if not self._has_asked or self.is_listed:
            raise Unexpected
        give, entries = self._give, self.entries
        entries.add(piece)
        if len(entries) > give.entries or entries.length > give.length:
            raise Unexpected
        if not self.is_listed:
            return []
        if (entries.length, entries.size, entries.digest) != (give.length, give.size, give.digest):
            raise Unexpected
        return [Listed()]

    def _take(self, piece: Piece, cost: int, now: float) -> list[Step]:
        self._received += cost
        if self._received > self._said:
            raise Unexpected
        writing = self._writing
        if writing is None:
            return []  # the file is another one, and what followed is not to be
        planned = writing.take(piece, cost)
        if writing.changed is not None:
            self._stop()
            return self._begin_at(writing.changed)
        if planned is None:
            return []
        return [*self._plan(planned), *self._sync(writing, planned, now)]

    def _plan(self, planned: Planned) -> list[Step]:
        self._planned.append(planned)
        return [planned.step]

    def _sync(self, writing: Writing, planned: Planned, now: float) -> list[Step]:
        self._unsynced += planned.cost
        is_due = self._unsynced >= limits.SYNC_BYTES or now >= self._synced + limits.SYNC_SECONDS
        if not is_due and not writing.is_whole:
            return []
        self._unsynced, self._synced = 0, now
        return self._plan(Planned(Sync(planned.after), 0, 0, planned.after))

    def _was_done(self, planned: Planned, result: bool | list[bytes], now: float) -> list[Step]:
        if isinstance(result, list):
            return self._tell(planned, result)
        self._position = planned.after
        self._freed += planned.cost
        self.received += planned.size
        if self._spoilt is not None and isinstance(planned.step, WriteBlock):
            self._stop()
            self._begins = True
        if isinstance(planned.step, Sync) and planned.after.index == len(self.entries):
            return self.end("done")
        return self._raise_window()

    def _was_wrong(self, planned: Planned) -> list[Step]:
        self._planned.clear()
        at = self._position
        if isinstance(planned.step, KeepBlock) and at is not None:
            # What we know of it is no use; all else is, once that block has come.
            self._spoilt = at.index, planned.step.block, at.block + at.known
            self._position = replace(at, known=0)
        if self.over is not None:
            return []
        return self._go_back()

    def _go_back(self) -> list[Step]:
        """Something was wrong: begin a run at what is right."""
        self._wrong += 1
        if self._wrong > limits.WRONG_BLOCKS:
            return self.end("broken")
        self._stop()
        return self._go_from_here()

    def _go_from_here(self) -> list[Step]:
        self._begins = True
        return self._after_disk()

    def _begin_at(self, position: Position) -> list[Step]:
        """As `_go_from_here`, once the disk is there, but from this position."""
        self._begins, self._spoilt = True, None
        if not self._planned:
            self._position = position
            return self._after_disk()
        last = self._planned.pop()
        after = Planned(last.step, last.cost, last.size, position)
        self._planned.append(after)
        return []

    def _after_disk(self) -> list[Step]:
        """Begin a run, if one is to begin and the disk has nothing to do; say what is known."""
        if self._planned or self.over is not None or self._stream is None:
            return []
        steps: list[Step] = []
        self._mend()
        if self._begins and self._position is not None and not self.is_held:
            steps += self._begin(self._stream, self._position)
        return [*steps, *self._tell_more()]

    def _mend(self) -> None:
        """Count on what is known again, where the block that was not has come."""
        position, spoilt = self._position, self._spoilt
        if position is None or spoilt is None:
            return
        index, block, end = spoilt
        if (position.index, position.block) <= (index, block):
            return
        self._spoilt = None
        if position.index == index and position.modified is not None:
            self._position = replace(position, known=max(0, end - position.block))

    def _begin(self, stream: int, position: Position) -> list[Step]:
        self._begins, self._run = False, self._run + 1
        self._writing = Writing(self.entries, position)
        self._received = self._freed = 0
        self._said = self._share
        self._told, self._known_to = position.block, position.block + position.known
        self.received = self._bytes_at(position)
        if self._writing.is_whole:
            return self._plan(Planned(Sync(position), 0, 0, position))
        return [
            Transmit(
                From(
                    stream,
                    self._run,
                    position.index,
                    position.block,
                    position.size,
                    position.modified,
                    position.known,
                    position.roots,
                    self._share,
                )
            )
        ]

    def _tell_more(self) -> list[Step]:
        position = self._position
        if position is None or self._writing is None or self._told >= self._known_to:
            return []
        count = min(self._known_to - self._told, limits.BLOCK_HASHES)
        if self._told + count - position.block > limits.BLOCKS_AHEAD:
            return []
        step = TellKnown(position.index, self._told, count)
        self._told += count
        return self._plan(Planned(step, 0, 0, position))

    def _tell(self, planned: Planned, hashes: list[bytes]) -> list[Step]:
        step = planned.step
        if self._stream is None or not isinstance(step, TellKnown) or self._writing is None:
            return []
        return [Transmit(Blocks(self._stream, step.first, hashes))] if hashes else []

    def _raise_window(self) -> list[Step]:
        if self._stream is None or self._writing is None or self.over is not None:
            return []
        if self._writing.is_whole:
            return []  # nothing more is to come, and perhaps no run was begun
        window = self._freed + self._share
        more = window - self._said
        if more <= 0 or more < min(limits.WINDOW_STEP, self._share):
            return []
        self._said = window
        return [Transmit(Window(self._stream, window))]

    def _bytes_at(self, position: Position) -> int:
        return self.entries.bytes_before(position.index) + position.block * limits.BLOCK

    def _ended(self, why: EndOfTransfer) -> list[Step]:
        if self.over is not None:
            return self._say_end(self.over)
        if why == "done":
            raise Unexpected
        return self.end(why)

    def _waits(self) -> list[Step]:
        why: wire.Waiting | None = "paused" if self.is_paused else "full" if self.is_full else None
        return self._say(Wait(self._stream or 0, why)) if why is not None else []

    def _say_go(self) -> list[Step]:
        if self.is_paused or self.is_full:
            return self._waits()
        return self._say(Go(self._stream or 0))

    def _say_end(self, why: EndOfTransfer) -> list[Step]:
        if self._stream is None or self._has_said_end:
            return []
        self._has_said_end = True
        return [Transmit(End(self._stream, why))]

    def _say(self, message: Wait | Go) -> list[Step]:
        return [Transmit(message)] if self._stream is not None and self.over is None else []
