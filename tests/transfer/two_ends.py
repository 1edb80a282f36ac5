"""Two ends of transfers without any I/O between them: links that break at any message, disks that
do their work later, and runs that begin anew."""

from collections import deque
from random import Random
from typing import Any

from memory_disks import MemoryLanding, MemorySource
from msgspec.structs import replace

from chatd.transfer import steps as do
from chatd.transfer.disks import Block
from chatd.transfer.packed_list import PackedList, packed
from chatd.transfer.reading import Got, Read
from chatd.transfer.receiving import Receiving
from chatd.transfer.sending import Sending
from chatd.transfer.streams import Do, Streams
from chatd.wire.codes import EndOfTransfer
from chatd.wire.files import Give

ROOM = 65_000


class End:
    """One side: its transfers, its disks, and what it has written that has not arrived."""

    def __init__(self, *, is_host: bool) -> None:
        self.is_host = is_host
        self.streams = Streams(is_host=is_host)
        self.out: deque[Any] = deque()
        self.sources: dict[bytes, MemorySource] = {}
        self.landings: dict[bytes, MemoryLanding] = {}
        self.gives: dict[bytes, tuple[Give, PackedList]] = {}
        self.reads: dict[bytes, deque[Read]] = {}
        self.work: dict[bytes, deque[do.DiskStep]] = {}
        self.ended: dict[bytes, EndOfTransfer] = {}
        self.accepts = True
        self.now = 0.0
        self.most_held = self.flips = 0

    # -- what a person and a disk do

    def give(self, id: bytes, source: MemorySource) -> Sending:
        self.sources[id] = source
        sending = Sending(id, packed(source.entries()))
        self.do(self.streams.offer(sending))
        return sending

    def read_some(self, id: bytes) -> None:
        """The giver's disk does what it was asked for first."""
        sending = self.streams.sendings.get(id)
        read = self.reads[id].popleft()
        if sending is None:
            return
        found = [self._damaged(got) for got in read.carry_out(self.sources[id])]
        self.do(self.streams.done(sending, sending.was_read(read, found)))

    def _damaged(self, block: Got) -> Got:
        """With a byte that flipped after it was read, where one is to."""
        if not self.flips or not isinstance(block, Block) or not block.data:
            return block
        self.flips -= 1
        data = bytearray(block.data)
        data[len(data) // 2] ^= 1
        return replace(block, data=bytes(data))

    def write_some(self, id: bytes, count: int) -> None:
        """The taker's disk does so many steps."""
        receiving = self.transfer(id)
        results: list[Any] = []
        error: OSError | None = None
        work = self.work[id]
        while work and len(results) < count:
            try:
                results.append(work.popleft().carry_out(self.landings[id]))
            except OSError as caught:
                error = caught
            if error is not None or results[-1:] == [False]:
                work.clear()
                break
        if receiving is None:
            return
        steps = receiving.done(results) if results else []
        found = self.streams.done(receiving, steps)
        if error is not None:
            found += self.streams.done(receiving, receiving.failed(error))
        self.do(found)

    def transfer(self, id: bytes) -> Receiving | None:
        return self.streams.receivings.get(id) or self._ending.get(id)

    # -- what the machines want

    _ending: dict[bytes, Receiving]

    def do(self, found: list[Do]) -> None:
        if not hasattr(self, "_ending"):
            self._ending = {}
        for each in found:
            transfer, step = each.transfer, each.step
            match step:
                case do.Transmit(message):
                    self.out.append(message)
                case Read():
                    assert transfer is not None
                    self.reads.setdefault(transfer.id, deque()).append(step)
                case do.Over(why):
                    assert transfer is not None
                    self.ended[transfer.id] = why
                    if isinstance(transfer, Receiving):
                        self._ending[transfer.id] = transfer
                case do.Settled():
                    assert isinstance(transfer, Sending)
                case do.Listed():
                    assert isinstance(transfer, Receiving)
                    if self.accepts:
                        self.accept(transfer)
                case _:
                    assert transfer is not None
                    self.work.setdefault(transfer.id, deque()).append(step)
        held = sum(each.outstanding for each in self.streams.receivings.values())
        self.most_held = max(self.most_held, held)

    def accept(self, receiving: Receiving) -> None:
        landing = self.landings.setdefault(receiving.id, MemoryLanding())
        self.gives[receiving.id] = receiving.give, receiving.entries
        steps = receiving.accept(landing.position())
        self.do(self.streams.done(receiving, steps))

    def pump(self, most: int = 1) -> None:
        """Send what is sent where nothing else waits."""
        for _ in range(most):
            bulk = self.streams.bulk(ROOM, self.now)
            if bulk is None:
                return
            content = bulk.content
            self.out.append(b"".join(content) if isinstance(content, list) else content)
            self.do([Do(bulk.transfer, step) for step in bulk.transfer.reads()])

    def hear(self, what: Any) -> None:
        if isinstance(what, bytes):
            self.do(self.streams.chunk(what, self.now))
        else:
            self.do(self.streams.receive(what))

    # -- links and runs

    def open(self) -> None:
        self.out.clear()
        self.do(self.streams.opened())

    def close(self) -> None:
        self.streams.closed()

    def meet_again(self) -> None:
        """The other's program was started again: there is another conversation."""
        self.streams.closed()
        self.streams = Streams(is_host=self.is_host, before=self.streams)

    def crash(self) -> None:
        """The program is killed and started again: it has what its disks have."""
        before = self.streams
        self.streams = Streams(is_host=self.is_host)
        self.streams.ends.update(before.ends)
        self.reads.clear()
        self.work.clear()
        for id, landing in self.landings.items():
            landing.crash()
            if id in self.ended or id not in self.gives:
                continue
            give, entries = self.gives[id]
            self.streams.restore(Receiving(give, entries, landing.position()))
        for id in self.sources:
            if id not in self.ended:
                self.streams.offer(Sending(id, before.sendings[id].entries))


class TwoEnds:
    """A giver and a taker, and the link between them; every choice comes from `random`."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.giver, self.taker = End(is_host=True), End(is_host=False)
        self.is_linked = False

    def link(self) -> None:
        self.cut()
        for end in (self.giver, self.taker):
            end.open()
        self.is_linked = True

    def cut(self) -> None:
        """Everything that is on its way is lost."""
        for end in (self.giver, self.taker):
            end.close()
            end.out.clear()
        self.is_linked = False

    def step(self) -> bool:
        """Something that may happen does; False where nothing can."""
        choices: list[Any] = []
        if self.is_linked:
            for end, other in ((self.giver, self.taker), (self.taker, self.giver)):
                if end.out:
                    choices += [lambda e=end, o=other: self._deliver(e, o)] * 3
            if len(self.giver.out) < 8 and any(
                each.has_bulk for each in self.giver.streams.sendings.values()
            ):
                choices.append(lambda: self.giver.pump(self.random.randint(1, 8)))
        for id, reads in self.giver.reads.items():
            if reads:
                choices.append(lambda id=id: self.giver.read_some(id))
        for id, work in self.taker.work.items():
            if work:
                choices.append(lambda id=id: self.taker.write_some(id, self.random.randint(1, 9)))
        if not choices:
            return False
        self.taker.now += self.random.random() / 10
        self.random.choice(choices)()
        return True

    def _deliver(self, end: End, other: End) -> None:
        other.hear(end.out.popleft())

    def run(self, most: int = 100_000) -> None:
        """Until nothing can happen any more."""
        for _ in range(most):
            if not self.step():
                return
        raise AssertionError("it goes on for ever")
