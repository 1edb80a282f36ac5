"""Who is here, who is shown as being around (protocol, "Presence"), and who is told of which open
request (protocol, "Introductions")."""

from math import ceil

from chatd import limits
from chatd.rendezvous.effects import Effect, Send
from chatd.rendezvous.holds import Holds
from chatd.rendezvous.introduction import Introduction
from chatd.rendezvous.presence import Person, Presence
from chatd.rendezvous.register import Register
from chatd.wire.server import Requested


class Around:
    """Keeps those who are here, the requests that wait for their names, and what others are shown
    of them in step."""

    def __init__(self, present: Presence, register: Register, holds: Holds) -> None:
        self._present = present
        self._register = register
        self._holds = holds

    def shows(self, name: str, now: float) -> bool:
        """Whether others are told that someone who uses this canonical name is around."""
        person = self._present.named(name)
        if person is not None and person.unlisted:
            return False
        return self._holds.shows(name, now, is_here=person is not None)

    def takes(self, person: Person, name: str, now: float) -> list[Introduction]:
        """Someone uses another name from now on; the requests for the one before, of which they
        had been told, and which wait for whoever uses it next."""
        before = person.name
        self._present.rename(person, name)
        if before is not None:
            self._holds.left(before, now)
        if person.unlisted:
            self._holds.forget(name)
        else:
            self._holds.arrived(name, now)
        return self._register.undeliver(before) if before is not None else []

    def deliver(self, name: str, now: float) -> list[Effect]:
        """Tell whoever is free under `name` of the open requests that they have not been told
        of."""
        person = self._present.named(name)
        if person is None or person.locked is not None:
            return []
        effects: list[Effect] = []
        for each in self._register.waiting_for(name):
            # What is due already is left for its deadline to end.
            if each.delivered is None and now < each.expires:
                each.delivered = person
                effects.append(_requested(person, each, now))
        return effects

    def introduced(self, person: Person, name: str, now: float) -> None:
        """Someone begins to talk under this name, and others are not to see that; they leave,
        unless they stay."""
        if not person.unlisted:
            self._holds.introduced(name, now)
        if not person.stays:
            self.leaves(person, now)

    def leaves(self, person: Person, now: float) -> None:
        """Someone is not here any more."""
        self._present.remove(person)
        if person.name is not None:
            self._register.undeliver(person.name)
            self._holds.left(person.name, now)


def _requested(person: Person, request: Introduction, now: float) -> Send:
    # A clock that was set back leaves no more than a request may take.
    seconds = min(limits.REQUEST_SECONDS, ceil(request.expires - now))
    return Send(
        person.key,
        Requested(request.id, request.asker_name, request.asker.key, seconds, request.proof),
    )
