"""Two sides, a few links, and everything that can happen to them.

A link is FIFO in both directions. Once it is broken, or its other end is closed, nothing more can
be put on it, and its reader may at each moment read on or see the end: so every suffix of what was
on its way can be lost, in each direction by itself, and each side notices at its own time.
Slots of links are used again without a limit; breaks, false alarms, texts, pings in silence,
renewals and leaving have a budget each.
"""

from dataclasses import dataclass, field, replace

from peer.explorer.sides import NOW, Fault, guest, host, sent

from chatd.errors import Unexpected
from chatd.peer.taking import Ask, HangUp, Take, Use

GUEST, HOST = 0, 1
FREE, OPENING, READY, LIVE = range(4)  # READY: the guest has read m2; LIVE: it has sent m3


@dataclass(frozen=True)
class Slot:
    """What the machines know of a link."""

    index: int
    rank: int
    round_trip: float = 0.0


@dataclass
class Link:
    """A slot with what is on its way in it: `queues` by who reads."""

    phase: int = FREE
    broken: bool = False
    up: list = field(default_factory=lambda: [False, False])
    queues: list = field(default_factory=lambda: [[], []])
    is_left: bool = False
    renewing: bool = False
    switching: bool = False
    secrets: list = field(default_factory=lambda: [0, 0])

    def copy(self):
        return Link(
            self.phase,
            self.broken,
            self.up[:],
            [q[:] for q in self.queues],
            self.is_left,
            self.renewing,
            self.switching,
            self.secrets[:],
        )


@dataclass(frozen=True)
class Budget:
    """How often each may happen that need not."""

    breaks: int = 1
    false: int = 0
    late: int = 0
    """How many answers may come too late, on links that nobody takes for dead."""
    pings: int = 0
    renewals: int = 0
    leaving: tuple = ()
    """Who may leave."""
    closings: int = 0
    """How many of the first introductions may be given up."""


