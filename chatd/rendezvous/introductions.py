"""Who asks whom for an introduction, and what follows (protocol, "Introductions").

Every event is given the key of the session that it comes from, and `now` in seconds, and returns
what is to be done, in that order. An event of someone who is not here does nothing: it crossed
the end of the session.
"""

from collections.abc import Callable

from chatd import addresses, limits
from chatd.addresses import Candidate
from chatd.errors import LocalProtocolError
from chatd.rendezvous.answering import Answering
from chatd.rendezvous.around import Around
from chatd.rendezvous.asking import Asking, Declined
from chatd.rendezvous.effects import Effect
from chatd.rendezvous.ending import Endings, ended
from chatd.rendezvous.holds import Holds, Uniform, evenly
from chatd.rendezvous.patience import Patience
from chatd.rendezvous.presence import Person, Presence
from chatd.rendezvous.register import Register
from chatd.rendezvous.tickets import no_tickets
from chatd.rendezvous.withdrawing import Withdrawing
from chatd.sources import Source, Sources
from chatd.wire.server import Relay


class Introductions:
    """The people who are here, and the introductions that are OPEN or ACCEPTED among them.

    `random_bytes(n)` gives ids; `holder(name)` is the key that a name is bound to, present or
    not; `relay(id, key, side)` is a place at the relay for one side; `report` is told how an
    introduction ended, and how many seconds after it was asked for. An open request is delivered as
    soon as someone is here who uses the name and is free. Whoever is in an ACCEPTED introduction
    is locked: not free, and told of no new request.
    """

    def __init__(
        self,
        random_bytes: Callable[[int], bytes],
        holder: Callable[[str], bytes | None],
        relay: Callable[[bytes, bytes, int], Relay | None] = no_tickets,
        uniform: Uniform | None = None,
        most_holds: int = limits.HOLDS_PER_CLIENT * limits.MAX_CLIENTS,
        report: Callable[[str, float], None] = lambda outcome, seconds: None,
    ) -> None:
        uniform = uniform or evenly(random_bytes)
        self.holds = Holds(uniform, most_holds)
        self._present = present = Presence()
        self._register = register = Register(random_bytes)
        self._around = around = Around(present, register, self.holds)
        patience, declined = Patience(), Declined(limits.DECLINED_SECONDS, limits.DECLINES)
        self._endings = endings = Endings(
            present, register, around, patience, Withdrawing(uniform), report
        )
        self._asking = Asking(holder, present, register, around, endings, declined, patience)
        answering = Answering(relay, register, around, endings, declined)
        # What people do about introductions is carried out where it is decided.
        self.request = present.by_key(self._asking.request)
        self.accept = present.by_key(answering.accept)
        self.decline = present.by_key(answering.decline)
        self.cancel = present.by_key(answering.cancel)
        self.offer = present.by_key(answering.offer)
        self.tick = endings.tick

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
        return self._around.shows(name, now)

    def is_locked(self, key: bytes) -> bool:
        """Whether someone is here and in an ACCEPTED introduction."""
        person = self._present.get(key)
        return person is not None and person.locked is not None

    def next_deadline(self) -> float | None:
        """When `tick` is due, if it is."""
        return self._endings.next_deadline()

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
        stays: bool = False,
    ) -> list[Effect]:
        """Someone is here, unnamed, seen at this IP address and port, and counted for `source`,
        if that is another; `is_settled`: whether their names have outlived a day; `unlisted`:
        whether nobody is to find them; `stays`: whether they stay when they are introduced.

        A session that replaces another arrives after the other is gone. Raises ValueError if the
        host is not an IP address, `LocalProtocolError` if the key is here already.
        """
        host, port = address
        host = addresses.canonical(host)
        self._present.add(
            Person(key, host, port, source or Sources().of(host), is_settled, unlisted, stays)
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
        told = self._around.takes(person, name, now)
        return [
            *self._endings.end_requests_of(person, "gone", now),
            *(ended(person, each.id, "gone") for each in told),
            *self._around.deliver(name, now),
        ]

    def gone(self, key: bytes, now: float) -> list[Effect]:
        """The session of `key` is over: its link is lost, closed or replaced."""
        person = self._present.get(key)
        if person is None:
            return []
        self._around.leaves(person, now)
        effects = self._endings.end_requests_of(person, "gone", now)
        if person.locked is not None:
            effects += self._endings.end(person.locked, "gone", now, person.locked.other(person))
        return effects

    def closing(self, now: float) -> list[Effect]:
        """End every open request, and take no new ones; what is accepted may finish."""
        self._asking.is_over = True
        return self._endings.end_all_open("closing", now)

    def foresee(self, now: float) -> None:
        """Show those who are about to be introduced as those who were: whoever answers for them
        next does not hear of it."""
        for each, guest in self._register.all_accepted():
            for person, name in ((each.asker, each.asker_name), (guest.person, guest.name)):
                if not person.unlisted:
                    self.holds.introduced(name, now)
