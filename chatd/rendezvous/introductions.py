"""Who asks whom for an introduction, and what follows (protocol.md, "Introductions").

Every event is given the key of the session that it comes from, and `now` in seconds, and returns
what is to be done, in that order. An event of someone who is not here does nothing: it crossed
the end of the session.
"""

from collections.abc import Callable
from math import ceil

from chatd import addresses, limits
from chatd.addresses import Candidate
from chatd.errors import LocalProtocolError, Unexpected
from chatd.rendezvous.cooldown import Cooldown
from chatd.rendezvous.directory import canonical
from chatd.rendezvous.effects import Effect, Part, Send
from chatd.rendezvous.holds import Holds, unforeseen
from chatd.rendezvous.introduction import Introduction, Side, go
from chatd.rendezvous.patience import Patience
from chatd.rendezvous.presence import Person, Presence
from chatd.rendezvous.refusals import Denied, NotNow, SlowDown, TooManyRequests, Yourself
from chatd.rendezvous.register import Register
from chatd.rendezvous.tickets import no_tickets
from chatd.rendezvous.withdrawing import Withdrawing
from chatd.sources import Source, Sources
from chatd.wire.server import (
    Accepted,
    Asked,
    Candidates,
    Declining,
    Ended,
    Ending,
    Refused,
    Relay,
    Requested,
)
from chatd.wire.ticket import GUEST, HOST

_BY_A_PROGRAM: tuple[Ending, ...] = ("over", "restarted", "no-port")
"""Why a program declines, so that nobody was bothered, and nobody is to be kept from asking."""


