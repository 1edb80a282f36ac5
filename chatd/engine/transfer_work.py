"""What one transfer has at work: its files, their thread, and what is told of it at its end."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import Struct
from twisted.internet.defer import Deferred, succeed

from chatd import limits
from chatd.engine.decisions import events
from chatd.engine.numbering import Numbering
from chatd.engine.remembered_transfers import Kept
from chatd.engine.transfer_disks import InBackground, Reader, Writer
from chatd.peer.file_link import FileLink
from chatd.store import transfers as ledger
from chatd.timer import Timer
from chatd.transfer.disks import Block, Position, Source
from chatd.transfer.landing import Landing
from chatd.transfer.reading import Got, Read
from chatd.transfer.receiving import Receiving
from chatd.transfer.sending import Sending
from chatd.transfer.steps import DiskStep, FinishFile, OmitFile, Result, WriteFiles


class Desk(Struct, frozen=True):
    """What the transfers of a profile need from outside; `server` is where its people are."""

    reactor: Any
    in_background: InBackground
    random_bytes: Callable[[int], bytes]
    wall_clock: Callable[[], float]
    ledger: ledger.Transfers
    server: str
    show: Callable[[events.Event], None]
    numbering: Numbering
    takes: Callable[[bytes, int | None], Path | None] = lambda key, size: None
    """Where what the holder of a key offers lands without asking the person, if it does."""
    changed: Callable[[], None] = lambda: None
    """Called when a transfer is accepted, or waits for something else than before."""


class GivingWork:
    """Files that are read; `left_out` of them were not there, `changed` had another size than was
    offered. `touched` is how much had gone over when that was stored last."""

    landing: Landing | None = None

    def __init__(
        self,
        desk: Desk,
        link: FileLink,
        sending: Sending,
        record: ledger.Transfer,
        source: Source,
    ) -> None:
        self.record = record
        self.left_out = self.changed = self.touched = 0
        self._link = link
        self._sending = sending
        self._source = source
        self._reader = Reader(desk.in_background, source, self._was_read)

    def read(self, reads: list[Read]) -> None:
        """Read this, after all that was asked for before."""
        self._reader.add(*reads)

    def rest(self) -> Deferred[None]:
        """Fires as soon as nothing is read any more."""
        return self._reader.rest()

    def close(self) -> None:
        """In a thread: let go of the files."""
        self._source.close()

    def _was_read(self, read: Read, found: list[Got]) -> None:
        if read.block == 0:
            for index, got in zip(read.indices, found, strict=True):
                self._note(index, got)
        if self._sending.over is not None:
            return
        if self.record.is_input and not isinstance(found[0], Block):
            self._link.act(self._sending, self._sending.end("gone"))
        else:
            self._link.was_read(self._sending, read, found)

    def _note(self, index: int, got: Got) -> None:
        if not isinstance(got, Block):
            self.left_out += 1
        elif got.size is not None and got.size != self._sending.entries[index].size is not None:
            self.changed += 1


class TakingWork:
    """Files that are written; as `GivingWork`. As long as there is no `landing`, `land` is called
    again and again, in a thread: it finds that and how far it is, or raises `OSError`."""

    def __init__(
        self,
        desk: Desk,
        link: FileLink,
        receiving: Receiving,
        kept: Kept,
        land: Callable[[], tuple[Landing, Position]],
    ) -> None:
        self.record = kept.record
        self.landing = kept.landing
        self.left_out = self.changed = self.touched = 0
        self._desk = desk
        self._link = link
        self._receiving = receiving
        self._land = land
        self._writer: Writer | None = None
        self._again = Timer(desk.reactor, lambda _: self._look())
        if self.landing is not None:
            self._writer = self._writer_to(self.landing)
        else:
            receiving.lacks = "gone"
            self._wait()

    def write(self, step: DiskStep) -> None:
        """Do this, after all that was asked for before."""
        match step:
            case OmitFile():
                self.left_out += 1
            case WriteFiles():
                self.changed += step.changed
            case FinishFile(index, size) if size != self._receiving.entries[index].size is not None:
                self.changed += 1
        if self._writer is not None:
            self._writer.add(step)

    def rest(self) -> Deferred[None]:
        """Fires as soon as nothing is written any more; nobody waits for room then."""
        self._again.stop()
        return self._writer.rest() if self._writer is not None else succeed(None)

    def close(self) -> None:
        """In a thread: what has landed is let go of by whoever remembers it."""

    def _writer_to(self, landing: Landing) -> Writer:
        return Writer(self._desk.in_background, landing, self._done, self._failed)

    def _done(self, results: list[Result]) -> None:
        self._link.done(self._receiving, results)

    def _failed(self, error: OSError) -> None:
        self._link.failed(self._receiving, error)
        if self._receiving.lacks == "gone":
            self._let_go()
        if self._receiving.lacks:
            self._wait()

    def _let_go(self) -> None:
        """Hold nothing open there, so that the disk can be taken away."""
        landing, self.landing, self._writer = self.landing, None, None
        if landing is not None:
            self._close(landing)

    def _close(self, landing: Landing) -> None:
        self._desk.in_background(landing.close).addErrback(lambda failure: None)

    def _wait(self) -> None:
        if self._again.due is None and self._receiving.over is None:
            self._again.after(limits.FULL_SECONDS)

    def _look(self) -> None:
        """Whether there is room again, or the folder."""
        landing = self.landing
        if landing is None:
            self._look_for_folder()
            return
        rooms: list[int] = []
        looking = self._desk.in_background(lambda: rooms.append(landing.room()))
        looking.addBoth(lambda _: self._judge(rooms))

    def _judge(self, rooms: list[int]) -> None:
        if rooms and rooms[0] >= self._needed:
            self._link.act(self._receiving, self._receiving.has_room())
        else:
            self._wait()

    def _look_for_folder(self) -> None:
        found: list[tuple[Landing, Position]] = []
        looking = self._desk.in_background(lambda: found.append(self._land()))
        looking.addBoth(lambda _: self._is_back(*found[0]) if found else self._wait())

    def _is_back(self, landing: Landing, position: Position) -> None:
        if self._receiving.over is not None:
            self._close(landing)
            return
        self.landing, self._writer = landing, self._writer_to(landing)
        self._link.act(self._receiving, self._receiving.is_back(position))

    @property
    def _needed(self) -> int:
        """Bytes of room with which it goes on: what may come at once, or all that is left."""
        size = self._receiving.entries.size
        if size is None:
            return limits.WINDOW
        return min(limits.WINDOW, max(limits.BLOCK, size - self._receiving.received))


Work = GivingWork | TakingWork
