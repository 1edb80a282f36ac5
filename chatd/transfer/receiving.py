"""One transfer at its taker, over all links (protocol, "Transfers"). Pure decisions: each event
returns what to do; `now` is in seconds of any clock."""

import errno
from typing import Literal

from chatd.errors import Unexpected
from chatd.transfer.arriving import Arriving
from chatd.transfer.disks import Gone, Position
from chatd.transfer.packed_list import PackedList
from chatd.transfer.steps import Ends, Found, Listed, Over, Result, Step, Transmit
from chatd.wire import files as wire
from chatd.wire.codec import Body
from chatd.wire.codes import EndOfTransfer
from chatd.wire.files import End, Give, Go, List, Wait

_FULL = (errno.ENOSPC, errno.EDQUOT)
_ENDS: dict[int, EndOfTransfer] = {
    errno.EROFS: "read-only",
    errno.EACCES: "read-only",
    errno.EPERM: "read-only",
    errno.EFBIG: "too-large",
}


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
        self.is_paused = False
        """Whether our person wants nothing to go on."""
        self.lacks: Literal["full", "gone"] | None = None
        """What is the matter with the disk: it has no room, or is not there."""
        self.they_wait: wire.Waiting | None = None
        """Why the giver sends nothing for the moment."""
        self._give = give
        self._stream: int | None = None
        self._has_said_end = self._has_asked = False
        self._arriving: Arriving | None = None
        """What comes, since it was accepted."""
        if position is not None:
            self._arriving = Arriving(self.entries, position, self._may_go)

    @property
    def received(self) -> int:
        """Bytes of files that the disk has."""
        return self._arriving.received if self._arriving is not None else 0

    @property
    def is_listed(self) -> bool:
        """Whether the list is complete."""
        return len(self.entries) == self._give.entries

    @property
    def is_taken(self) -> bool:
        """Whether our person has accepted it."""
        return self._arriving is not None

    @property
    def is_settled(self) -> bool:
        """Whether the giver was told that it has ended."""
        return self.over is not None and self._has_said_end

    @property
    def is_idle(self) -> bool:
        """Whether the disk has nothing to do for it."""
        return self._arriving is None or self._arriving.is_idle

    @property
    def is_held(self) -> bool:
        """Whether nothing goes on for the moment, for any of both sides."""
        return self.is_paused or bool(self.lacks) or self.they_wait not in (None, "checking")

    @property
    def wants_share(self) -> bool:
        """Whether it could go on with a share of the window."""
        is_open = self._stream is not None and self.is_taken and self.over is None
        return is_open and not self.is_held

    @property
    def has_share(self) -> bool:
        """Whether anything of the window is its own."""
        return self._arriving is not None and self._arriving.has_share

    @property
    def outstanding(self) -> int:
        """How much of the window is with it: what may come, and what the disk has not taken."""
        return self._arriving.outstanding if self._arriving is not None else 0

    @property
    def unchecked(self) -> int:
        """About how many bytes are looked at again, after all has come."""
        return self._arriving.unchecked if self._arriving is not None else 0

    @property
    def root(self) -> bytes | None:
        """The root of the list, once everything is there."""
        return self._arriving.root if self._arriving is not None else None

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
        if self._arriving is not None:
            self._arriving.open(give.stream)
        if self.over is not None:
            return self._say_end(self.over)
        if not self.is_listed:
            return []
        return [*self._waits(), *self._go_from_here()]

    def close(self) -> None:
        """There is no link."""
        if self._arriving is not None:
            self._arriving.close()
        self._stream = self.they_wait = None
        self._has_said_end = self._has_asked = False

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
        self._arriving = Arriving(self.entries, position, self._may_go)
        if self._stream is not None:
            self._arriving.open(self._stream)
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
                if why != "checking":
                    self._stop()
            case Go():
                before, self.they_wait = self.they_wait, None
                return self._go_from_here() if before != "checking" else []
            case End(_, why):
                return self._ended(why)
        return []

    def chunk(self, run: int, body: Body, now: float) -> list[Step]:
        """A chunk; raises `RemoteProtocolError`."""
        if self.over is not None:
            return []
        if self._arriving is None:
            raise Unexpected
        return self._through(self._arriving.chunk(run, body, now))

    def done(self, results: list[Result]) -> list[Step]:
        """The disk has done so many of the steps that it was given, and what came of each."""
        return self._through(self._arriving.done(results)) if self._arriving is not None else []

    def failed(self, error: OSError) -> list[Step]:
        """The disk could not do the next of its steps, and has done none that follows."""
        if self._arriving is not None:
            self._arriving.failed()
        if self.over is not None:
            return []
        if isinstance(error, Gone) or error.errno in _FULL:
            self._stop()
            self.lacks = "gone" if isinstance(error, Gone) else "full"
            return self._waits()
        return self.end(_ENDS.get(error.errno or 0, "broken"))

    def has_room(self) -> list[Step]:
        """There is room on the disk again."""
        if self.lacks != "full":
            return []
        self.lacks = None
        return [*self._say_go(), *self._go_from_here()]

    def is_back(self, position: Position) -> list[Step]:
        """The disk is there again, with so much."""
        if self.lacks != "gone" or self._arriving is None:
            return []
        self.lacks = None
        self._arriving.found(position)
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
        return self._through(self._arriving.share(window)) if self._arriving is not None else []

    # -- inside

    def _may_go(self) -> bool:
        return self.over is None and not self.is_held

    def _through(self, found: Found) -> list[Step]:
        """What is to be done, the end of it included."""
        steps: list[Step] = []
        for step in found:
            steps += self.end(step.why) if isinstance(step, Ends) else [step]
        return steps

    def _stop(self) -> None:
        if self._arriving is not None:
            self._arriving.stop()

    def _go_from_here(self) -> list[Step]:
        return self._through(self._arriving.go_on()) if self._arriving is not None else []

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

    def _ended(self, why: EndOfTransfer) -> list[Step]:
        if self.over is not None:
            return self._say_end(self.over)
        if why == "done":
            raise Unexpected
        return self.end(why)

    def _waits(self) -> list[Step]:
        why: wire.Waiting | None = "paused" if self.is_paused else self.lacks
        return self._say(Wait(self._stream or 0, why)) if why is not None else []

    def _say_go(self) -> list[Step]:
        if self.is_paused or self.lacks:
            return self._waits()
        return self._say(Go(self._stream or 0))

    def _say_end(self, why: EndOfTransfer) -> list[Step]:
        if self._stream is None or self._has_said_end:
            return []
        self._has_said_end = True
        return [Transmit(End(self._stream, why))]

    def _say(self, message: Wait | Go) -> list[Step]:
        return [Transmit(message)] if self._stream is not None and self.over is None else []
