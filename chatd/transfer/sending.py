"""One transfer at its giver, over all links (protocol, "Transfers"). Pure decisions: each event
returns what to do."""

from collections import Counter

from msgspec.structs import replace

from chatd import limits
from chatd.errors import Unexpected
from chatd.transfer.disks import Buffer
from chatd.transfer.packed_list import PackedList
from chatd.transfer.reading import Got, Read, Reading
from chatd.transfer.steps import Over, Step, Transmit
from chatd.wire.chunk import HEAD, head
from chatd.wire.codes import EndOfTransfer
from chatd.wire.files import (
    Blocks,
    End,
    From,
    FromTaker,
    Give,
    Go,
    List,
    Listed,
    Wait,
    Waiting,
    Window,
)


class Sending:
    """Gives one list of files to one other side, until that says how it has ended."""

    def __init__(self, id: bytes, entries: PackedList, give: Give | None = None) -> None:
        self.id = id
        self._give = give or Give(1, id, len(entries), entries.size, entries.length, entries.digest)
        self.entries = entries
        self.over: EndOfTransfer | None = None
        """Why it has ended."""
        self.is_paused = False
        self.they_wait: Waiting | None = None
        """Why the taker lets nothing come for the moment."""
        self.is_taken = False
        """Whether the taker has ever accepted it."""
        self.sent = 0
        """Bytes of files before what is sent next."""
        self.root: bytes | None = None
        """The root of the list, once all files were read."""
        self._stream: int | None = None
        self._has_said_end = self._has_heard_end = False
        self._listing: int | None = None
        """The piece of the list that is sent next."""
        self._was_listed = False
        self._run = 0
        self._window = self._spent = 0
        self._reading: Reading | None = None
        self._changes: Counter[int] = Counter()
        self._own = -1
        """The last file of which this run of the program has read all that it stands for."""
        self._is_checking = False

    @property
    def is_settled(self) -> bool:
        """Whether both sides know that it has ended, so that the other may forget it."""
        return self.over is not None and self._has_heard_end and self._has_said_end

    def open(self, stream: int) -> list[Step]:
        """There is another link, on which it has this number."""
        self.close()
        self._stream = stream
        steps: list[Step] = [Transmit(replace(self._give, stream=stream))]
        if self.over is not None:
            return [*steps, *self._say_end(self.over)]
        if self.is_paused:
            steps.append(Transmit(Wait(stream, "paused")))
        return steps

    def close(self) -> None:
        """There is no link."""
        self._stream = self._listing = self._reading = self.they_wait = None
        self._was_listed = self._has_said_end = self._has_heard_end = False
        self._is_checking = False
        self._run = self._window = self._spent = 0

    def receive(self, message: FromTaker | Wait | Go | End) -> list[Step]:
        """What the taker says; raises `Unexpected`."""
        if self.over is not None and not isinstance(message, End):
            return []
        match message:
            case List(_, first):
                if self._was_listed:
                    raise Unexpected
                self._listing, self._was_listed = self.entries.piece_at(first), True
            case From():
                return self._begin(message)
            case Window(_, window):
                self._expect_run()
                self._window = max(self._window, window)
            case Blocks(_, first, hashes):
                self._expect_run()
                if self._reading is not None:
                    self._reading.blocks(first, hashes)
            case Wait(_, why):
                self.they_wait = why
                if why != "checking":
                    self._reading = None
            case Go():
                self.they_wait = None
            case End(_, why):
                return self._ended(why)
        return self.reads()

    def was_read(self, read: Read, found: list[Got]) -> list[Step]:
        """What was asked for, or why it cannot be read."""
        if self._reading is None or read.run != self._run:
            return self.reads()
        self._reading.was_read(read, found)
        self.root = self._reading.root
        if self._reading.has_read_again:
            self._own = self._reading.index
        return [*self._say_checking(self._reading), *self.reads()]

    def _say_checking(self, reading: Reading) -> list[Step]:
        """Begin to say, or end, that something is read again before the end of a file."""
        is_checking = reading.unchecked > 0
        if is_checking == self._is_checking or self._stream is None or self._is_held:
            return []
        self._is_checking = is_checking
        return self._say(Wait(self._stream, "checking") if is_checking else Go(self._stream))

    def reads(self) -> list[Step]:
        """What is to be read now; to be asked for after each `bulk`."""
        if self._reading is None or not self._window or self.over is not None or self._is_held:
            return []
        return list(self._reading.wanted())

    @property
    def unchecked(self) -> int:
        """Bytes that are read again before a file is said to be whole, as all else was read."""
        return self._reading.unchecked if self._reading is not None else 0

    @property
    def has_bulk(self) -> bool:
        """Whether `bulk` has something."""
        if self._stream is None or self.over is not None:
            return False
        if self._listing is not None:
            return True
        reading = self._reading
        if reading is None or self._is_held:
            return False
        return reading.outgoing.has_for(self._window - self._spent)

    def bulk(self, room: int) -> Listed | list[Buffer]:
        """What is sent next where nothing waits: a piece of the list, or a chunk of at most `room`
        bytes in parts; nothing where its window is full."""
        if self._stream is None or not self.has_bulk:
            return []
        if self._listing is not None:
            return self._next_of_list(self._stream, self._listing)
        if self._reading is None:
            return []
        outgoing, credit = self._reading.outgoing, self._window - self._spent
        parts, spent, data = outgoing.take(room - HEAD, credit)
        self._spent += spent
        self.sent += data
        return [head(self._stream, self._run), *parts] if parts else []

    def pause(self) -> list[Step]:
        """Our person wants nothing to go on for the moment."""
        self.is_paused, self._reading, self._is_checking = True, None, False
        return self._say(Wait(self._stream or 0, "paused"))

    def go_on(self) -> list[Step]:
        """Our person wants it to go on."""
        self.is_paused = False
        return self._say(Go(self._stream or 0))

    def end(self, why: EndOfTransfer) -> list[Step]:
        """It is over for us; where there is no link the taker hears of it on the next."""
        if self.over is not None:
            return []
        self.over, self._reading = why, None
        return [*self._say_end(why), Over(why)]

    # -- inside

    @property
    def _is_held(self) -> bool:
        return self.is_paused or self.they_wait not in (None, "checking")

    def _expect_run(self) -> None:
        if not self._run:
            raise Unexpected

    def _begin(self, start: From) -> list[Step]:
        if start.run != self._run + 1 or start.index > len(self.entries):
            raise Unexpected
        self._check(start)
        self._run, self.is_taken = start.run, True
        self._window, self._spent = start.window, 0
        self._reading = Reading(self.entries, start, self._changes)
        if self._reading.index != self._own:
            self._reading.read_again()
        self.sent = self.entries.bytes_before(start.index) + start.block * limits.BLOCK
        return self.reads()

    def _check(self, start: From) -> None:
        """That there is such a position, as far as its size tells."""
        has_begun = start.modified is not None
        if start.block and not has_begun:
            raise Unexpected
        if start.block * limits.BLOCK >= (start.size or limits.OFFERED_SIZE) + limits.BLOCK:
            raise Unexpected
        if start.index == len(self.entries) and (start.block or start.known):
            raise Unexpected

    def _next_of_list(self, stream: int, which: int) -> Listed:
        self._listing = which + 1 if which + 1 < len(self.entries.pieces) else None
        return Listed(stream, self.entries.pieces[which])

    def _ended(self, why: EndOfTransfer) -> list[Step]:
        self._has_heard_end = True
        said = self._say_end(why if self.over is None else self.over)
        if self.over is not None:
            return said
        self.over, self._reading = why, None
        return [*said, Over(why)]

    def _say_end(self, why: EndOfTransfer) -> list[Step]:
        if self._stream is None or self._has_said_end:
            return []
        self._has_said_end = True
        return [Transmit(End(self._stream, why))]

    def _say(self, message: Wait | Go) -> list[Step]:
        return [Transmit(message)] if self._stream is not None and self.over is None else []


def ended(give: Give, why: EndOfTransfer) -> Sending:
    """One of which the taker has not heard yet that it is over."""
    sending = Sending(give.id, PackedList(), give)
    sending.over = why
    return sending
