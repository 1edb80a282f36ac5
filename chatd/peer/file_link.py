"""Files beside a conversation: carries out on its link what `Streams` decides, and hands on what is
for the disks."""

from typing import Protocol

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from chatd import limits
from chatd.errors import Unexpected
from chatd.peer.conversation_link import ConversationLink
from chatd.peer.link import PeerLink
from chatd.transfer.disks import Position
from chatd.transfer.reading import Got, Read
from chatd.transfer.receiving import Receiving
from chatd.transfer.sending import Sending
from chatd.transfer.steps import DiskStep, Listed, Over, Result, Settled, Step, Transmit
from chatd.transfer.streams import Do, Streams, Transfer
from chatd.wire.codec import Body
from chatd.wire.codes import EndOfTransfer
from chatd.wire.files import FileMessage, Window

MOST = limits.PEER_PLAINTEXT - limits.RECORD_HEADER
"""Bytes of a chunk."""


class FileLinkUser(Protocol):
    """Whoever has the disks and the person."""

    def read(self, sending: Sending, reads: list[Read]) -> None:
        """Read these, and say `FileLink.was_read`; in the order in which they are asked for."""

    def to_disk(self, receiving: Receiving, step: DiskStep) -> None:
        """Do this, in order; say `FileLink.done` or `failed`."""

    def listed(self, receiving: Receiving) -> None:
        """This is offered, and its list complete."""

    def over(self, transfer: Transfer, why: EndOfTransfer) -> None:
        """It has ended."""

    def settled(self, sending: Sending) -> None:
        """Both sides know that it has ended."""

    def changed(self) -> None:
        """What is accepted, and what waits for what, may be another now."""


