"""The rooms at the door: who gets in, who has to go, and who is worked for."""

import random

import pytest

from chatd.rendezvous.door import Door, Room
from chatd.shares import Shares
from chatd.sources import Sources

PLACES = {Room.KNOWN: 3, Room.FRESH: 2, Room.REST: 2}
FROM = Sources().of
ME = b"\x01" * 33


class Scene:
    """A door with few places, and whom it dropped."""

    def __init__(self) -> None:
        self.dropped: list[str] = []
        self.keys = Shares(2, 60, 1000)
        self.door: Door[str] = Door(PLACES, Shares(2, 60, 1000), self.keys, self.dropped.append)

    def come(self, *links: str, host: str = "192.0.2.1", now: float = 0) -> None:
        """Let links come, all from one address."""
        for link in links:
            self.door.came(link, FROM(host), now)

    def counts(self) -> list[int]:
        """How many links each room has."""
        return [self.door.count(room) for room in Room]


def test_a_source_has_its_shares_and_then_goes_to_the_rest() -> None:
    """Two at once, and another one later."""
    scene = Scene()
    scene.come("a", "b", "c")
    assert scene.counts() == [0, 2, 1]
    scene.come("d", now=30)
    assert scene.counts() == [0, 2, 1]
    assert scene.dropped == ["a"]


def test_a_full_room_loses_its_oldest() -> None:
    """The newcomer always gets in, and no other room is touched."""
    scene = Scene()
    for number in range(4):
        scene.come(f"f{number}", host=f"192.0.2.{number + 1}")
    scene.come("f4", "f5", "r0", "r1", "r2", host="192.0.2.99")
    assert scene.dropped == ["f0", "f1", "f2", "f3", "r0"]
    assert scene.counts() == [0, 2, 2]
    assert scene.door.dropped == 5


def test_a_token_opens_a_room_by_the_share_of_its_identity() -> None:
    """Also for a link of the rest; the third time within a minute it opens nothing."""
    scene = Scene()
    scene.come("a", "b", "c", "d")
    assert [scene.door.showed(link, ME, 0) for link in ("d", "c", "b")] == [True, True, False]
    assert scene.counts() == [2, 2, 0]
    assert scene.door.room("d") is Room.KNOWN


def test_a_second_token_on_one_link_is_not_counted() -> None:
    """The first one is what it is let in by."""
    scene = Scene()
    scene.come("a")
    assert [scene.door.showed("a", ME, 0) for _ in range(3)] == [True, False, False]
    scene.come("b")
    assert scene.door.showed("b", ME, 0)


def test_the_order_of_work() -> None:
    """Known, fresh, rest; in each who came last; a dropped link takes its line with it."""
    scene = Scene()
    scene.come("f1", "f2", "r1", "r2")
    scene.come("k1", "k2")
    for link in ("k1", "k2"):
        scene.door.showed(link, link.encode(), 0)
    for link in ("r1", "f1", "k1", "r2", "f2", "k2"):
        scene.door.asks(link)
    scene.come("f3", host="198.51.100.1")
    gone = scene.dropped
    order = []
    while (link := scene.door.next(rest=True)) is not None:
        order.append(link)
    assert order == [each for each in ("k2", "k1", "f2", "f1", "r2", "r1") if each not in gone]
    assert not scene.door.has_lines


def test_the_rest_is_left_out_when_it_has_had_its_part() -> None:
    """It is served again when it may be."""
    scene = Scene()
    scene.come("f1", "f2", "r1")
    scene.door.asks("r1")
    assert scene.door.next(rest=False) is None
    assert scene.door.has_lines
    assert scene.door.next(rest=True) == "r1"


def test_whoever_is_not_at_the_door_is_passed_over() -> None:
    """A link that has left, or was dropped, can ask and leave without harm."""
    scene = Scene()
    scene.come("a")
    scene.door.left("a")
    scene.door.left("a")
    scene.door.asks("a")
    assert scene.door.room("a") is None
    assert not scene.door.has_lines
    assert len(scene.door) == 0


def test_whoever_lies_pays_with_the_shares_of_its_source() -> None:
    """A token of somebody else's is one share less."""
    scene = Scene()
    scene.door.lied(FROM("192.0.2.1"), 0)
    scene.come("a", "b")
    assert scene.counts() == [0, 1, 1]


def test_a_network_of_ipv6_has_the_shares_of_a_few() -> None:
    """All addresses of one /48 have two, and all of one /32 have 32."""
    scene = Scene()
    scene.come("a", "b", host="2001:db8:1:1::1")
    scene.come("c", host="2001:db8:1:2::1")
    assert scene.counts() == [0, 2, 1]
    fresh = 0
    for number in range(100):
        scene.come(f"x{number}", host=f"2001:db8:{number + 100:x}::1")
        fresh += scene.door.room(f"x{number}") is Room.FRESH
    assert fresh == 30


@pytest.mark.parametrize("seed", range(20))
def test_whatever_happens_the_rooms_keep_their_bounds(seed: int) -> None:
    """Rooms, lines and links stay in step, and everyone who came is here, has left or was
    dropped."""
    chance = random.Random(seed)
    scene = Scene()
    came: list[str] = []
    left: set[str] = set()
    for number in range(500):
        here = [link for link in came if scene.door.room(link) is not None]
        match chance.randrange(5) if here else 0:
            case 0:
                came.append(str(number))
                scene.come(str(number), host=f"10.0.0.{chance.randrange(20)}", now=number / 10)
            case 1:
                link = chance.choice(here)
                scene.door.showed(link, bytes([chance.randrange(5)]), number / 10)
            case 2:
                scene.door.asks(chance.choice(here))
            case 3:
                scene.door.next(rest=chance.random() < 0.5)
            case 4:
                link = chance.choice(here)
                left.add(link)
                scene.door.left(link)
        assert all(scene.door.count(room) <= PLACES[room] for room in Room)
        assert len(scene.door) == sum(scene.counts())
    assert len(came) == len(scene.door) + len(left) + len(scene.dropped)
