"""Who is here, and who is shown as being around (protocol, "Presence")."""

from chatd.rendezvous.holds import Holds
from chatd.rendezvous.introduction import Introduction
from chatd.rendezvous.presence import Person, Presence
from chatd.rendezvous.register import Register


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

    def introduced(self, person: Person, name: str, now: float) -> None:
        """Someone leaves to talk under this name, and others are not to see that."""
        if not person.unlisted:
            self._holds.introduced(name, now)
        self.leaves(person, now)

    def leaves(self, person: Person, now: float) -> None:
        """Someone is not here any more."""
        self._present.remove(person)
        if person.name is not None:
            self._register.undeliver(person.name)
            self._holds.left(person.name, now)
