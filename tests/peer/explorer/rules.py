"""What can happen in a state, and what must hold in it."""

from peer.explorer.sides import NOW, Fault, sent
from peer.explorer.world import FREE, GUEST, HOST, OPENING, READY, Budget, Link, Slot

from chatd.peer.conversation import Conversation
from chatd.peer.resume_secrets import ResumeSecrets
from chatd.peer.taking import GuestTaking, HostTaking


class Rules:
    """`kinds` of the slots (0 relayed, 1 direct), texts of guest and host, who notices the end of a
    broken link without having asked for anything, which introduction each slot is of, whether a
    side looks for a link beside one that it only suspects, whether a host that is interrupted
    `asks` with its secret, whether a guest takes what it hears on a link that it went back to
    for an answer, and whether nothing is under way for `LINK_SECONDS`: what was left is let go of
    when all has come."""

    def __init__(
        self,
        kinds=(1, 1),
        texts=(1, 1),
        *,
        notices=(GUEST, HOST),
        introductions=(),
        beside=False,
        asks=True,
        always_fresh=False,
        swift=False,
        guest=(GuestTaking, Conversation, ResumeSecrets),
        host=(HostTaking, Conversation, ResumeSecrets),
        **budget,
    ):
        self.kinds, self.texts, self.notices = kinds, texts, notices
        self.slots = [Slot(i, kind) for i, kind in enumerate(kinds)]
        self.introductions = introductions or (0,) * len(kinds)
        self.beside, self.asks, self.always_fresh = beside, asks, always_fresh
        self.swift = swift
        self.guest, self.host = guest, host
        self.budget = Budget(**budget)

    def hangs_up(self, i, j):
        """Whether the guest hangs up on an unfinished connection j when it takes link i."""
        return True

    def steps(self, state):
        """All (label, next state); a `Fault` is raised through."""
        for label, change in self.events(state):
            following = state.copy()
            change(following)
            self.check(following)
            yield label, following

    def check(self, state):
        """The host asks, when interrupted, with a secret that the guest has; and where no link
        breaks, and none is taken for dead, a guest that had one always has one."""
        guest, host = state.sides
        if self.swift and guest.taking.number and guest.taking.in_use is None:
            raise Fault("the guest has no link, and none is broken")
        if (
            self.asks
            and not guest.is_over
            and not set(host.secrets.kept) <= set(guest.secrets.kept)
        ):
            raise Fault("the guest has forgotten the host's secret")

    def events(self, s):
        """All (label, what it does to a copy)."""
        for side in (GUEST, HOST):
            yield from self.by_people(s, side)
        yield from self.dialling(s)
        for i, link in enumerate(s.links):
            if link.phase == OPENING:
                yield f"m2 on {i}", lambda t, i=i: self.ready(t, i)
                yield from self.in_doubt(s, i)
            if link.phase != FREE and not link.broken and s.budget.breaks:
                yield f"break {i}", lambda t, i=i: self.break_(t, i)
            if link.phase >= READY:
                for side in (GUEST, HOST):
                    if link.up[side]:
                        yield from self.at_an_end(s, i, side)
        yield from self.timers(s)

    def in_doubt(self, s, i):
        """The same, while a question of the guest's is without an answer for some time."""
        used = s.in_use(GUEST)
        if used is None or not s.sides[GUEST].has_question:
            return
        if s.dying(used, GUEST):
            yield f"m2 on {i}, in doubt", lambda t: self.ready(t, i, in_doubt=True)
        elif s.budget.false:
            yield f"m2 on {i}, in doubt for nothing", lambda t: self.ready(t, i, "false", True)

    def by_people(self, s, side):
        me = s.sides[side]
        if me.is_over:
            return
        if me.said < self.texts[side]:
            yield f"{side} says", lambda t: t.transmit(side, t.sides[side].say())
        if s.budget.pings and s.in_use(side) is not None:
            yield f"{side} pings in silence", lambda t: self.ping(t, side)
        if side in s.budget.leaving:
            yield f"{side} leaves", lambda t: self.leave(t, side)

    def dialling(self, s):
        if any(side.is_over for side in s.sides):
            return
        tried = set()
        for i, link in enumerate(s.links):
            what = self.kinds[i], self.introductions[i]
            if link.phase != FREE or what in tried or self.introductions[i] < s.ended:
                continue
            if self.wanted(s, i):
                tried.add(what)
                yield f"dial {i}", lambda t, i=i: self.dial(t, i)
            elif self.beside and s.budget.false:
                tried.add(what)
                yield f"dial {i} for nothing", lambda t, i=i: self.dial(t, i, "false")
        if s.ended < s.budget.closings:
            yield f"introduction {s.ended} ends for nothing", self.end_introduction

    def at_an_end(self, s, i, side):
        link = s.links[i]
        if link.queues[side]:
            yield f"{side} reads on {i}: {link.queues[side][0]}", lambda t: t.read(i, side)
        if s.dying(i, side) and self.sees_the_end(s, i, side):
            yield f"{side} sees the end of {i}", lambda t: t.close(i, side)
        elif s.budget.false and s.in_use(side) == i:
            yield f"{side} gives up {i} for nothing", lambda t: self.give_up(t, i, side)
        if side == GUEST and s.budget.renewals and s.in_use(GUEST) == i and not link.renewing:
            yield f"renewal on {i} for nothing", lambda t: self.renew(t, i)

    def timers(self, s):
        guest = s.sides[GUEST].taking
        used = s.in_use(GUEST)
        may_fire = guest._waiting or (guest._unanswered is not None and guest._answering)
        if may_fire and used is not None:
            if s.dying(used, GUEST):
                yield (
                    f"no answer on {used}",
                    lambda t: t.choose(t.sides[GUEST].taking.no_answer(NOW)),
                )
            elif s.budget.false:
                yield f"answer on {used} too slow", self.too_slow
            elif s.budget.late:
                yield f"answer on {used} too slow", lambda t: self.too_slow(t, "late")
        if self.swift and any(s.is_under_way(i) for i in range(len(s.links))):
            return
        for slot in guest.left:
            yield (
                f"guest lets go of {slot.index}",
                lambda t, slot=slot: t.choose(t.sides[GUEST].taking.let_go(slot)),
            )

    def sees_the_end(self, s, i, side):
        """Of a silent death only who waits for an answer learns; a closed end tells both."""
        is_told = not s.links[i].broken or side in self.notices or s.in_use(side) != i
        return is_told or s.sides[side].has_question

    def wanted(self, s, i):
        """Whether one of the two looks for such a link."""
        used = [s.in_use(side) for side in (GUEST, HOST)]
        return any(each is None or self.kinds[i] > self.kinds[each] for each in used)

    # -- what happens

    def ready(self, t, i, budget="", in_doubt=False):
        if budget:
            t.spend(budget)
        t.links[i].phase = READY
        guest = t.sides[GUEST]
        ping = guest.conversation.next_ping
        t.choose(guest.taking.ready(self.slots[i], ping, NOW, in_doubt=in_doubt))

    def break_(self, t, i):
        t.spend("breaks")
        if t.links[i].phase == OPENING:
            t.links[i] = Link()
        else:
            t.links[i].broken = True

    def dial(self, t, i, budget=""):
        if budget:
            t.spend(budget)
        t.links[i] = Link(OPENING, up=[True, True])

    def ping(self, t, side):
        t.spend("pings")
        t.transmit(side, sent(t.sides[side].conversation.ask(NOW)))

    def give_up(self, t, i, side):
        t.spend("false")
        t.close(i, side)

    def no_answer(self, t):
        t.choose(t.sides[GUEST].taking.no_answer(NOW))

    def too_slow(self, t, budget="false"):
        t.spend(budget)
        self.no_answer(t)

    def renew(self, t, i):
        t.spend("renewals")
        t.links[i].renewing = True
        t.post(i, GUEST, ("m1",))

    def leave(self, t, side):
        used = t.in_use(side)
        left = t.sides[GUEST].taking.left if side == GUEST else []
        said_on = [*([] if used is None else [used]), *(slot.index for slot in left)]
        for i in said_on:
            t.post(i, side, ("close",))
        t.farewell_may_be_lost |= used is None
        t.over(side)

    def end_introduction(self, t):
        """Its unfinished connections vanish, and nobody is dialled under it."""
        for i, link in enumerate(t.links):
            if self.introductions[i] == t.ended and link.phase in (OPENING, READY):
                t.hang_up(i)
                t.sides[GUEST].taking.ended(self.slots[i], NOW)
        t.ended += 1

    # -- what an end must be

    def good(self, s):
        """What a state must be in which nothing more can happen."""
        guest, host = s.sides
        if guest.is_over or host.is_over:
            lost = (
                s.farewell_may_be_lost
                or s.budget.breaks < self.budget.breaks
                or (s.budget.false < self.budget.false)
            )
            return (guest.is_over and host.is_over) or lost
        i = s.in_use(GUEST)
        return (
            i is not None
            and i == s.in_use(HOST)
            and not s.dying(i, GUEST)
            and not s.dying(i, HOST)
            and self.kinds[i] == max(self.kinds)
            and guest.said == guest.delivered == host.conversation.received
            and host.said == host.delivered == guest.conversation.received
        )
