"""The files that go to and come from one person, through all conversations with them."""

import os
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from twisted.internet.interfaces import IDelayedCall

from chatd import limits
from chatd.engine.decisions import events
from chatd.engine.remembered_transfers import Kept, Memory, Remembered
from chatd.engine.transfer_disks import Got, InBackground, Reader, Writer
from chatd.engine.transfer_state import TransferState, Waits
from chatd.errors import ChatdError, unforeseen
from chatd.peer.conversation_link import ConversationLink
from chatd.peer.file_link import FileLink
from chatd.store import transfers as ledger
from chatd.transfer.disks import Block
from chatd.transfer.landing import Landing
from chatd.transfer.packed_list import packed
from chatd.transfer.reading import Read
from chatd.transfer.receiving import Receiving
from chatd.transfer.sending import Sending
from chatd.transfer.source import Source
from chatd.transfer.steps import DiskStep, FinishFile, OmitFile, Step
from chatd.transfer.streams import Streams, Transfer
from chatd.transfer.walk import LeftOut, tops, walk
from chatd.wire.files import EndOfTransfer, Give


class Desk(Struct, frozen=True):
    """What the transfers of a profile need from outside; `server` is where its people are."""

    reactor: Any
    in_background: InBackground
    random_bytes: Callable[[int], bytes]
    wall_clock: Callable[[], float]
    ledger: ledger.Transfers
    server: str
    show: Callable[[events.Event], None]
    next_number: Callable[[], int]
    """What a person types for a transfer."""
    takes: Callable[[bytes, int | None], Path | None] = lambda key, size: None
    """Where what the holder of a key offers lands without asking the person, if it does."""


