"""One introduction, and what each side is told of the other (protocol, "Introductions")."""

from msgspec import Struct

from chatd.addresses import Kind, kind
from chatd.dialling import introducible
from chatd.rendezvous.effects import Send
from chatd.rendezvous.presence import Person
from chatd.wire.fields import Address
from chatd.wire.server import Candidates, Go, Relay


class Side(Struct, frozen=True):
    """What one person brings into an introduction; the offer is opaque to the server."""

    person: Person
    name: str
    offer: bytes
    candidates: Candidates


class Introduction(Struct, eq=False):
    """A request by `asker` to whoever uses `name`: OPEN until there is a `guest`, then ACCEPTED.

    `delivered` is the session that has been told of it, and not of its end; `since` is when it
    was asked for, and `expires` when it ends if it is still OPEN, in seconds; `proof` is for the
    asked one alone. One that is `withdrawn` is over, and whoever was told of it hears that later.
    """

    id: bytes
    asker: Person
    asker_name: str
    name: str
    since: float
    expires: float
    proof: bytes | None = None
    delivered: Person | None = None
    guest: Side | None = None
    withdrawn: bool = False

    def other(self, person: Person) -> Person | None:
        """Who else has been told of it, if anybody."""
        return self.delivered if person is self.asker else self.asker


def go(introduction_id: bytes, to: Person, other: Side, relay: Relay | None, now: float) -> Send:
    """The introduction of `other`, with no more of its addresses than both sides allow."""
    observed = _observed(other, to, now)
    # Whoever does not let us say where they are seen has nothing by which others could go.
    places = _hosts(other.person, now) if observed else []
    message = Go(
        id=introduction_id,
        name=other.name,
        key=other.person.key,
        offer=other.offer,
        observed=observed,
        local=introducible(other.candidates.local, places, _hosts(to, now)),
        relay=relay,
    )
    return Send(to.key, message)


def _hosts(person: Person, now: float) -> list[str]:
    return [host for host, _ in person.places(now)]


def _observed(other: Side, to: Person, now: float) -> list[Address]:
    candidates, places = other.candidates, other.person.places(now)
    if Kind.LOOPBACK not in map(kind, _hosts(to, now)):
        # It would lead whoever is told of it to a machine of their own.
        places = [place for place in places if kind(place[0]) is not Kind.LOOPBACK]
    match candidates.observed:
        case "none":
            return []
        case "address":
            return [(host, candidates.port) for host, _ in places]
        case "address-port":
            return places
