"""The introductions that are OPEN or ACCEPTED, found by whatever looks for them."""

from collections.abc import Callable

from chatd import limits
from chatd.crowds import Crowds
from chatd.rendezvous.deadlines import Deadlines
from chatd.rendezvous.introduction import Introduction, Side
from chatd.rendezvous.presence import ASKS_NOBODY, Person
from chatd.rendezvous.waiting import Waiting


class Register:
    """Keeps every index in step: by id, by asker, by the name that is waited for, by deadline.

    `random_bytes(n)` gives ids; times are in seconds.
    """

    def __init__(self, random_bytes: Callable[[int], bytes]) -> None:
        self._random_bytes = random_bytes
        self._by_id: dict[bytes, Introduction] = {}
        # Over, but for the place that they take among the requests to their names.
        self._withdrawn: dict[bytes, Introduction] = {}
        self._waiting = Waiting()
        self._asking = Crowds[Introduction]()
        self._deadlines: Deadlines[Introduction] = Deadlines()

    def __len__(self) -> int:
        """How many introductions are OPEN or ACCEPTED."""
        return len(self._by_id)

    # -- looking

    def asked_by(self, person: Person, id: bytes) -> Introduction | None:
        """The introduction with this id, if `person` is its asker."""
        introduction = self._by_id.get(id)
        return introduction if introduction is not None and introduction.asker is person else None

    def told_to(self, person: Person, id: bytes) -> Introduction | None:
        """The introduction with this id, if `person` has been told that it asks them."""
        introduction = self._by_id.get(id)
        told = introduction is not None and introduction.delivered is person
        return introduction if told else None

    def waiting_for(self, name: str) -> list[Introduction]:
        """The open requests for `name`, oldest first."""
        return [each for each in self._waiting.to(name) if not each.withdrawn]

    def in_the_way(self, asker: Person, name: str, now: float) -> Introduction | None:
        """The request that has to go before `asker` can add one for `name`, if any has to; raises
        `SlowDown`."""
        return self._waiting.in_the_way(asker, name, now)

    def asking_beside(self, person: Person) -> int:
        """How many requests are open of the source of `person`, for each of its shares."""
        return self._asking.level(person.source)

    def all_open(self) -> list[Introduction]:
        """Every introduction that nobody has accepted."""
        return [each for each in self._by_id.values() if each.guest is None]

    def all_accepted(self) -> list[tuple[Introduction, Side]]:
        """Every other introduction, with its guest."""
        return [(each, each.guest) for each in self._by_id.values() if each.guest is not None]

    def next_deadline(self) -> float | None:
        """When the next introduction ends by itself, if any does."""
        return self._deadlines.next()

    def pop_due(self, now: float) -> Introduction | None:
        """An introduction that is to end by `now`, once; it is still to be forgotten."""
        return self._deadlines.pop(now)

    # -- changing

    def open(
        self,
        asker: Person,
        asker_name: str,
        name: str,
        since: float,
        expires: float,
        proof: bytes | None = None,
    ) -> Introduction:
        """A new request, OPEN until it is accepted or forgotten."""
        request = Introduction(self._new_id(), asker, asker_name, name, since, expires, proof)
        self._by_id[request.id] = request
        asker.asking = {**asker.asking, name: request}
        self._waiting.add(request)
        self._asking.add(request, asker.source)
        self._deadlines.set(request, expires)
        return request

    def accept(self, request: Introduction, guest: Side, until: float) -> None:
        """Make an open request ACCEPTED, and lock both of its people."""
        self._stop_waiting(request)
        self._deadlines.set(request, until)
        request.guest = guest
        request.asker.locked = guest.person.locked = request

    def forget(self, introduction: Introduction) -> None:
        """Drop all that is held of an introduction, and unlock its people."""
        del self._by_id[introduction.id]
        self._deadlines.drop(introduction)
        if introduction.guest is None:
            self._stop_waiting(introduction)
        else:
            introduction.asker.locked = introduction.guest.person.locked = None

    def withdraw(self, request: Introduction, until: float) -> None:
        """Forget an open request but for its place among those to that name, which it takes until
        `told`, before the moment `until`, whether it was delivered or not."""
        del self._by_id[request.id]
        self._deadlines.drop(request)
        self._is_asked_no_more(request)
        request.withdrawn, request.expires = True, until
        self._withdrawn[request.id] = request

    def told(self, id: bytes) -> None:
        """Whoever was told of a request has heard that it was withdrawn; harmless for others."""
        request = self._withdrawn.pop(id, None)
        if request is not None:
            self._waiting.remove(request)

    def undeliver(self, name: str) -> list[Introduction]:
        """Let all requests for `name` wait for the next to use it; returns those delivered."""
        told = [each for each in self.waiting_for(name) if each.delivered is not None]
        for each in told:
            each.delivered = None
        return told

    def _stop_waiting(self, request: Introduction) -> None:
        self._is_asked_no_more(request)
        self._waiting.remove(request)

    def _is_asked_no_more(self, request: Introduction) -> None:
        asker = request.asker
        others = {name: each for name, each in asker.asking.items() if each is not request}
        asker.asking = others or ASKS_NOBODY
        self._asking.remove(request, request.asker.source)

    def _new_id(self) -> bytes:
        while True:
            fresh = self._random_bytes(limits.INTRODUCTION_ID)
            if fresh not in self._by_id and fresh not in self._withdrawn:
                return fresh
