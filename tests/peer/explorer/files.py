"""Files beside the texts of the explorer: each side gives one, on whatever links there are."""

from memory_disks import File, MemorySource
from peer.explorer.sides import NOW, Fault
from peer.explorer.world import GUEST, HOST, State
from two_ends import End

from chatd import limits
from chatd.errors import RemoteProtocolError


class WithFiles(State):
    """A state in which both sides give a file; it is walked through, and never copied."""

    def __init__(self, rules, random):
        self.files = [End(is_host=False), End(is_host=True)]
        super().__init__(rules)
        self.random = random
        for side, end in enumerate(self.files):
            size = random.randint(0, 4 * limits.BLOCK)
            end.give(_id(side), MemorySource([File(random.randbytes(size))]))

    def disks(self):
        """What the disks can do: (label, what it does)."""
        for side, end in enumerate(self.files):
            for id, reads in end.reads.items():
                if reads:
                    yield f"{side} reads from its disk", lambda _, e=end, id=id: e.read_some(id)
            for id, work in end.work.items():
                if work:
                    yield f"{side} writes", lambda _, e=end, id=id: e.write_some(id, 3)

    def flush(self):
        """Everything that a side has to say of files is said."""
        for side, end in enumerate(self.files):
            if self.in_use(side) is not None:
                end.pump(100)
            messages = [("file", what) for what in end.out]
            end.out.clear()
            self.transmit(side, messages)

    @property
    def is_whole(self):
        """Whether both files have arrived, and both sides know it."""
        return all(self._is_there(side) for side in (GUEST, HOST))

    def _is_there(self, side):
        giver, taker, id = self.files[side], self.files[1 - side], _id(side)
        landing, source = taker.landings.get(id), giver.sources[id]
        is_done = giver.ended.get(id) == taker.ended.get(id) == "done"
        return is_done and landing.durable[0].whole == source.files[0].data

    # -- what links do to them

    def take(self, i, number):
        super().take(i, number)
        self.files[GUEST].open()
        self.flush()

    def taken(self, i, number, received):
        before = self.sides[HOST].taking.number
        super().taken(i, number, received)
        if self.sides[HOST].taking.number != before:
            self.files[HOST].open()

    def close(self, i, side):
        super().close(i, side)
        if self.in_use(side) is None:
            self.files[side].close()

    def take_in(self, side, message, *, is_left):
        if message[0] != "file":
            return super().take_in(side, message, is_left=is_left)
        end, what = self.files[side], message[1]
        try:
            if not is_left:
                self.sides[side].conversation.heard(NOW)
                end.hear(what)
            elif not isinstance(what, bytes):
                end.streams.passed_over(what)
        except RemoteProtocolError as error:
            raise Fault(f"{what} is {error.code}") from error
        return [], 0


def _id(side):
    return bytes([side]) * 16


def walk(rules, random, most=20_000):
    """One run to its end, in which what can happen happens at random; the labels, and the end."""
    state, labels = WithFiles(rules, random), []
    for _ in range(most):
        choices = [*rules.events(state), *state.disks()]
        if not choices:
            return labels, state
        label, change = random.choice(choices)
        labels.append(label)
        change(state)
        state.flush()
        rules.check(state)
    raise AssertionError("it goes on for ever")
