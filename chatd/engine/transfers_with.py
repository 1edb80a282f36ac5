"""The files that go to and come from one person, through all conversations with them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred

from chatd import limits
from chatd.engine.decisions import events
from chatd.engine.looking import Looking
from chatd.engine.offers import Offers, why_not
from chatd.engine.remembered_transfers import Kept, Memory, Remembered
from chatd.engine.transfer_look import entries_of, state_of, waits, went_over
from chatd.engine.transfer_state import TransferState
from chatd.engine.transfer_work import Desk, GivingWork, TakingWork, Work
from chatd.peer.conversation_link import ConversationLink
from chatd.peer.file_link import FileLink
from chatd.transfer.reading import Read
from chatd.transfer.receiving import Receiving
from chatd.transfer.sending import Sending
from chatd.transfer.steps import DiskStep, Step
from chatd.transfer.streams import Streams, Transfer
from chatd.wire.codes import EndOfTransfer
from chatd.wire.files import Give


class TransfersWith:
    """With the holder of this key (33 bytes); loads what is remembered at the first `attach`."""

    def __init__(self, desk: Desk, key: bytes) -> None:
        self.key = key
        self._desk = desk
        self._link = FileLink(desk.reactor, self)
        self._remembered = Remembered(desk.ledger, key, desk.server, desk.wall_clock)
        self._works: dict[bytes, Work] = {}
        self._numbers: dict[bytes, int] = {}
        parts = (desk, key, self._link, self._remembered, self._works, self._number)
        self._offers = Offers(*parts)
        self._loading: Deferred[None] | None = None
        """Fires once what is remembered is there; None as long as nobody has asked for it."""
        self._landing: set[bytes] = set()
        """What the person takes, as long as its place on the disk is not there."""
        self._told: list[tuple[bytes, bool, str]] = []
        """What is accepted and what each waits for, when that was told last."""

    @property
    def _streams(self) -> Streams:
        return self._link.streams

    @property
    def _everything(self) -> list[Transfer]:
        return [*self._streams.sendings.values(), *self._streams.receivings.values()]

    # -- conversations

    def attach(self, talk: ConversationLink, *, is_host: bool) -> None:
        """There is a conversation, which has no link yet."""
        self._link.attach(talk, is_host=is_host)
        for id, work in [*self._works.items()]:
            transfer = self._transfer(id)
            if transfer is not None and self._remembered.is_expired(work.record):
                self._act(transfer, transfer.end("expired"))
        self.load()

    def load(self) -> Deferred[None]:
        """Find what is remembered, and go on with it; fires when that is there."""
        if self._loading is None:
            self._loading = self._load()
        loaded: Deferred[None] = Deferred()
        self._loading.addCallback(loaded.callback)
        return loaded

    def detach(self) -> None:
        """The conversation is over; whatever is not goes on in the next, and is remembered for as
        long again if something of it went over."""
        self._link.detach()
        for id, work in self._works.items():
            transfer = self._transfer(id)
            if transfer is not None and went_over(transfer) != work.touched:
                work.touched = went_over(transfer)
                self._store(work)

    # -- what the person wants

    def give(self, looking: Looking) -> None:
        """Offer this, now or in the next conversation; raises `NotDone`."""
        self._offers.look(looking)

    def take(self, id: bytes, folder: Path) -> None:
        """Accept what is offered, into this folder; harmless for what is not offered."""
        receiving = self._streams.receivings.get(id)
        if receiving is None or receiving.is_taken or not receiving.is_listed:
            return
        if id in self._landing:
            return
        self._landing.add(id)
        kept: list[Kept] = []
        number = self._number(id)

        def land() -> None:
            entries, where = receiving.entries, bytes(folder)
            more = {"folder": where, "number": number}
            kept.append(self._remembered.add("taken", id, entries, **more))

        def go_on() -> None:
            self._landing.discard(id)
            if receiving.over is not None:
                self._end_unbegun(kept[0], receiving.over)
                return
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
        if not self._offers.stop(id) and transfer is not None:
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
        """Let this go before all others in its direction."""
        self._link.first(id)
        if (work := self._works.get(id)) is not None:
            highest = max(each.record.rank for each in self._works.values())
            self._store(work, rank=highest + 1)

    def limit(self, rate: int | None) -> None:
        """Send so many bytes a second at most; None for any number."""
        self._link.limit(rate)

    def close(self) -> None:
        """The client ends: nothing more is looked at."""
        self._offers.close()

    @property
    def keys(self) -> set[bytes]:
        """The keys of those that are at work."""
        return {each.record.key for each in self._works.values()}

    @property
    def inputs(self) -> int:
        """How many are given that are read once."""
        return self._offers.inputs

    @property
    def states(self) -> list[TransferState]:
        """Where everything is that is not over."""
        return [
            *self._offers.states,
            *(
                state_of(each, self._number(each.id), self.key, is_linked=self._link.is_linked)
                for each in self._everything
                if each.over is None and each.entries
            ),
        ]

    # -- called by the link

    def read(self, sending: Sending, reads: list[Read]) -> None:
        """Read this."""
        work = self._works[sending.id]
        if isinstance(work, GivingWork):
            work.read(reads)

    def to_disk(self, receiving: Receiving, step: DiskStep) -> None:
        """Do this on the disk."""
        work = self._works[receiving.id]
        if isinstance(work, TakingWork):
            work.write(step)

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
            entries_of(receiving, limits.OFFERED_SHOWN),
            str(folder or ""),
            conversation=self.key,
        )
        self._desk.show(offered)
        if folder is not None:
            self.take(id, folder)

    def listing(self, id: bytes, most: int) -> list[events.FileEntry]:
        """The first entries of a transfer."""
        transfer = self._transfer(id)
        return entries_of(transfer, most) if transfer is not None else []

    def over(self, transfer: Transfer, why: EndOfTransfer) -> None:
        """It has ended: remember that, let go of its disk, and tell the person, who has not heard
        of it where its list had not come, but for a row in which it could be refused."""
        id, work = transfer.id, self._works.pop(transfer.id, None)
        number = self._numbers.pop(id, 0)
        self._desk.numbering.over(number)
        if isinstance(transfer, Receiving) and not transfer.is_listed and why != "refused":
            return
        landing = work.landing if work is not None else None
        over = events.FilesOver(
            id,
            transfer.entries[0].path[0] if len(transfer.entries) else "",
            len(transfer.entries),
            isinstance(transfer, Sending),
            why,
            transfer.root if why == "done" else None,
            [str(place) for place in landing.places] if landing is not None else [],
            work.left_out if work is not None else 0,
            work.changed if work is not None else 0,
            number,
            conversation=self.key,
        )
        if work is None:
            self._desk.show(over)
        else:
            work.rest().addCallback(lambda _: self._end(transfer, work, over))

    def settled(self, sending: Sending) -> None:
        """Both sides know that it has ended."""
        self._offers.settled(sending)

    def changed(self) -> None:
        """What is accepted, and what waits for what, may be another now."""
        linked = self._link.is_linked
        now = [(each.id, each.is_taken, waits(each, is_linked=linked)) for each in self._everything]
        if now != self._told:
            self._told = list(now)
            self._desk.changed()

    # -- inside

    def _end(self, transfer: Transfer, work: Work, over: events.FilesOver) -> None:
        """Tell the person once nothing but what is whole is left."""

        def end() -> None:
            work.close()
            self._remembered.end(work.record, over.why, work.landing)

        def tell() -> None:
            self._desk.show(over)
            if isinstance(transfer, Sending):
                self._offers.over(transfer, work.record)

        self._do(end, tell, lambda error: self._desk.show(over))

    def _end_unbegun(self, kept: Kept, why: EndOfTransfer) -> None:
        """It ended, as the person was told, before its place on the disk was there."""
        record, landing = kept.record, kept.landing
        self._do(
            lambda: self._remembered.end(record, why, landing), lambda: None, lambda error: None
        )

    def _number(self, id: bytes) -> int:
        if id not in self._numbers:
            self._numbers[id] = self._desk.numbering.new()
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

    def _store(self, work: Work, **changes: Any) -> None:
        """What has changed of what is remembered, and that it was touched."""
        work.record = record = self._remembered.touched(work.record, **changes)
        self._do(lambda: self._remembered.store(record), lambda: None, lambda error: None)

    def _store_pause(self, id: bytes, *, is_paused: bool) -> None:
        work = self._works.get(id)
        if work is not None:
            self._store(work, is_paused=is_paused)

    def _not_taken(self, receiving: Receiving, error: BaseException) -> None:
        self._landing.discard(receiving.id)
        if receiving.over is not None:
            return
        code, text, _ = why_not(error)
        id, number = receiving.id, self._number(receiving.id)
        self._desk.show(events.FilesNotTaken(id, number, code, text, conversation=self.key))

    # -- what lies on the disk

    def _keep_landing(self, kept: Kept, receiving: Receiving) -> None:
        parts = (self._desk, self._link, receiving, kept)
        self._works[receiving.id] = TakingWork(
            *parts, lambda: self._remembered.land(kept.record, kept.entries)
        )

    def _load(self) -> Deferred[None]:
        found: list[Memory] = []
        loading = self._desk.in_background(lambda: found.append(self._remembered.all()))
        return loading.addBoth(lambda _: self._loaded(found[0] if found else Memory()))

    def _loaded(self, memory: Memory) -> None:
        for record in memory.ended:
            if record.direction == "given":
                self._offers.retell(record)
            else:
                self._streams.ends[record.id] = record.why  # type: ignore[assignment]
        for kept in memory.kept:
            record = kept.record
            self._numbers[record.id] = self._desk.numbering.again(record.number)
            if record.direction == "given":
                self._offers.restore(kept)
                continue
            give = Give(1, record.id, record.entries, record.size, record.length, record.digest)
            receiving = Receiving(give, kept.entries, kept.position)
            receiving.is_paused = record.is_paused
            self._keep_landing(kept, receiving)
            self._streams.restore(receiving)
        for kept in sorted(memory.kept, key=lambda each: each.record.rank):
            if kept.record.rank:
                self._link.first(kept.record.id)
        self._link.begin()
