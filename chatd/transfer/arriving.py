"""What arrives of a transfer that was accepted: its runs, what the disk does, and its window
(protocol, "Positions and blocks" and "Windows"). Pure decisions: each event returns what to do;
`now` is in seconds of any clock."""

from collections import deque
from collections.abc import Callable

from msgspec.structs import replace

from chatd import limits
from chatd.errors import RemoteProtocolError, Unexpected
from chatd.transfer.credit import Credit
from chatd.transfer.disks import Looked, Position
from chatd.transfer.looking_again import LookingAgain
from chatd.transfer.packed_list import PackedList, may_grow
from chatd.transfer.steps import (
    Check,
    Ends,
    Found,
    KeepBlock,
    Result,
    Sync,
    TellKnown,
    Transmit,
    WriteBlock,
)
from chatd.transfer.writing import BadRoot, Grown, Planned, Writing
from chatd.wire.chunk import Piece, read_pieces
from chatd.wire.codec import Body
from chatd.wire.files import HASH, Blocks, From, Go, Wait, Window


class Arriving:
    """From the position at which a transfer is to its end; `may_go` says whether anything may go on
    now."""

    def __init__(self, entries: PackedList, position: Position, may_go: Callable[[], bool]) -> None:
        self.received = 0
        """Bytes of files that the disk has."""
        self._entries = entries
        self._position = position
        self._may_go = may_go
        self._stream: int | None = None
        self._run = 0
        self._writing: Writing | None = None
        """What comes; None while it counts for nothing."""
        self._begins = False
        """Whether another run begins as soon as the disk has done what it was told."""
        self._planned: deque[Planned] = deque()
        self._is_input = entries.size is None
        """Whether the giver may have no second copy of what our disk could lose."""
        self._credit = Credit(is_durable=self._is_input)
        self._wrong = 0
        self._told = self._known_to = 0
        self._spoilt: tuple[int, int, int] | None = None
        """An entry and a block of it that we thought to have, and behind which one that ends."""
        self._ahead: Position | None = None
        """Where a run begins once the disk has nothing to do, as the file is another one."""
        self._unsynced = 0
        self._synced = 0.0
        self._looking = LookingAgain(is_unchecked=position.is_unchecked)
        self._has_said_checking = False
        self._count_received()

    @property
    def is_idle(self) -> bool:
        """Whether the disk has nothing to do for it."""
        return not self._planned

    @property
    def has_share(self) -> bool:
        """Whether anything of the window is its own."""
        return self._credit.share > 0

    @property
    def outstanding(self) -> int:
        """How much of the window is with it: what may come, and what the disk has not taken."""
        if self._writing is not None:
            return self._credit.outstanding
        return self.unfinished + self._credit.share

    @property
    def unfinished(self) -> int:
        """How much of an earlier run the disk has not taken yet."""
        if self._writing is not None:
            return 0
        return sum(planned.cost for planned in self._planned)

    @property
    def unchecked(self) -> int:
        """About how many bytes are looked at again before it is whole, if all else is there."""
        return self._looking.left if self._position.index == len(self._entries) else 0

    @property
    def root(self) -> bytes | None:
        """The root of the list, once everything is there."""
        is_there = self._position.index == len(self._entries)
        return self._position.roots[:HASH] if is_there else None

    def open(self, stream: int) -> None:
        """There is a link, on which it has this number."""
        self._stream, self._run, self._has_said_checking = stream, 0, False

    def close(self) -> None:
        """There is no link."""
        self.stop()
        self._stream = None

    def stop(self) -> None:
        """Whatever comes of this run counts for nothing, and has no share any more."""
        self._writing, self._begins, self._credit.share = None, False, 0

    def go_on(self) -> Found:
        """Begin a run as soon as the disk is ready, if it may."""
        self._begins = True
        return self._after_disk()

    def chunk(self, run: int, body: Body, now: float) -> Found:
        """A chunk; raises `RemoteProtocolError`."""
        if run > self._run:
            raise Unexpected
        if run < self._run or self._writing is None:
            return []
        steps: Found = []
        before = len(self._planned)
        try:
            for piece, size in read_pieces(body):
                steps += self._take(piece, size + limits.PIECE_COST, now)
            if (writing := self._writing) is not None:
                steps += self._take_up(writing, writing.rest(), now)
        except Grown:
            return [*steps, Ends("grown")]
        except BadRoot:
            return [*steps, *self._go_back()]
        except RemoteProtocolError:
            self._take_back(before)
            raise
        return [*steps, *self._look(now)]

    def done(self, results: list[Result]) -> Found:
        """The disk has done so many of the steps that it was given, and what came of each."""
        steps: Found = []
        for result in results:
            planned = self._planned.popleft()
            if result is False:
                return [*steps, *self._was_wrong(planned)]
            steps += self._was_done(planned, result)
        return steps if self._has_grown else [*steps, *self._after_disk()]

    def failed(self) -> None:
        """The disk could not do the next of its steps, and has done none that follows."""
        self._planned.clear()
        self._ahead = None
        self._looking.forget_asked()

    def found(self, position: Position) -> None:
        """The disk was away, and has so much."""
        self._position, self._spoilt = position, None
        self._looking = LookingAgain(is_unchecked=position.is_unchecked)
        self._credit.undurable = 0
        self._count_received()

    def share(self, window: int) -> Found:
        """So much may be here that the disk has not taken; nothing any more, where others have
        their turn."""
        if not window and self._credit.share:
            self.stop()
            return self.go_on()
        self._credit.share = window
        return self._raise_window()

    # -- inside

    def _take(self, piece: Piece, cost: int, now: float) -> Found:
        if not self._credit.receive(cost):
            raise Unexpected
        writing = self._writing
        if writing is None:
            return []  # the file is another one, and what followed is not to be
        found = writing.take(piece, cost)
        if writing.changed is not None:
            self.stop()
            return self._begin_at(writing.changed)
        return self._take_up(writing, found, now) if found else []

    def _take_up(self, writing: Writing, found: list[Planned], now: float) -> Found:
        steps: Found = []
        for planned in found:
            steps += [*self._plan(planned), *self._sync(writing, planned, now)]
        if found and writing.is_whole and self._looking.until is not None:
            self.stop()
            self._begins = True
        return steps

    def _take_back(self, count: int) -> None:
        """The disk hears nothing of what is planned beyond so many steps."""
        while len(self._planned) > count:
            self._planned.pop()
        self.stop()

    def _plan(self, planned: Planned) -> Found:
        self._planned.append(planned)
        return [planned.step]

    def _sync(self, writing: Writing, planned: Planned, now: float) -> Found:
        if self._looking.until is not None:
            return []  # it goes on behind that, of which all is on the disk
        self._unsynced += planned.cost
        most = limits.WINDOW // 2 if self._is_input else limits.SYNC_BYTES
        is_due = self._unsynced >= most or now >= self._synced + limits.SYNC_SECONDS
        if not is_due and not writing.is_whole:
            return []
        self._unsynced, self._synced = 0, now
        return self._plan(Planned(Sync(planned.after), 0, 0, planned.after))

    def _was_done(self, planned: Planned, result: Result) -> Found:
        if isinstance(result, list):
            return self._tell(planned, result)
        if isinstance(result, Looked):
            return self._looked(result)
        self._position = planned.after
        self._credit.free(planned.cost, is_synced=isinstance(planned.step, Sync))
        if self._looking.until is None:
            self.received += planned.size
        if self._has_grown:
            return [Ends("grown")]
        if self._spoilt is not None and isinstance(planned.step, WriteBlock):
            self.stop()
            self._begins = True
        if isinstance(planned.step, Sync) and planned.after.index == len(self._entries):
            return [Ends("done")] if self._looking.is_over else self._look_at_rest()
        return self._raise_window()

    # What an earlier run has left.

    def _look(self, now: float | None = None) -> Found:
        """At some of it; beside what comes (`now`), or as nothing else is to be done."""
        if not self._may_go() or not self._looking.ask(now):
            return []
        return self._plan(Planned(Check(), 0, 0, self._position))

    def _look_at_rest(self) -> Found:
        """Everything has come: say for what it waits, and look at the rest."""
        steps: Found = []
        if self._stream is not None and not self._has_said_checking:
            self._has_said_checking = True
            steps.append(Transmit(Wait(self._stream, "checking")))
        return [*steps, *self._look()]

    def _looked(self, looked: Looked) -> Found:
        self._looking.looked(looked)
        if self._looking.goes_back:
            self.stop()
            self._begins, self._spoilt = True, None
        if self._position.index < len(self._entries) or not self._may_go():
            return []
        if self._looking.is_over:
            return self._plan(Planned(Sync(self._position), 0, 0, self._position))
        return self._look()

    @property
    def _has_grown(self) -> bool:
        """Whether all files together have more than may be."""
        return self._position.grown > may_grow(self._entries.size)

    def _was_wrong(self, planned: Planned) -> Found:
        self.failed()
        at = self._position
        if isinstance(planned.step, KeepBlock):
            # What we know of it is no use; all else is, once that block has come.
            self._spoilt = at.index, planned.step.block, at.block + at.known
            self._position = replace(at, known=0)
        return self._go_back()

    def _go_back(self) -> Found:
        """Something was wrong: begin a run at what is right."""
        self._wrong += 1
        if self._wrong > limits.WRONG_BLOCKS:
            return [Ends("broken")]
        self.stop()
        return self.go_on()

    def _begin_at(self, position: Position) -> Found:
        """As `go_on`, but from this position, if the disk does all that it was told before."""
        self._begins, self._spoilt, self._ahead = True, None, position
        return self._after_disk()

    def _after_disk(self) -> Found:
        """Begin a run, if one is to begin and the disk has nothing to do; say what is known."""
        if self._planned or self._stream is None or not self._may_go():
            return []
        steps: Found = []
        if self._ahead is not None:
            self._position, self._ahead = self._ahead, None
        self._mend()
        if self._begins and self._credit.undurable:
            return self._plan(Planned(Sync(self._position), 0, 0, self._position))
        if self._begins:
            if self._has_said_checking:
                self._has_said_checking = False
                steps.append(Transmit(Go(self._stream)))
            self._position = self._looking.next(self._position)
            steps += self._begin(self._stream, self._position)
        return [*steps, *self._tell_more()]

    def _mend(self) -> None:
        """Count on what is known again, where the block that was not has come."""
        position, spoilt = self._position, self._spoilt
        if spoilt is None:
            return
        index, block, end = spoilt
        if (position.index, position.block) <= (index, block):
            return
        self._spoilt = None
        if position.index == index and position.modified is not None:
            self._position = replace(position, known=max(0, end - position.block))

    def _begin(self, stream: int, at: Position) -> Found:
        self._begins = False
        writing = Writing(self._entries, at, self._looking.until)
        self._told, self._known_to = at.block, at.block + at.known
        if self._looking.until is None:
            self._count_received()
        if writing.is_whole:  # behind the folders, where there is nothing else: it is no run
            self._writing = None
            return self._plan(Planned(Sync(writing.position), 0, 0, writing.position))
        self._writing, self._run = writing, self._run + 1
        self._credit.begin()
        about = at.index, at.block, at.size, at.modified, at.known, at.roots, at.grown
        return [Transmit(From(stream, self._run, *about, self._credit.share))]

    def _tell_more(self) -> Found:
        position = self._position
        if self._writing is None or self._told >= self._known_to:
            return []
        count = min(self._known_to - self._told, limits.BLOCK_HASHES)
        if self._told + count - position.block > limits.BLOCKS_AHEAD:
            return []
        step = TellKnown(position.index, self._told, count)
        self._told += count
        return self._plan(Planned(step, 0, 0, position))

    def _tell(self, planned: Planned, hashes: list[bytes]) -> Found:
        step = planned.step
        if self._stream is None or not isinstance(step, TellKnown) or self._writing is None:
            return []
        return [Transmit(Blocks(self._stream, step.first, hashes))] if hashes else []

    def _raise_window(self) -> Found:
        if self._stream is None or self._writing is None or self._writing.is_whole:
            return []
        window = self._credit.raised()
        return [] if window is None else [Transmit(Window(self._stream, window))]

    def _count_received(self) -> None:
        at = self._position
        self.received = self._entries.bytes_before(at.index) + at.block * limits.BLOCK