class TransfersWith:
    """With the holder of this key (33 bytes); loads what is remembered at the first `attach`."""

    def __init__(self, desk: Desk, key: bytes) -> None:
        self.key = key
        self._desk = desk
        self._link = FileLink(desk.reactor, self)
        self._remembered = Remembered(desk.ledger, key, desk.server, desk.wall_clock)
        self._is_loading = False
        """Whether what is remembered was ever asked for."""
        self._records: dict[bytes, ledger.Transfer] = {}
        self._touched: dict[bytes, int] = {}
        """How much of each had gone over when that was stored."""
        self._readers: dict[bytes, Reader] = {}
        self._writers: dict[bytes, Writer] = {}
        self._landings: dict[bytes, Landing] = {}
        self._full: dict[bytes, IDelayedCall] = {}
        self._numbers: dict[bytes, int] = {}
        self._left_out: Counter[bytes] = Counter()
        self._changed: Counter[bytes] = Counter()

    @property
    def _streams(self) -> Streams:
        return self._link.streams

    # -- conversations

    def attach(self, talk: ConversationLink, *, is_host: bool) -> None:
        """There is a conversation, which has no link yet."""
        self._link.attach(talk, is_host=is_host)
        self.load()

    def load(self) -> None:
        """Find what is remembered, and go on with it; again is harmless."""
        if not self._is_loading:
            self._load()

    def detach(self) -> None:
        """The conversation is over; whatever is not goes on in the next, and is remembered for as
        long again if something of it went over."""
        self._link.detach()
        for id, record in self._records.items():
            transfer = self._transfer(id)
            if transfer is not None and _went_over(transfer) != self._touched.get(id, 0):
                self._touched[id] = _went_over(transfer)
                self._store(record)

    # -- what the person wants

    def give(self, paths: Iterable[Path]) -> None:
        """Offer these files and folders, now or in the next conversation."""
        named = tops(paths)
        id = self._desk.random_bytes(limits.TRANSFER_ID)
        left_out: list[tuple[str, str]] = []
        made: list[Kept] = []

        def look() -> None:
            entries = packed(_kept(walk(named), left_out))
            if not len(entries):
                raise ChatdError("there is nothing to send", "name a file or a folder")
            given = {name: bytes(path) for name, path in named.items()}
            made.append(self._remembered.add("given", id, entries, given=given))

        def offer() -> None:
            (found,) = made
            self._restore_given(found)
            self._link.give(self._streams.sendings[id])
            record, entries = found.record, found.entries
            said = (id, self._number(id), record.first, len(entries), entries.size, left_out)
            self._desk.show(events.FilesGiven(*said, conversation=self.key))

        self._do(look, offer, self._not_given)

    def take(self, id: bytes, folder: Path) -> None:
        """Accept what is offered, into this folder; harmless for what is not offered."""
        receiving = self._streams.receivings.get(id)
        if receiving is None or receiving.is_taken or not receiving.is_listed:
            return
        kept: list[Kept] = []

        def land() -> None:
            entries, where = receiving.entries, bytes(folder)
            kept.append(self._remembered.add("taken", id, entries, folder=where))

        def go_on() -> None:
            self._keep_landing(kept[0], receiving)
            self._act(receiving, receiving.accept(kept[0].position))

        self._do(land, go_on, lambda error: self._not_taken(receiving, error))

    def refuse(self, id: bytes) -> None:
        """Do not take what is offered; harmless for what is not offered."""
        receiving = self._streams.receivings.get(id)
        if receiving is not None and not receiving.is_taken:
            self._act(receiving, receiving.end("refused"))

    def cancel(self, id: bytes) -> None:
        """End a transfer, in whatever direction; harmless for what there is not."""
        transfer = self._transfer(id)
        if transfer is not None:
            self._act(transfer, transfer.end("cancelled"))

    def pause(self, id: bytes) -> None:
        """Let nothing of it go over for the moment."""
        transfer = self._transfer(id)
        if transfer is not None and not transfer.is_paused:
            self._act(transfer, transfer.pause())
            self._store_pause(id, is_paused=True)

    def go_on(self, id: bytes) -> None:
        """Let it go on."""
        transfer = self._transfer(id)
        if transfer is not None and transfer.is_paused:
            self._act(transfer, transfer.go_on())
            self._store_pause(id, is_paused=False)

    def first(self, id: bytes) -> None:
        """Let what is taken come before all others."""
        self._link.first(id)

    def limit(self, rate: int | None) -> None:
        """Send so many bytes a second at most; None for any number."""
        self._link.limit(rate)

    @property
    def states(self) -> list[TransferState]:
        """Where everything is that is not over."""
        everything: list[Transfer] = [
            *self._streams.sendings.values(),
            *self._streams.receivings.values(),
        ]
        return [self._state(each) for each in everything if each.over is None and each.entries]

    # -- called by the link

    def read(self, sending: Sending, read: Read) -> None:
        """Read this."""
        self._readers[sending.id].add(read)

    def to_disk(self, receiving: Receiving, step: DiskStep) -> None:
        """Do this on the disk."""
        match step:
            case OmitFile():
                self._left_out[receiving.id] += 1
            case FinishFile(index, size) if size != receiving.entries[index].size is not None:
                self._changed[receiving.id] += 1
        self._writers[receiving.id].add(step)

    def listed(self, receiving: Receiving) -> None:
        """This is offered."""
        id, entries = receiving.id, receiving.entries
        folder = self._desk.takes(self.key, entries.size)
        offered = events.FilesOffered(
            id,
            self._number(id),
            entries[0].path[0],
            len(entries),
            entries.size,
            self.listing(id, limits.OFFERED_SHOWN),
            str(folder or ""),
            conversation=self.key,
        )
        self._desk.show(offered)
        if folder is not None:
            self.take(id, folder)

    def listing(self, id: bytes, most: int) -> list[events.FileEntry]:
        """The first entries of a transfer."""
        transfer = self._transfer(id)
        entries = transfer.entries if transfer is not None else ()
        return [
            events.FileEntry("/".join(each.path), each.size, each.kind == "folder")
            for each in islice(entries, most)
        ]

    def over(self, transfer: Transfer, why: EndOfTransfer) -> None:
        """It has ended: remember that, and let go of its disk."""
        id, ours = transfer.id, isinstance(transfer, Sending)
        record = self._records.pop(id, None)
        landing, writer = self._landings.pop(id, None), self._writers.pop(id, None)
        reader = self._readers.pop(id, None)
        self._stop_waiting(id)
        self._numbers.pop(id, None)

        def end() -> None:
            if reader is not None:
                reader.source.close()
            if record is not None:
                self._remembered.end(record, why, landing)

        places = [str(place) for place in landing.places] if landing is not None else []
        over = events.FilesOver(
            id,
            transfer.entries[0].path[0] if len(transfer.entries) else "",
            len(transfer.entries),
            ours,
            why,
            transfer.root if why == "done" else None,
            places,
            self._left_out.pop(id, 0),
            self._changed.pop(id, 0),
            conversation=self.key,
        )
        self._desk.show(over)
        after = writer.rest() if writer is not None else reader.rest() if reader else None
        if after is None:
            self._do(end, lambda: None, lambda error: None)
        else:
            after.addCallback(lambda _: self._do(end, lambda: None, lambda error: None))

    # -- inside

    def _number(self, id: bytes) -> int:
        if id not in self._numbers:
            self._numbers[id] = self._desk.next_number()
        return self._numbers[id]

    def _transfer(self, id: bytes) -> Transfer | None:
        return self._streams.sendings.get(id) or self._streams.receivings.get(id)

    def _act(self, transfer: Transfer, steps: list[Step]) -> None:
        self._link.act(transfer, steps)

    def _do(
        self,
        work: Callable[[], None],
        then: Callable[[], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        doing = self._desk.in_background(work)
        doing.addCallbacks(lambda _: then(), lambda failure: failed(failure.value))

    def _store(self, record: ledger.Transfer, **changes: Any) -> None:
        self._do(
            lambda: self._remembered.update(record, **changes), lambda: None, lambda error: None
        )

    def _store_pause(self, id: bytes, *, is_paused: bool) -> None:
        record = self._records.get(id)
        if record is not None:
            self._records[id] = replace(record, is_paused=is_paused)
            self._store(self._records[id])

    def _not_given(self, error: BaseException) -> None:
        known = error if isinstance(error, ChatdError) else unforeseen(error)
        self._desk.show(events.FilesNotGiven(str(known), known.hint, conversation=self.key))

    def _not_taken(self, receiving: Receiving, error: BaseException) -> None:
        known = error if isinstance(error, ChatdError) else unforeseen(error)
        hint = f"/take {self._number(receiving.id)} FOLDER takes it elsewhere, /refuse refuses it"
        self._desk.show(events.FilesNotGiven(str(known), hint, conversation=self.key))

    # -- what lies on the disk

    def _keep_landing(self, kept: Kept, receiving: Receiving) -> None:
        landing = kept.landing
        if landing is None:
            return
        self._records[receiving.id] = kept.record
        self._landings[receiving.id] = landing
        self._writers[receiving.id] = Writer(
            self._desk.in_background,
            landing,
            lambda results: self._written(receiving, results),
            lambda error: self._failed(receiving, error),
        )

    def _restore_given(self, kept: Kept) -> None:
        record, entries = kept.record, kept.entries
        paths = {name: Path(os.fsdecode(path)) for name, path in record.given.items()}
        sending = Sending(record.id, entries)
        self._records[record.id] = record
        self._readers[record.id] = Reader(
            self._desk.in_background,
            Source(paths, entries.__iter__),
            lambda read, got: self._was_read(sending, read, got),
        )
        sending.is_paused = record.is_paused
        self._streams.sendings[record.id] = sending

    def _was_read(self, sending: Sending, read: Read, got: Got) -> None:
        self._note_change(sending, read, got)
        if sending.over is None:
            self._link.was_read(sending, read, got)

    def _note_change(self, sending: Sending, read: Read, got: Got) -> None:
        if read.block == 0 and not isinstance(got, Block):
            self._left_out[sending.id] += 1
        elif read.block == 0 and isinstance(got, Block):
            listed = sending.entries[read.index].size
            self._changed[sending.id] += got.size is not None and got.size != listed is not None

    def _written(self, receiving: Receiving, results: list[bool | list[bytes]]) -> None:
        self._link.done(receiving, results)

    def _failed(self, receiving: Receiving, error: OSError) -> None:
        self._link.failed(receiving, error)
        if receiving.is_full:
            self._wait_for_room(receiving)

    def _wait_for_room(self, receiving: Receiving) -> None:
        if receiving.id not in self._full and receiving.over is None:
            wait = limits.FULL_SECONDS
            self._full[receiving.id] = self._desk.reactor.callLater(wait, self._look, receiving)

    def _look(self, receiving: Receiving) -> None:
        """Whether there is room again."""
        self._full.pop(receiving.id, None)
        landing = self._landings.get(receiving.id)
        if landing is None:
            return
        rooms: list[int] = []

        def judge() -> None:
            if rooms[0] > limits.WINDOW:
                self._act(receiving, receiving.has_room())
            else:
                self._wait_for_room(receiving)

        looking = lambda: rooms.append(landing.room())  # noqa: E731
        self._do(looking, judge, lambda error: self._wait_for_room(receiving))

    def _stop_waiting(self, id: bytes) -> None:
        waiting = self._full.pop(id, None)
        if waiting is not None:
            waiting.cancel()

    def _state(self, transfer: Transfer) -> TransferState:
        return TransferState(
            self._number(transfer.id),
            transfer.id,
            self.key,
            isinstance(transfer, Sending),
            transfer.entries[0].path[0],
            len(transfer.entries),
            transfer.entries.size,
            _went_over(transfer),
            transfer.is_taken,
            self._waits(transfer),
        )

    def _waits(self, transfer: Transfer) -> Waits:
        if transfer.is_paused:
            return "us"
        if isinstance(transfer, Receiving) and transfer.is_full:
            return "full"
        if transfer.they_wait is not None:
            return "them" if transfer.they_wait == "paused" else "their-disk"
        return "" if self._link.is_linked else "link"

    def _load(self) -> None:
        self._is_loading = True
        found: list[Memory] = []
        self._do(
            lambda: found.append(self._remembered.all()),
            lambda: self._loaded(found[0]),
            lambda error: self._loaded(Memory()),
        )

    def _loaded(self, memory: Memory) -> None:
        for record in memory.ended:
            if record.direction == "taken":
                self._streams.ends[record.id] = record.why  # type: ignore[assignment]
        for kept in memory.kept:
            record = kept.record
            if record.direction == "given":
                self._restore_given(kept)
                continue
            give = Give(1, record.id, record.entries, record.size, record.length, record.digest)
            receiving = Receiving(give, kept.entries, kept.position)
            receiving.is_paused = record.is_paused
            self._keep_landing(kept, receiving)
            self._streams.restore(receiving)
        self._link.begin()


def _went_over(transfer: Transfer) -> int:
    """Bytes of files."""
    return transfer.sent if isinstance(transfer, Sending) else transfer.received


def _kept(found: Iterable[Any], left_out: list[tuple[str, str]]) -> Iterable[Any]:
    """What is sent; the rest is noted, as far as anybody reads it."""
    for each in found:
        if not isinstance(each, LeftOut):
            yield each
        elif len(left_out) < limits.LANDED_SHOWN:
            left_out.append((str(each.path), each.why))
