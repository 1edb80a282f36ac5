"""When the lines of handshakes are worked on."""

import pytest
from twisted.internet.task import Clock

from chatd import limits
from chatd.rendezvous.door import Door, Room
from chatd.rendezvous.turns import Turns
from chatd.shares import Shares
from chatd.sources import Sources

FROM = Sources().of


class Scene:
    """A door, and who was worked for; each line takes `milliseconds`."""

    def __init__(self, milliseconds: float) -> None:
        self.milliseconds = milliseconds
        self.clock = Clock()
        self.worked: list[str] = []
        places = dict.fromkeys(Room, 100)
        self.door: Door[str] = Door(places, Shares(2, 60, 100), Shares(2, 60, 100), str)
        self.turns: Turns[str] = Turns(self.door, self._work, self.clock)

    def _work(self, link: str) -> None:
        self.worked.append(link)
        self.clock.rightNow += self.milliseconds / 1000

    def come(self, *links: str, host: str) -> None:
        """Links from one address, each with a line."""
        for link in links:
            self.door.came(link, FROM(host), self.clock.seconds())
            self.turns.asks(link)


def test_whoever_comes_to_an_idle_door_does_not_wait() -> None:
    """The line is worked on in the turn in which it came."""
    scene = Scene(0.1)
    scene.come("a", host="192.0.2.1")
    assert scene.worked == ["a"]
    assert not scene.clock.getDelayedCalls()


def test_many_at_once_wait_for_their_turns() -> None:
    """What came in one turn of the reactor does not take it all: the rest goes by the order."""
    scene = Scene(1)
    for number in range(20):
        scene.come(f"{number}", host=f"192.0.2.{number}")
    assert len(scene.worked) <= 2 * limits.TURN_MILLISECONDS
    scene.clock.advance(1)
    while scene.clock.getDelayedCalls():
        scene.clock.advance(0)
    assert sorted(scene.worked, key=int) == [f"{number}" for number in range(20)]


@pytest.mark.parametrize(("every", "least", "most"), [(0.01, 200, 200), (0.0011, 0, 10)])
def test_a_busy_door_has_everybody_wait(every: float, least: int, most: int) -> None:
    """Where more than half of the time is worked, the order is to mean something."""
    scene = Scene(1)
    at_once = 0
    for number in range(200):
        before = len(scene.worked)
        scene.come(f"{number}", host=f"192.0.2.{number}")
        at_once += len(scene.worked) - before
        scene.clock.advance(every - 0.001)
        scene.door.left(f"{number}")
    assert least <= at_once <= most


def test_nobody_goes_past_somebody_who_waits() -> None:
    """Also where there is time again."""
    scene = Scene(1)
    scene.come("a", "b", "c", host="192.0.2.1")
    scene.door.asks("a")
    scene.clock.rightNow += 10
    scene.worked.clear()
    scene.come("d", host="192.0.2.4")
    assert scene.worked == []


def test_the_last_room_always_waits() -> None:
    """Its part of the time is its own."""
    scene = Scene(0.1)
    scene.come("a", "b", "c", host="192.0.2.1")
    assert scene.worked == ["a", "b"]
    assert scene.door.room("c") is Room.REST
    scene.clock.advance(0)
    assert scene.worked == ["a", "b", "c"]