class FileLink:
    """The transfers with one person, through one conversation after the other, on whatever link
    that has in use; until `begin` nothing is answered."""

    def __init__(self, clock: IReactorTime, user: FileLinkUser) -> None:
        self.streams = Streams(is_host=True)
        self._early: list[FileMessage] | None = []
        """What has come before `begin`."""
        self.is_linked = False
        """Whether there is a link in use."""
        self._clock = clock
        self._talk: ConversationLink | None = None
        self._user = user
        self._most = limits.FIRST_CHUNK
        """Bytes of a chunk."""
        self._full: float | None = None
        """Since when chunks that were sent have not been written."""
        self._turn: IDelayedCall | None = None

    def attach(self, talk: ConversationLink, *, is_host: bool) -> None:
        """There is a conversation, which has no link yet."""
        self.detach()
        self.streams = Streams(is_host=is_host, before=self.streams)
        self._talk, talk.files = talk, self

    def detach(self) -> None:
        """The conversation is over; what is not goes on in the next."""
        talk, self._talk = self._talk, None
        if talk is not None:
            talk.files = None
            self.unlinked()

    def begin(self) -> None:
        """All that was remembered is in `streams`: answer what has come."""
        early, self._early = self._early or [], None
        if self.is_linked:
            self._do(self.streams.opened())
            for message in early:
                self._do(self.streams.receive(message))

    # -- what comes of the disks and of the person

    def give(self, sending: Sending) -> None:
        """Offer this."""
        self._do(self.streams.offer(sending))

    def accept(self, receiving: Receiving, position: Position) -> None:
        """Take this, of which so much is there."""
        self.act(receiving, receiving.accept(position))

    def was_read(self, sending: Sending, read: Read, found: list[Got]) -> None:
        """What was asked for, or why it cannot be read."""
        self._carry_out(self.streams.done(sending, sending.was_read(read, found)))
        if self._turn is None and self._full is None:
            self._send()

    def done(self, receiving: Receiving, results: list[Result]) -> None:
        """The disk has done so many steps; where the last was not right, it does none of the
        others."""
        self._do(self.streams.done(receiving, receiving.done(results)))

    def failed(self, receiving: Receiving, error: OSError) -> None:
        """The disk could not do the next step, and does none of the others."""
        self.act(receiving, receiving.failed(error))

    def act(self, transfer: Transfer, steps: list[Step]) -> None:
        """Whatever else a transfer has decided."""
        self._do(self.streams.done(transfer, steps))
        self._user.changed()

    def first(self, id: bytes) -> None:
        """Take or give this before all others."""
        self._do(self.streams.first(id))

    def limit(self, rate: int | None) -> None:
        """Send so many bytes a second at most; None for any number."""
        self.streams.rate = rate
        self._go_on()

    # -- called by the conversation

    def linked(self) -> None:
        """Another link is in use, or the same anew."""
        self._full, self.is_linked = None, True
        self._most = limits.FIRST_CHUNK
        if self._early is None:
            self._do(self.streams.opened())
        else:
            self._early.clear()
        self._user.changed()

    def unlinked(self) -> None:
        """There is no link in use."""
        self.is_linked = False
        self.streams.closed()
        self._stop()
        self._user.changed()

    def heard(self, message: FileMessage) -> None:
        """One message, on the link in use."""
        if self._early is None:
            self._do(self.streams.receive(message))
            if not isinstance(message, Window):
                self._user.changed()
        elif len(self._early) < 4 * limits.STREAMS:
            self._early.append(message)
        else:
            raise Unexpected

    def passed_over(self, message: FileMessage) -> None:
        """One message, on a link that was left."""
        self.streams.passed_over(message)

    def chunk(self, body: Body) -> None:
        """One chunk, on the link in use."""
        found = self.streams.chunk(body, self._clock.seconds())
        if found:
            self._do(found)

    def room(self) -> None:
        """All is written that was sent on the link in use."""
        if self._full is not None:
            self._fit(fitting(self._most, self._clock.seconds() - self._full))
            self._full = None
        self._stop()
        self._send()

    # -- inside

    def _fit(self, most: int) -> None:
        """Send chunks of so many bytes at most."""
        if most != self._most and self._link is not None:
            self._link.channel.leave_unsent(max(limits.UNSENT, most // 4))
        self._most = most

    @property
    def _link(self) -> PeerLink | None:
        return self._talk.link if self._talk is not None else None

    def _do(self, found: list[Do]) -> None:
        self._carry_out(found)
        self._go_on()

    def _carry_out(self, found: list[Do]) -> None:
        reads: dict[Sending, list[Read]] = {}
        for each in found:
            transfer, step = each.transfer, each.step
            if isinstance(step, Transmit):
                self._transmit(step.message)
            elif isinstance(transfer, Sending) and isinstance(step, Read):
                reads.setdefault(transfer, []).append(step)
            elif transfer is not None and isinstance(step, Over):
                self._user.over(transfer, step.why)
            elif isinstance(transfer, Sending) and isinstance(step, Settled):
                self._user.settled(transfer)
            elif isinstance(transfer, Receiving) and isinstance(step, Listed):
                self._user.listed(transfer)
            elif isinstance(transfer, Receiving) and isinstance(step, DiskStep):
                self._user.to_disk(transfer, step)
        for sending, wanted in reads.items():
            self._user.read(sending, wanted)

    def _transmit(self, message: FileMessage) -> None:
        if (link := self._link) is not None:
            link.send(message)

    def _go_on(self) -> None:
        """Send, in a turn of its own, if there is something and room for it."""
        if self._full is None and self._turn is None and self.streams.has_bulk:
            self._turn = self._clock.callLater(0, self._send)

    def _send(self) -> None:
        """Send one chunk, if there is one and room for it."""
        self._turn = None
        link, now = self._link, self._clock.seconds()
        if link is None:
            return
        if not link.channel.has_room:
            self._full = now
            return
        bulk = self.streams.bulk(self._most, now)
        if bulk is None:
            self._wait()
            return
        if isinstance(bulk.content, list):
            link.send_chunk(bulk.content)
        else:
            link.send(bulk.content)
        self._do([Do(bulk.transfer, step) for step in bulk.transfer.reads()])

    def _wait(self) -> None:
        """Where only the rate forbids to go on, for that."""
        due = self.streams.due
        if due is not None and self._turn is None:
            wait = max(0.0, due - self._clock.seconds())
            self._turn = self._clock.callLater(wait, self._send)

    def _stop(self) -> None:
        turn, self._turn = self._turn, None
        if turn is not None and turn.active():
            turn.cancel()


def fitting(before: int, seconds: float) -> int:
    """Bytes of a chunk, where the kernel has taken so long for one of so many."""
    bytes_in_time = before * limits.TOGETHER_SECONDS / max(seconds, limits.TOGETHER_SECONDS / 2)
    return int(min(max(bytes_in_time, limits.LEAST_CHUNK), MOST))