class Introductions:
    """The people who are here, and the introductions that are OPEN or ACCEPTED among them.

    `random_bytes(n)` gives ids; `holder(name)` is the key that a name is bound to, present or
    not; `relay(id, key, side)` is a place at the relay for one side; `ended` is told how an
    introduction ended, and how many seconds after it was asked for. An open request is delivered as
    soon as someone is here who uses the name and is free. Whoever is in an ACCEPTED introduction
    is locked: not free, and told of no new request.
    """

    def __init__(
        self,
        random_bytes: Callable[[int], bytes],
        holder: Callable[[str], bytes | None],
        relay: Callable[[bytes, bytes, int], Relay | None] = no_tickets,
        uniform: Callable[[float, float], float] = unforeseen,
        most_holds: int = limits.HOLDS_PER_CLIENT * limits.MAX_CLIENTS,
        ended: Callable[[str, float], None] = lambda outcome, seconds: None,
    ) -> None:
        self._report = ended
        self._holder = holder
        self._relay = relay
        self._present = Presence()
        self._register = Register(random_bytes)
        # A key, and the name under which someone declined its request.
        self._declined: Cooldown[tuple[bytes, str]] = Cooldown(
            limits.DECLINED_SECONDS, limits.DECLINES
        )
        self._patience = Patience()
        self.holds = Holds(uniform, most_holds)
        self._withdrawing = Withdrawing(uniform)
        self._closing = False

    def __len__(self) -> int:
        """How many introductions there are."""
        return len(self._register)

    # -- looking

    @property
    def idle(self) -> bool:
        """Whether no introduction is ACCEPTED."""
        return len(self._register) == self.open

    @property
    def open(self) -> int:
        """How many introductions nobody has accepted."""
        return len(self._register.all_open())

    def is_here(self, name: str) -> bool:
        """Whether someone uses this canonical name now; for the operator's eyes."""
        return self._present.named(name) is not None

    def shows(self, name: str, now: float) -> bool:
        """Whether others are told that someone who uses this canonical name is around."""
        person = self._present.named(name)
        if person is not None and person.unlisted:
            return False
        return self.holds.shows(name, now, is_here=person is not None)

    def is_locked(self, key: bytes) -> bool:
        """Whether someone is here and in an ACCEPTED introduction."""
        person = self._present.get(key)
        return person is not None and person.locked is not None

    def next_deadline(self) -> float | None:
        """When `tick` is due, if it is."""
        due = (self._register.next_deadline(), self._withdrawing.next())
        return min((each for each in due if each is not None), default=None)

    # -- people

    def arrived(
        self,
        key: bytes,
        address: tuple[str, int],
        now: float,
        source: Source | None = None,
        *,
        is_settled: bool = False,
        unlisted: bool = False,
    ) -> list[Effect]:
        """Someone is here, unnamed, seen at this IP address and port, and counted for `source`,
        if that is another; `is_settled`: whether their names have outlived a day; `unlisted`:
        whether nobody is to find them.

        A session that replaces another arrives after the other is gone. Raises ValueError if the
        host is not an IP address, `LocalProtocolError` if the key is here already.
        """
        host, port = address
        host = addresses.canonical(host)
        self._present.add(
            Person(key, host, port, source or Sources().of(host), is_settled, unlisted)
        )
        return []

    def seen(self, key: bytes, place: Candidate, now: float) -> None:
        """Someone was seen at this place in the other family; it counts until the next one does."""
        person = self._present.get(key)
        if person is not None:
            person.vouched, person.vouched_until = place, now + limits.VOUCHED_SECONDS

    def named(self, key: bytes, name: str, now: float) -> list[Effect]:
        """Someone uses this canonical name from now on, which the directory has granted.

        Their requests under the old name end; those to the old name wait for whoever uses it
        next. Raises `LocalProtocolError` for someone locked, or a name that is in use.
        """
        person = self._present.get(key)
        if person is None or person.name == name:
            return []
        if person.locked is not None:
            raise LocalProtocolError("someone in an accepted introduction was renamed")
        before = person.name
        self._present.rename(person, name)
        if before is not None:
            self.holds.left(before, now)
        if person.unlisted:
            self.holds.forget(name)
        else:
            self.holds.arrived(name, now)
        told = self._register.undeliver(before) if before is not None else []
        return [
            *self._end_requests_of(person, "gone", now),
            *(_ended(person, each.id, "gone") for each in told),
            *self._deliver(name, now),
        ]

    def gone(self, key: bytes, now: float) -> list[Effect]:
        """The session of `key` is over: its link is lost, closed or replaced."""
        person = self._present.get(key)
        if person is None:
            return []
        self._leave(person, now)
        effects = self._end_requests_of(person, "gone", now)
        if person.locked is not None:
            effects += self._end(person.locked, "gone", now, person.locked.other(person))
        return effects

    # -- asking

    def request(
        self, key: bytes, name: str, seconds: int, now: float, proof: bytes | None = None
    ) -> list[Effect]:
        """Someone asks for whoever uses `name`, as typed, for so many seconds.

        `proof` is for whoever is asked. Where too many sources ask for one name, one that nobody
        was told of goes to make room, as expired for its asker; where all were delivered, or their
        own source asks too much, the newcomer has to wait.
        """
        asker = self._present.get(key)
        if asker is None:
            return []
        try:
            return self._ask(asker, name, seconds, now, proof)
        except Denied as denied:
            return [Send(key, Refused("request", name, None, denied.code, denied.seconds))]

    def _ask(
        self, asker: Person, typed: str, seconds: int, now: float, proof: bytes | None
    ) -> list[Effect]:
        if self._closing or asker.name is None or asker.locked is not None:
            raise NotNow
        name = canonical(typed)
        if name == asker.name or self._holder(name) == asker.key:
            raise Yourself
        if name in asker.asking:
            return [self._asked(asker.asking[name], now)]
        crossing = self._crossing(asker, asker.name, name)
        if crossing is not None:
            return [Send(asker.key, Asked(crossing.id, name, here=True, crossing=True))]
        if len(asker.asking) >= limits.ASKING:
            raise TooManyRequests
        if self._register.asking_beside(asker) >= limits.ASKING_PER_SOURCE:
            raise TooManyRequests
        pair = (asker.key, name)
        if wait := max(self._declined.left(pair, now), self._patience.left(asker, name, now)):
            raise SlowDown(wait)
        effects = self._make_room(asker, name, now)
        request = self._register.open(asker, asker.name, name, now, now + seconds, proof)
        return [*effects, self._asked(request, now), *self._deliver(name, now)]

    def _crossing(self, asker: Person, asker_name: str, name: str) -> Introduction | None:
        other = self._present.named(name)
        theirs = other.asking.get(asker_name) if other is not None else None
        return theirs if theirs is not None and theirs.delivered is asker else None

    def _make_room(self, asker: Person, name: str, now: float) -> list[Effect]:
        surplus = self._register.in_the_way(asker, name, now)
        if surplus is None:
            return []
        self._forget(surplus, "expired", now)  # not in vain: its asker did nothing for it
        return [_ended(surplus.asker, surplus.id, "expired")]

    def _asked(self, request: Introduction, now: float) -> Send:
        here = self.shows(request.name, now)
        return Send(request.asker.key, Asked(request.id, request.name, here, crossing=False))

    # -- answering

    def accept(
        self, key: bytes, id: bytes, offer: bytes, candidates: Candidates, now: float
    ) -> list[Effect]:
        """Someone accepts a request that was delivered; both are locked from now on.

        All other requests of both end. Their own clients know that, and are told nothing; whoever
        has been told of one hears it some time later.
        """
        guest = self._present.get(key)
        if guest is None:
            return []
        request = self._register.told_to(guest, id)
        if request is None:
            return self._is_gone(guest, id)
        if guest.locked is not None:
            return [Send(key, Refused("accept", None, id, NotNow.code, None))]
        side = Side(guest, request.name, offer, candidates)
        self._register.accept(request, side, now + limits.OFFER_SECONDS)
        self._withdraw_requests_of(request.asker, now)
        self._withdraw_requests_of(guest, now)
        return [Send(request.asker.key, Accepted(id, key))]

    def decline(self, key: bytes, id: bytes, reason: Declining, now: float) -> list[Effect]:
        """Someone declines a request; where that is because they want no such request, its asker
        has to wait before the next one for that name.

        To decline what one has accepted is to cancel it.
        """
        guest = self._present.get(key)
        if guest is None:
            return []
        request = self._register.told_to(guest, id)
        if request is None:
            return self._is_gone(guest, id)
        if request.guest is not None:
            return self.cancel(key, id, now)
        if reason not in _BY_A_PROGRAM:
            self._declined.start((request.asker.key, request.name), now)
        return self._end(request, reason, now, request.asker)

    def cancel(self, key: bytes, id: bytes, now: float) -> list[Effect]:
        """Someone withdraws an open request of their own, or an accepted introduction."""
        person = self._present.get(key)
        if person is None:
            return []
        introduction = self._register.asked_by(person, id)
        if introduction is None and person.locked is not None and person.locked.id == id:
            introduction = person.locked
        if introduction is None:
            return [_ended(person, id, "gone")]
        return self._end(introduction, "withdrawn", now, introduction.other(person))

    def offer(
        self, key: bytes, id: bytes, offer: bytes, candidates: Candidates, now: float
    ) -> list[Effect]:
        """The asker's part of an accepted introduction: both are told, and are gone from here.

        Raises `Unexpected` if the request is still open: no race produces that.
        """
        asker = self._present.get(key)
        if asker is None:
            return []
        introduction = self._register.asked_by(asker, id)
        if introduction is None:
            return [_ended(asker, id, "gone")]
        if introduction.guest is None:
            raise Unexpected("an offer for a request that nobody has accepted")
        host = Side(asker, introduction.asker_name, offer, candidates)
        return self._introduce(introduction, introduction.guest, host, now)

    def _introduce(
        self, introduction: Introduction, guest: Side, host: Side, now: float
    ) -> list[Effect]:
        self._forget(introduction, "introduced", now)
        for side in (guest, host):
            if not side.person.unlisted:
                self.holds.introduced(side.name, now)
            self._leave(side.person, now)
        id = introduction.id
        return [
            go(id, guest.person, host, self._relay(id, guest.person.key, GUEST), now),
            go(id, host.person, guest, self._relay(id, host.person.key, HOST), now),
            Part(guest.person.key),
            Part(host.person.key),
        ]

    # -- time

    def tick(self, now: float) -> list[Effect]:
        """End what is due: open requests that waited in vain, accepted ones without an offer."""
        effects: list[Effect] = []
        while (told := self._withdrawing.pop(now)) is not None:
            person, id = told
            self._register.told(id)
            if person is not None and self._present.get(person.key) is person:
                effects.append(_ended(person, id, "withdrawn"))
        while (due := self._register.pop_due(now)) is not None:
            reason: Ending = "expired" if due.guest is None else "no-answer"
            effects += self._end(due, reason, now, due.asker, due.delivered)
        return effects

    def closing(self, now: float) -> list[Effect]:
        """End every open request, and take no new ones; what is accepted may finish."""
        self._closing = True
        effects: list[Effect] = []
        for each in self._register.all_open():
            effects += self._end(each, "closing", now, each.asker, each.delivered)
        return effects

    def foresee(self, now: float) -> None:
        """Show those who are about to be introduced as those who were: whoever answers for them
        next does not hear of it."""
        for each, guest in self._register.all_accepted():
            for person, name in ((each.asker, each.asker_name), (guest.person, guest.name)):
                if not person.unlisted:
                    self.holds.introduced(name, now)

    # -- inside

    def _free(self, name: str) -> Person | None:
        person = self._present.named(name)
        return person if person is not None and person.locked is None else None

    def _deliver(self, name: str, now: float) -> list[Effect]:
        """Tell whoever is free under `name` of the requests that they have not been told of."""
        person = self._free(name)
        if person is None:
            return []
        effects: list[Effect] = []
        for each in self._register.waiting_for(name):
            # What is due already is left for `tick` to end.
            if each.delivered is None and now < each.expires:
                each.delivered = person
                effects.append(_requested(person, each, now))
        return effects

    def _leave(self, person: Person, now: float) -> None:
        self._present.remove(person)
        if person.name is not None:
            self._register.undeliver(person.name)
            self.holds.left(person.name, now)

    def _is_gone(self, person: Person, id: bytes) -> list[Effect]:
        self._withdrawing.drop(person, id)
        self._register.told(id)
        return [_ended(person, id, "gone")]

    def _withdraw_requests_of(self, person: Person, now: float) -> None:
        for each in list(person.asking.values()):
            self._withdrawing.add(each.delivered, each.id, now)
            self._patience.in_vain(each, now)
            self._register.withdraw(each, now + limits.WITHDRAWN_SECONDS)
            self._report("withdrawn", now - each.since)

    def _end_requests_of(self, person: Person, reason: Ending, now: float) -> list[Effect]:
        effects: list[Effect] = []
        for each in list(person.asking.values()):
            effects += self._end(each, reason, now, each.delivered)
        return effects

    def _end(
        self, introduction: Introduction, reason: Ending, now: float, *told: Person | None
    ) -> list[Effect]:
        """Forget an introduction, say why, and deliver to those who are free again."""
        if introduction.guest is None and reason not in _BY_A_PROGRAM:
            self._patience.in_vain(introduction, now)
        self._forget(introduction, reason, now)
        effects: list[Effect] = [
            _ended(person, introduction.id, reason) for person in told if person is not None
        ]
        if introduction.guest is not None:
            effects += self._deliver(introduction.name, now)
            effects += self._deliver(introduction.asker_name, now)
        return effects

    def _forget(self, introduction: Introduction, outcome: str, now: float) -> None:
        self._register.forget(introduction)
        self._report(outcome, now - introduction.since)


def _requested(person: Person, request: Introduction, now: float) -> Send:
    # A clock that was set back leaves no more than a request may take.
    seconds = min(limits.REQUEST_SECONDS, ceil(request.expires - now))
    return Send(
        person.key,
        Requested(request.id, request.asker_name, request.asker.key, seconds, request.proof),
    )


def _ended(person: Person, id: bytes, reason: Ending) -> Send:
    return Send(person.key, Ended(id, reason))
