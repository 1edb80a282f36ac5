"""Who is kept at the door until the login, and whose handshake is worked on next (protocol, "The
door").

Pure, and every step takes the same time however many there are; a link is whatever the caller calls
it, `now` is in seconds.
"""

from collections.abc import Callable, Hashable, Mapping
from enum import IntEnum
from typing import Generic, TypeVar

from chatd.shares import Shares
from chatd.sources import Source

L = TypeVar("L", bound=Hashable)


class Room(IntEnum):
    """Where a link waits, in the order in which the rooms are served."""

    KNOWN = 0
    """It showed a token of somebody who holds a name and has a share left."""
    FRESH = 1
    """Its source has a share left."""
    REST = 2


class Door(Generic[L]):
    """The links that have not logged in, in rooms with so many `places`.

    A full room loses the link that has been in it for the longest time, which `drop` is told of;
    the newcomer always gets in, and no room takes a place from another.
    """

    def __init__(
        self, places: Mapping[Room, int], sources: Shares, keys: Shares, drop: Callable[[L], None]
    ) -> None:
        self._places = dict(places)
        self._sources = sources
        self._keys = keys
        self._drop = drop
        self._room: dict[L, Room] = {}
        # The links of each room, and those of them with a line to work on; who came last is last.
        self._rooms: dict[Room, dict[L, None]] = {room: {} for room in Room}
        self._lines: dict[Room, dict[L, None]] = {room: {} for room in Room}
        self.dropped = 0
        """How many links had to go so far."""

    def __len__(self) -> int:
        """How many links there are."""
        return len(self._room)

    def count(self, room: Room) -> int:
        """How many links a room has."""
        return len(self._rooms[room])

    def resize(self, room: Room, places: int) -> None:
        """A room has so many places from now on; whoever is there beyond stays."""
        self._places[room] = places

    def room(self, link: L) -> Room | None:
        """Where a link is; None if it is not at the door."""
        return self._room.get(link)

    # -- coming and going

    def came(self, link: L, source: Source, now: float) -> None:
        """There is one more link."""
        self._enter(link, Room.FRESH if self._sources.take(source, now) else Room.REST)

    def showed(self, link: L, identity: bytes, now: float) -> bool:
        """A link has shown a token of this identity; whether that opened a better room for it."""
        if self._room[link] is Room.KNOWN or not self._keys.take(((identity, 1),), now):
            return False
        self.left(link)
        self._enter(link, Room.KNOWN)
        return True

    def lied(self, source: Source, now: float) -> None:
        """A link turned out to be another's than its token said, at the expense of its source."""
        self._sources.spend(source, now)

    def left(self, link: L) -> None:
        """A link has logged in, or is gone; harmless for one that is not at the door."""
        room = self._room.pop(link, None)
        if room is not None:
            del self._rooms[room][link]
            self._lines[room].pop(link, None)

    # -- work

    def asks(self, link: L) -> None:
        """A line of a link's handshake is there to be worked on; harmless as `left`."""
        if (room := self._room.get(link)) is not None:
            self._lines[room][link] = None

    def next(self, *, rest: bool) -> L | None:
        """Whose line is to be worked on now: the last that came of the first room that has any.
        `rest`: whether it may be one of the last room."""
        for room in Room:
            if self._lines[room] and (rest or room is not Room.REST):
                return self._lines[room].popitem()[0]
        return None

    @property
    def has_lines(self) -> bool:
        """Whether any link waits to be worked on."""
        return any(self._lines.values())

    def _enter(self, link: L, room: Room) -> None:
        if len(self._rooms[room]) >= self._places[room]:
            oldest = next(iter(self._rooms[room]))
            self.left(oldest)
            self.dropped += 1
            self._drop(oldest)
        self._rooms[room][link] = None
        self._room[link] = room
