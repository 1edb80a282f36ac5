"""The links of a daemon from their first byte to their last: who waits at the door, who is in, and
who is on the way out (protocol, "The door")."""

from collections.abc import Callable
from operator import methodcaller
from typing import Any, Protocol

from chatd import limits
from chatd.alarms import Alarms
from chatd.rendezvous.access import Access
from chatd.rendezvous.door import Door, Room
from chatd.rendezvous.turns import Turns
from chatd.shares import Shares
from chatd.sources import Source, Sources
from chatd.wire.close import Reason

Guest = Callable[[bytes], "tuple[int, bytes] | None"]
"""Reads what the first line of a link shows: the rank and the identity of its token, None for a
stranger's."""


def strangers(line: bytes) -> None:
    """The `Guest` of a server that knows nobody."""


def unnamed(address: str) -> str:
    """What a log calls an address where it has no names for them."""
    return "-"


class Link(Protocol):
    """A link as it is looked after here."""

    def __hash__(self) -> int:
        """Each is one of its own."""

    def work(self) -> None:
        """Handle the line of the handshake that waits."""

    def drop(self) -> None:
        """Close at once, without a word."""

    def review(self, access: Access) -> None:
        """End, if the one who has it may not be here."""

    def close(self, reason: Reason) -> None:
        """Say CLOSE."""


class Reception:
    """Everybody who is connected; `guest` says who shows a token, `known` how many of those may
    wait at the door."""

    def __init__(
        self,
        clock: Any,
        known: int,
        sources: Sources | None = None,
        guest: Guest = strangers,
        called: Callable[[str], str] = unnamed,
    ) -> None:
        self._called = called
        self.sources = sources or Sources()
        self.all: dict[Link, None] = {}
        self.closing = False
        """Whether the daemon ends, and nobody new comes."""
        places = {
            Room.KNOWN: known,
            Room.FRESH: limits.FRESH_LINKS,
            Room.REST: limits.REST_LINKS,
        }
        self.door: Door[Link] = Door(places, _shares(), _shares(), lambda link: link.drop())
        self._most_ending = limits.ENDING_LINKS
        self._guest = guest
        self._clock = clock
        self.alarms: Any = Alarms(clock)
        """For the deadlines of links."""
        self._turns: Turns[Link] = Turns(self.door, methodcaller("work"), clock)
        self._ending: dict[Link, None] = {}

    def resize(self, clients: int, links: int) -> None:
        """So many people may be logged in from now on, where there is room for so many links: what
        they and strangers leave of it is for people who are known and wait, and for links that
        end."""
        left = links - clients - limits.FRESH_LINKS - limits.REST_LINKS
        known = min(clients, max(left // 2, left - limits.ENDING_LINKS))
        self.door.resize(Room.KNOWN, known)
        self._most_ending = min(limits.ENDING_LINKS, left - known)

    @staticmethod
    def links(clients: int) -> tuple[int, int]:
        """For how many links there has to be room where so many people may be logged in, and how
        many there can be."""
        here = clients + limits.FRESH_LINKS + limits.REST_LINKS
        fewest = min(clients, limits.FEWEST_LINKS) + limits.FEWEST_LINKS
        return here + fewest, here + clients + limits.ENDING_LINKS

    def states(self, here: int) -> dict[str, int]:
        """How many links there are in each state, of which so many are logged in."""
        rooms = {room.name.lower(): self.door.count(room) for room in Room}
        return {"here": here, **rooms, "ending": len(self._ending)}

    def called(self, source: Source) -> str:
        """What the log calls a source."""
        return self._called(source[0][0])

    def came(self, link: Link, source: Source) -> None:
        """There is one more link."""
        self.all[link] = None
        self.door.came(link, source, self._now)

    def first_line(self, link: Link, line: bytes) -> bytes | None:
        """A link shows itself; the identity whose token opened a better room for it, if any."""
        guest = self._guest(line)
        if guest is None or guest[0] == 0 or self.door.room(link) is None:
            return None
        _, identity = guest
        return identity if self.door.showed(link, identity, self._now) else None

    def line(self, link: Link) -> None:
        """A line of the handshake is there, to be worked on when its turn comes."""
        self._turns.asks(link)

    def lied(self, source: Source) -> None:
        """A link turned out not to be the one that its token is for."""
        self.door.lied(source, self._now)

    def logged_in(self, link: Link) -> None:
        """A link waits no longer."""
        self.door.left(link)

    def ending(self, link: Link) -> None:
        """A link was told its end. It may take a moment to go, but not the place of many."""
        if self.door.room(link) is None and link in self.all:
            self._ending[link] = None
            if len(self._ending) > self._most_ending and not self.closing:
                oldest = next(iter(self._ending))
                del self._ending[oldest]
                oldest.drop()

    def gone(self, link: Link) -> None:
        """A link is no more."""
        self.all.pop(link, None)
        self.door.left(link)
        self._ending.pop(link, None)

    @property
    def _now(self) -> float:
        now: float = self._clock.seconds()
        return now


def _shares() -> Shares:
    return Shares(limits.DOOR_SHARES, limits.DOOR_SHARE_SECONDS, limits.COUNTED)
