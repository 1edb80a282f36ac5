"""What we offer to one person: looked at, offered, and over for us where they do not know it."""

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred

from chatd import limits
from chatd.engine.decisions import events
from chatd.engine.decisions.failures import FilesFailure
from chatd.engine.looking import Looking, NothingThere, Stopped, source_of
from chatd.engine.not_done import NotDone
from chatd.engine.remembered_transfers import Kept, NoRoom, NoSuchFile, Remembered
from chatd.engine.transfer_state import TransferState
from chatd.engine.transfer_work import Desk, GivingWork, Work
from chatd.errors import ChatdError, TooLarge, unforeseen
from chatd.peer.file_link import FileLink
from chatd.store import transfers as ledger
from chatd.timer import Timer
from chatd.transfer import disks
from chatd.transfer.sending import Sending, ended
from chatd.wire.files import Give

_CODES: dict[type[BaseException], FilesFailure] = {
    Stopped: "cancelled",
    NoRoom: "no-room",
    NoSuchFile: "too-large",
    NothingThere: "nothing-there",
    TooLarge: "too-many-files",
    ledger.TooMany: "too-many-transfers",
}


def why_not(error: BaseException) -> tuple[FilesFailure, str, str]:
    """The code for what went wrong, and the words and the hint of an error that has none."""
    if (code := _CODES.get(type(error))) is not None:
        return code, "", ""
    known = error if isinstance(error, ChatdError) else unforeseen(error)
    return "failed", str(known), known.hint


class Offers:
    """To the holder of a key (33 bytes); `works` has what each transfer has at work, `number` says
    what a person types for one."""

    def __init__(
        self,
        desk: Desk,
        key: bytes,
        link: FileLink,
        remembered: Remembered,
        works: dict[bytes, Work],
        number: Callable[[bytes], int],
    ) -> None:
        self._desk = desk
        self._key = key
        self._link = link
        self._remembered = remembered
        self._works = works
        self._number = number
        self._lookings: dict[bytes, Looking] = {}
        self._untold: dict[bytes, ledger.Transfer] = {}
        """What has ended, and the other side does not know it."""

    def look(self, looking: Looking) -> None:
        """Offer this as soon as it was looked at; raises `NotDone`."""
        id = looking.id
        if id in self._lookings or id in self._link.streams.sendings:
            raise NotDone("transfer-there")
        self._lookings[id] = looking
        shown = Timer(self._desk.reactor, lambda _: self._desk.changed())
        shown.after(limits.LOOKING_SECONDS)
        made: list[Kept] = []
        number = self._number(id)

        def look() -> None:
            entries = looking.entries()
            more = {"given": looking.given, "number": number}
            made.append(self._remembered.add("given", id, entries, **more))

        def looked(result: Any) -> Any:
            del self._lookings[id]
            shown.stop()
            return result

        working: Deferred[Any] = self._desk.in_background(look).addBoth(looked)
        working.addCallbacks(
            lambda _: self._offer(made[0], looking),
            lambda failure: self._not_offered(looking, failure.value),
        )

    def stop(self, id: bytes) -> bool:
        """Look no further, and offer nothing; whether that was looked at."""
        looking = self._lookings.get(id)
        if looking is not None:
            looking.is_stopped = True
        return looking is not None

    def close(self) -> None:
        """Look at nothing any more."""
        for id in self._lookings:
            self.stop(id)

    @property
    def states(self) -> list[TransferState]:
        """What is looked at."""
        return [
            TransferState(
                self._number(each.id),
                each.id,
                self._key,
                ours=True,
                first=each.first,
                entries=each.found,
                size=None,
                done=0,
                is_accepted=False,
                waits="looking",
            )
            for each in self._lookings.values()
        ]

    @property
    def inputs(self) -> int:
        """How many are given that are read once."""
        return sum(each.record.is_input for each in self._works.values())

    # -- what is remembered

    def restore(self, kept: Kept, source: disks.Source | None = None) -> None:
        """Give it, as soon as there is a link; what was read from an input, without a `source`, is
        gone."""
        record = kept.record
        if source is None and record.is_input:
            self._gone(record)
            return
        sending = Sending(record.id, kept.entries)
        sending.is_paused = record.is_paused
        parts = (self._desk, self._link, sending, record)
        read = source or source_of(record.given, kept.entries)
        self._works[sending.id] = GivingWork(*parts, read)
        self._link.streams.sendings[sending.id] = sending

    def over(self, sending: Sending, record: ledger.Transfer) -> None:
        """Its end is stored: to be forgotten as soon as the other side knows it."""
        self._untold[record.id] = record
        if sending.is_settled:
            self.settled(sending)

    def retell(self, record: ledger.Transfer) -> None:
        """Its end was never heard: say it again."""
        self._untold[record.id] = record
        give = Give(1, record.id, record.entries, record.size, record.length, record.digest)
        self._link.streams.sendings[record.id] = ended(give, record.why)  # type: ignore[arg-type]

    def settled(self, sending: Sending) -> None:
        """The other side knows that it has ended."""
        record = self._untold.pop(sending.id, None)
        if record is not None:
            self._store(lambda: self._remembered.forget(record))

    # -- inside

    def _offer(self, kept: Kept, looking: Looking) -> None:
        id, record = looking.id, kept.record
        self.restore(kept, looking.source(kept.entries))
        self._link.give(self._link.streams.sendings[id])
        about = (id, self._number(id), record.first, record.entries, record.size)
        given = events.FilesGiven(*about, looking.left_out, conversation=self._key)
        self._desk.show(given)
        if looking.is_stopped:
            sending = self._link.streams.sendings[id]
            self._link.act(sending, sending.end("cancelled"))

    def _not_offered(self, looking: Looking, error: BaseException) -> None:
        self._store(looking.close)
        about = (looking.id, *why_not(error), looking.left_out)
        self._desk.show(events.FilesNotGiven(*about, conversation=self._key))

    def _gone(self, record: ledger.Transfer) -> None:
        over = self._remembered.touched(record, state="over", why="gone")
        self._store(lambda: self._remembered.store(over))
        self.retell(over)
        told = events.FilesOver(
            record.id, record.first, record.entries, True, "gone", conversation=self._key
        )
        self._desk.show(told)

    def _store(self, work: Callable[[], None]) -> None:
        self._desk.in_background(work).addErrback(lambda failure: None)
