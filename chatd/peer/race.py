"""Which of several links becomes the conversation (protocol, "Choosing a link").

Pure decisions: each event returns what to do. Links are opaque to it, any hashable object will do.
"""

from collections.abc import Hashable
from dataclasses import dataclass

from chatd import limits
from chatd.errors import Unexpected

Link = Hashable


@dataclass(frozen=True)
class SendSelect:
    """Say SELECT on this link."""

    link: Link


@dataclass(frozen=True)
class SendOpen:
    """Say OPEN on this link."""

    link: Link


@dataclass(frozen=True)
class Drop:
    """Close this link: it was not chosen."""

    link: Link


@dataclass(frozen=True)
class Chosen:
    """The race is over; talk on this link."""

    link: Link


Step = SendSelect | SendOpen | Drop | Chosen


class HostRace:
    """The host's side: offers verified links one by one until one is opened."""

    def __init__(self) -> None:
        self._verified: list[Link] = []
        self._selected: list[Link] = []
        self._next: float | None = None
        self._over = False

    def verified(self, link: Link, now: float) -> list[Step]:
        """A handshake completed; to say so twice changes nothing."""
        if self._over:
            return [Drop(link)]
        if link in self._selected + self._verified:
            return []
        self._verified.append(link)
        return self._select(now) if self._next is None else []

    def selected(self, link: Link, now: float) -> list[Step]:
        """A guest that says SELECT is no guest; raises `Unexpected`."""
        raise Unexpected

    def opened(self, link: Link, now: float) -> list[Step]:
        """OPEN arrived, perhaps late on an earlier link; raises `Unexpected` if not asked for."""
        if link not in self._selected or self._over:
            raise Unexpected
        self._over = True
        others = [other for other in self._selected + self._verified if other != link]
        return [Chosen(link), *map(Drop, others)]

    def failed(self, link: Link, now: float) -> list[Step]:
        """A verified link is gone: try the next at once if it was the one that we wait for."""
        waited_for = bool(self._selected) and self._selected[-1] == link
        self._verified = [other for other in self._verified if other != link]
        self._selected = [other for other in self._selected if other != link]
        if self._over or not waited_for:
            return []
        self._next = None
        return self._select(now)

    def tick(self, now: float) -> list[Step]:
        """After two seconds without an OPEN, SELECT goes out on the next verified link."""
        if self._over or self._next is None or now < self._next:
            return []
        self._next = None
        return self._select(now)

    @property
    def deadline(self) -> float | None:
        """When `tick` wants to be called."""
        return None if self._over else self._next

    def _select(self, now: float) -> list[Step]:
        if not self._verified:
            return []
        link = self._verified.pop(0)
        self._selected.append(link)
        self._next = now + limits.SELECT_SECONDS
        return [SendSelect(link)]


class GuestRace:
    """The guest's side: opens the first link that the host selects."""

    deadline = None

    def __init__(self) -> None:
        self._verified: list[Link] = []
        self._over = False

    def verified(self, link: Link, now: float) -> list[Step]:
        """A handshake completed: the host decides; to say so twice changes nothing."""
        if self._over:
            return [Drop(link)]
        if link not in self._verified:
            self._verified.append(link)
        return []

    def selected(self, link: Link, now: float) -> list[Step]:
        """SELECT arrived: agree, and let go of the others; raises `Unexpected` on a second one."""
        if self._over or link not in self._verified:
            raise Unexpected
        self._over = True
        others = [other for other in self._verified if other != link]
        return [SendOpen(link), Chosen(link), *map(Drop, others)]

    def opened(self, link: Link, now: float) -> list[Step]:
        """A host does not say OPEN; raises `Unexpected`."""
        raise Unexpected

    def failed(self, link: Link, now: float) -> list[Step]:
        """A verified link is gone."""
        self._verified = [other for other in self._verified if other != link]
        return []

    def tick(self, now: float) -> list[Step]:
        """A guest waits for the host."""
        return []


Race = HostRace | GuestRace
