"""What becomes of a request that somebody was told of, up to the introduction (protocol,
"Introductions")."""

from collections.abc import Callable

from chatd import limits
from chatd.errors import Unexpected
from chatd.rendezvous.around import Around
from chatd.rendezvous.asking import Declined
from chatd.rendezvous.effects import Effect, Part, Send
from chatd.rendezvous.ending import BY_A_PROGRAM, Endings, ended
from chatd.rendezvous.introduction import Introduction, Side, go
from chatd.rendezvous.presence import Person
from chatd.rendezvous.refusals import NotNow
from chatd.rendezvous.register import Register
from chatd.wire.codes import Declining, Ending
from chatd.wire.server import Accepted, Candidates, Refused, Relay
from chatd.wire.ticket import GUEST, HOST


class Answering:
    """Carries out what both sides say to a request; `relay(id, key, side)` is a place at the relay
    for one side."""

    def __init__(
        self,
        relay: Callable[[bytes, bytes, int], Relay | None],
        register: Register,
        around: Around,
        endings: Endings,
        declined: Declined,
    ) -> None:
        self._relay = relay
        self._register = register
        self._around = around
        self._endings = endings
        self._declined = declined

    def accept(
        self, guest: Person, id: bytes, offer: bytes, candidates: Candidates, now: float
    ) -> list[Effect]:
        """Someone accepts a request that was delivered; both are locked from now on.

        All other requests of both end. Their own clients know that, and are told nothing; whoever
        has been told of one hears it some time later.
        """
        request = self._register.told_to(guest, id)
        if request is None:
            return self._endings.is_gone(guest, id)
        if guest.locked is not None:
            return [Send(guest.key, Refused("accept", None, id, NotNow.code, None))]
        side = Side(guest, request.name, offer, candidates)
        self._register.accept(request, side, now + limits.OFFER_SECONDS)
        self._endings.withdraw_requests_of(request.asker, now)
        self._endings.withdraw_requests_of(guest, now)
        return [Send(request.asker.key, Accepted(id, guest.key))]

    def decline(self, person: Person, id: bytes, reason: Declining, now: float) -> list[Effect]:
        """Someone declines a request; where that is because they want no such request, its asker
        has to wait before the next one for that name.

        Of an accepted introduction either side may say so that it has no port for it; any other
        reason is none there.
        """
        if person.locked is not None and person.locked.id == id:
            why: Ending = "no-port" if reason == "no-port" else "withdrawn"
            return self._endings.end(person.locked, why, now, person.locked.other(person))
        request = self._register.told_to(person, id)
        if request is None:
            return self._endings.is_gone(person, id)
        if reason not in BY_A_PROGRAM:
            self._declined.start((request.asker.key, request.name), now)
        return self._endings.end(request, reason, now, request.asker)

    def cancel(self, person: Person, id: bytes, now: float) -> list[Effect]:
        """Someone withdraws an open request of their own, or an accepted introduction."""
        introduction = self._register.asked_by(person, id)
        if introduction is None and person.locked is not None and person.locked.id == id:
            introduction = person.locked
        if introduction is None:
            return [ended(person, id, "gone")]
        return self._endings.end(introduction, "withdrawn", now, introduction.other(person))

    def offer(
        self, asker: Person, id: bytes, offer: bytes, candidates: Candidates, now: float
    ) -> list[Effect]:
        """The asker's part of an accepted introduction: both are told, and are gone from here, or
        free again if they stay.

        Raises `Unexpected` if the request is still open: no race produces that.
        """
        introduction = self._register.asked_by(asker, id)
        if introduction is None:
            return [ended(asker, id, "gone")]
        if introduction.guest is None:
            raise Unexpected("an offer for a request that nobody has accepted")
        host = Side(asker, introduction.asker_name, offer, candidates)
        return self._introduce(introduction, introduction.guest, host, now)

    def _introduce(
        self, introduction: Introduction, guest: Side, host: Side, now: float
    ) -> list[Effect]:
        self._endings.forget(introduction, "introduced", now)
        for side in (guest, host):
            self._around.introduced(side.person, side.name, now)
        id = introduction.id
        effects: list[Effect] = [
            go(id, guest.person, host, self._relay(id, guest.person.key, GUEST), now),
            go(id, host.person, guest, self._relay(id, host.person.key, HOST), now),
        ]
        for side in (guest, host):
            if side.person.stays:
                effects += self._around.deliver(side.name, now)
            else:
                effects.append(Part(side.person.key))
        return effects