class State:
    """One state of the whole; it is copied before it is changed."""

    def __init__(self, rules):
        self.rules = rules
        self.links = [Link() for _ in rules.slots]
        self.sides = [guest(*rules.guest), host(*rules.host)]
        self.budget = rules.budget
        self.ended = 0
        self.next_secret = 1
        self.farewell_may_be_lost = False

    def copy(self):
        other = object.__new__(State)
        other.rules, other.budget, other.ended = self.rules, self.budget, self.ended
        other.next_secret = self.next_secret
        other.farewell_may_be_lost = self.farewell_may_be_lost
        other.links = [link.copy() for link in self.links]
        other.sides = [side.copy() for side in self.sides]
        return other

    def spend(self, name):
        self.budget = replace(self.budget, **{name: getattr(self.budget, name) - 1})

    # -- links

    def in_use(self, side):
        """The index of the link in use, or None."""
        slot = self.sides[side].taking.in_use
        return None if slot is None else slot.index

    def dying(self, i, side):
        return self.links[i].broken or not self.links[i].up[1 - side]

    def is_under_way(self, i):
        """Whether something is to be read there, or an end to be seen."""
        link = self.links[i]
        seen = [link.up[side] and self.dying(i, side) for side in (GUEST, HOST)]
        return link.phase == LIVE and any([*link.queues, *seen])

    def post(self, i, side, *messages):
        """What this side says on a link."""
        if not self.dying(i, side):
            self.links[i].queues[1 - side].extend(messages)

    def transmit(self, side, messages):
        """What this side says on the link in use, if there is one."""
        i = self.in_use(side)
        if i is not None:
            self.post(i, side, *messages)

    def shut(self, i, side):
        """This end of a link is no more."""
        link = self.links[i]
        link.up[side], link.queues[side] = False, []
        if not any(link.up):
            self.links[i] = Link()

    def hang_up(self, i):
        """The guest ends what it has not finished: the host never knew whose link it was."""
        self.shut(i, GUEST)
        if self.links[i].phase != FREE:
            self.shut(i, HOST)

    # -- what the machines decide

    def close(self, i, side):
        """An end is seen, or made: its owner is told."""
        slot = self.rules.slots[i]
        self.shut(i, side)
        steps = self.sides[side].taking.ended(slot, NOW)
        if side == GUEST:
            self.choose(steps)

    def choose(self, steps):
        """The guest's steps."""
        for step in steps:
            match step:
                case Take(slot, number):
                    self.take(slot.index, number)
                case Ask():
                    self.transmit(GUEST, sent(self.sides[GUEST].conversation.ask(NOW)))
                case HangUp(slot):
                    i = slot.index
                    self.hang_up(i) if self.links[i].phase < LIVE else self.shut(i, GUEST)

    def take(self, i, number):
        side, link = self.sides[GUEST], self.links[i]
        is_fresh = link.phase != LIVE
        side.is_fresh = is_fresh or self.rules.always_fresh
        if is_fresh:
            link.phase = LIVE
            link.secrets = [self.next_secret, self.next_secret]
            self.next_secret += 1
        link.is_left = False
        for slot in side.taking.left:
            self.leave(slot.index)
        self.post(i, GUEST, ("take", number, side.conversation.received))
        side.secrets.add(link.secrets[GUEST])
        self.post(i, GUEST, *sent(side.conversation.took(NOW)))
        for j, other in enumerate(self.links):
            if j != i and other.phase in (OPENING, READY) and self.rules.hangs_up(i, j):
                self.hang_up(j)

    def leave(self, i):
        self.links[i].is_left = True
        if self.links[i].renewing and self.links[i].up[GUEST]:
            self.close(i, GUEST)

    def taken(self, i, number, received):
        side = self.sides[HOST]
        try:
            steps = side.taking.took(self.rules.slots[i], number)
        except Unexpected as error:
            raise Fault(f"take {number} on {i}") from error
        for step in steps:
            match step:
                case HangUp(slot):
                    self.shut(slot.index, HOST)
                case Use(_):
                    side.secrets.add(self.links[i].secrets[HOST])
                    try:
                        self.post(i, HOST, *sent(side.conversation.taken(received, NOW)))
                    except Unexpected as error:
                        raise Fault(f"received {received}") from error

    # -- what is read

    def read(self, i, side):
        link = self.links[i]
        message = link.queues[side].pop(0)
        match message:
            case ("close",):
                self.over(side)
            case ("take", number, received):
                self.taken(i, number, received)
            case (("m1" | "m2" | "m3" | "switched"), *_):
                if not link.is_left:
                    self.renew(i, side, message)
            case _:
                self.hear(i, side, message)
        return message

    def hear(self, i, side, message):
        me, is_left = self.sides[side], self.in_use(side) != i
        if side == HOST and is_left:
            raise Fault(f"{message} on a link that the host does not use")
        if side == GUEST and not is_left:
            me.taking.heard()
            if me.is_fresh and not self.links[i].switching and len(me.secrets.kept) > 1:
                me.secrets.answered()
        answer, ping = self.take_in(side, message, is_left=is_left)
        self.transmit(side, answer)
        if ping and side == GUEST:
            self.choose(me.taking.answered(ping))

    def take_in(self, side, message, *, is_left):
        """What the conversation says to a message; as `Side.read`."""
        return self.sides[side].read(message, is_left=is_left)

    def renew(self, i, side, message):
        link, me = self.links[i], self.sides[side]
        match message:
            case ("m1",):
                self.post(i, HOST, ("m2",))
            case ("m2",):
                link.secrets[GUEST] = self.next_secret
                self.next_secret += 1
                link.switching = True
                if self.in_use(GUEST) == i:
                    me.secrets.add(link.secrets[GUEST])
                self.post(i, GUEST, ("m3", link.secrets[GUEST]))
            case ("m3", secret):
                link.secrets[HOST] = secret
                if self.in_use(HOST) == i:
                    me.secrets.add(secret)
                self.post(i, HOST, ("switched",))
            case ("switched",):
                link.renewing = link.switching = False

    def over(self, side):
        """The conversation is over for this side, and so are all its ends."""
        self.sides[side].is_over = True
        for i, link in enumerate(self.links):
            if link.phase in (OPENING, READY):
                self.hang_up(i)
            elif link.up[side]:
                self.shut(i, side)
        self.sides[side].taking.in_use = None
