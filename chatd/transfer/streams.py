"""All transfers of one conversation, in both directions: their numbers on a link, their shares and
their turns (protocol, "Transfers" and "Windows"). Pure decisions: each event returns what to do;
`now` is in seconds of any clock."""

from collections import OrderedDict, deque
from collections.abc import Iterator

from msgspec import Struct

from chatd import limits
from chatd.errors import Unexpected
from chatd.transfer.disks import Buffer
from chatd.transfer.receiving import Receiving
from chatd.transfer.sending import Sending
from chatd.transfer.steps import Settled, Step, Transmit
from chatd.wire.chunk import read_head
from chatd.wire.codec import Body
from chatd.wire.codes import EndOfTransfer
from chatd.wire.files import Blocks, End, FileMessage, First, From, Give, List, Listed, Window

Transfer = Sending | Receiving


class Do(Struct, frozen=True):
    """What one transfer wants done; None for `transfer` where there is none any more."""

    transfer: Transfer | None
    step: Step


class Bulk(Struct, frozen=True):
    """What is sent where nothing else waits: a message, or a chunk in parts."""

    transfer: Sending
    content: Listed | list[Buffer]
    size: int
    """In bytes."""


class Streams:
    """The transfers with one other side, on one link of a conversation after the other; what an
    earlier conversation had `before` goes on."""

    def __init__(self, *, is_host: bool, before: "Streams | None" = None) -> None:
        self._ours, self._theirs = (1, 2) if is_host else (2, 1)
        self.ends: OrderedDict[bytes, EndOfTransfer] = before.ends if before else OrderedDict()
        """How the last ones have ended that we took or were to take, by their ids."""
        self.sendings: dict[bytes, Sending] = before.sendings if before else {}
        self.receivings: dict[bytes, Receiving] = before.receivings if before else {}
        self._next_ours, self._next_theirs = self._ours, self._theirs
        self._given: dict[int, Sending] = {}
        self._got: dict[int, Receiving] = {}
        """What is open on the link, by its number."""
        self._turns: deque[Sending] = deque()
        self._first: Sending | None = before._first if before else None
        """What our person wants to go before all else that we give."""
        self._is_open = False
        self.rate: int | None = before.rate if before else None
        """Bytes a second that may be sent; None for any number."""
        self._due: float = before._due if before else 0.0

    # -- links

    def opened(self) -> list[Do]:
        """Another link is in use."""
        self.closed()
        self._is_open = True
        return self._give_more()

    def closed(self) -> None:
        """There is no link in use."""
        self._is_open = False
        self._given.clear()
        self._got.clear()
        self._turns.clear()
        everything: list[Transfer] = [*self.sendings.values(), *self.receivings.values()]
        for transfer in everything:
            transfer.close()

    # -- our side

    def offer(self, sending: Sending) -> list[Do]:
        """There is something more to give."""
        self.sendings[sending.id] = sending
        return self._give_more()

    def restore(self, receiving: Receiving) -> None:
        """Something that was accepted in an earlier run, before there is a link."""
        self.receivings[receiving.id] = receiving

    def done(self, transfer: Transfer, steps: list[Step]) -> list[Do]:
        """What has come of something that was done with a transfer."""
        found: list[Do] = []
        for step in steps:
            found.append(Do(transfer, step))
        return [*found, *self._settle(transfer), *self._allot()]

    def first(self, id: bytes) -> list[Do]:
        """What is taken with this id has its share before all others, and what is given goes before
        them."""
        if (sending := self.sendings.get(id)) is not None:
            self._first = sending
            self.sendings = {id: sending, **self.sendings}
            return [
                Do(each, Transmit(First(number)))
                for number, each in self._given.items()
                if each is sending
            ]
        if (receiving := self.receivings.get(id)) is not None:
            self.receivings = {id: receiving, **self.receivings}
        return self._allot()

    # -- the other side

    def receive(self, message: FileMessage) -> list[Do]:
        """One message; raises `RemoteProtocolError`."""
        if isinstance(message, Give):
            return self._receive_give(message)
        number = message.stream
        is_ours = number % 2 == self._ours % 2
        if number >= (self._next_ours if is_ours else self._next_theirs):
            raise Unexpected
        match message:
            case List() | From() | Window() | Blocks():
                if not is_ours:
                    raise Unexpected
            case Listed() | First():
                if is_ours:
                    raise Unexpected
        transfer: Transfer | None = (self._given if is_ours else self._got).get(number)
        if transfer is None:
            return []
        if isinstance(message, First):
            return self.first(transfer.id)
        return self.done(transfer, transfer.receive(message))  # type: ignore[arg-type]

    def passed_over(self, message: FileMessage) -> None:
        """A message on a link that was left: what it gives, it gives there in vain."""
        if isinstance(message, Give) and message.stream % 2 == self._theirs % 2:
            self._next_theirs = max(self._next_theirs, message.stream + 2)

    def chunk(self, body: Body, now: float) -> list[Do]:
        """One chunk; raises `RemoteProtocolError`."""
        number, run = read_head(body)
        if number % 2 != self._theirs % 2 or not 0 < number < self._next_theirs:
            raise Unexpected
        receiving = self._got.get(number)
        if receiving is None:
            return []
        steps = receiving.chunk(run, body, now)
        if receiving.over is not None or not receiving.has_share:
            return self.done(receiving, steps)
        return [Do(receiving, step) for step in steps]

    # -- what is sent where nothing else waits

    def bulk(self, room: int, now: float) -> Bulk | None:
        """The next of it, of at most `room` bytes; None where there is none now."""
        if self.rate is not None and now < self._due:
            return None
        for sending in self._in_turn():
            if sending.has_bulk and (content := sending.bulk(room)):
                return Bulk(sending, content, self._count(content, now))
        return None

    @property
    def has_bulk(self) -> bool:
        """Whether `bulk` has something."""
        return any(each.has_bulk for each in self._turns)

    @property
    def due(self) -> float | None:
        """When there may be more, where only the rate forbids it."""
        return self._due if self.rate is not None and self.has_bulk else None

    # -- inside

    def _in_turn(self) -> Iterator[Sending]:
        if self._first is not None:
            yield self._first
        for _ in range(len(self._turns)):
            self._turns.rotate(-1)
            yield self._turns[-1]

    def _count(self, content: Listed | list[Buffer], now: float) -> int:
        if isinstance(content, Listed):
            return len(content.piece)
        size = sum(map(len, content))
        if self.rate is not None:
            self._due = max(self._due, now) + size / self.rate
        return size

    def _give_more(self) -> list[Do]:
        found: list[Do] = []
        open_now = list(self._given.values())
        for sending in self.sendings.values():
            if not self._is_open or len(self._given) >= limits.STREAMS:
                break
            if sending in open_now or sending.is_settled:
                continue
            self._given[self._next_ours] = sending
            found += [Do(sending, step) for step in sending.open(self._next_ours)]
            if sending is self._first:
                found.append(Do(sending, Transmit(First(self._next_ours))))
            self._next_ours += 2
            self._turns.append(sending)
        return found

    def _receive_give(self, give: Give) -> list[Do]:
        if give.stream % 2 != self._theirs % 2 or len(self._got) >= limits.STREAMS:
            raise Unexpected
        if give.stream < self._next_theirs:
            return []  # it was given anew on another link, of which we have read before
        self._next_theirs = give.stream + 2
        known = self.receivings.get(give.id)
        if known is None and (why := self._refusal(give)) is not None:
            return [Do(None, Transmit(End(give.stream, why)))]
        # One that was given on this link before it was left and taken again is given anew.
        self._got = {each: one for each, one in self._got.items() if one is not known}
        receiving = known or Receiving(give)
        self._got[give.stream] = self.receivings[give.id] = receiving
        steps = receiving.open(give)
        return self.done(receiving, [*steps, *receiving.ask_for_list()])

    def _refusal(self, give: Give) -> EndOfTransfer | None:
        """Why nothing is to be known of what is given, if so."""
        if give.id in self.ends:
            return self.ends[give.id]
        there = sum(each.give.length for each in self.receivings.values())
        is_much = len(self.receivings) >= limits.STREAMS or there + give.length > limits.LISTS
        return "too-many" if is_much else None

    def _settle(self, transfer: Transfer) -> list[Do]:
        """Forget what both know to have ended."""
        if isinstance(transfer, Receiving):
            self._settle_receiving(transfer)
            return []
        if not transfer.is_settled:
            return []
        self.sendings.pop(transfer.id, None)
        self._first = None if self._first is transfer else self._first
        self._given = {each: one for each, one in self._given.items() if one is not transfer}
        self._turns = deque(each for each in self._turns if each is not transfer)
        return [Do(transfer, Settled()), *self._give_more()]

    def _settle_receiving(self, receiving: Receiving) -> None:
        if receiving.over is None:
            return
        self._remember(receiving.id, receiving.over)
        if receiving.is_idle:
            self.receivings.pop(receiving.id, None)
        if receiving.is_settled:
            self._got = {each: one for each, one in self._got.items() if one is not receiving}

    def _remember(self, id: bytes, why: EndOfTransfer) -> None:
        if why != "too-many":
            self.ends[id] = why
            while len(self.ends) > limits.TRANSFERS_ENDED:
                self.ends.popitem(last=False)

    def _allot(self) -> list[Do]:
        """Give the first that go on a share each, as soon as others have left it."""
        going = [each for each in self.receivings.values() if each.wants_share]
        found: list[Do] = []
        for each in going[limits.STREAMS_AT_ONCE :]:
            found += [Do(each, step) for step in each.share(0)]
        for each in going[: limits.STREAMS_AT_ONCE]:
            if each.has_share:
                continue
            taken = sum(other.outstanding for other in self.receivings.values())
            if taken + limits.WINDOW // limits.STREAMS_AT_ONCE <= limits.WINDOW:
                found += [
                    Do(each, step) for step in each.share(limits.WINDOW // limits.STREAMS_AT_ONCE)
                ]
        return found
