"""Who is told of which open request, and when (protocol, "Introductions")."""

from math import ceil

from chatd import limits
from chatd.rendezvous.effects import Effect, Send
from chatd.rendezvous.introduction import Introduction
from chatd.rendezvous.presence import Person, Presence
from chatd.rendezvous.register import Register
from chatd.wire.server import Requested


class Delivering:
    """Delivers each open request once to the session that uses the name, as soon as there is one
    that is free."""

    def __init__(self, present: Presence, register: Register) -> None:
        self._present = present
        self._register = register

    def deliver(self, name: str, now: float) -> list[Effect]:
        """Tell whoever is free under `name` of the requests that they have not been told of."""
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


def _requested(person: Person, request: Introduction, now: float) -> Send:
    # A clock that was set back leaves no more than a request may take.
    seconds = min(limits.REQUEST_SECONDS, ceil(request.expires - now))
    return Send(
        person.key,
        Requested(request.id, request.asker_name, request.asker.key, seconds, request.proof),
    )
