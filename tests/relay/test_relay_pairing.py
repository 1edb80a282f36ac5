"""Who waits at the relay, who is joined, and who finds no room."""

from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatd.relay.link_quota import NoRoom, Owner
from chatd.relay.pairing import Bounds, Pairing
from chatd.wire.ticket import Ticket

BOUNDS = Bounds(pairs=2, per_person=2, per_source=3)


def ticket(pair: str, side: int, person: str = "") -> Ticket:
    """A ticket; a person is by default someone whom no other ticket names."""
    return Ticket(0, pair.encode(), (person or f"{pair}{side}").encode(), side)


def enter(pairing: Pairing[int], link: int, ticket: Ticket, host: str) -> int | None:
    """Let a link in that comes from this host."""
    return pairing.enter(link, ticket, Owner(ticket.person, ((host, 1),)))


def places() -> tuple[Pairing[int], Iterator[int]]:
    """An empty relay, and numbers for links."""
    return Pairing(BOUNDS), count()


def test_the_two_sides_of_a_pair_are_joined() -> None:
    """The first waits, the second is told of it; another pair has nothing to do with them."""
    pairing, _ = places()
    assert enter(pairing, 1, ticket("a", 0), "x") is None
    assert enter(pairing, 2, ticket("b", 1), "x") is None
    assert enter(pairing, 3, ticket("a", 1), "x") == 1
    assert len(pairing) == 3


def test_one_side_is_not_joined_with_itself() -> None:
    """The same ticket again finds the link that waits as a stale one."""
    pairing, _ = places()
    enter(pairing, 1, ticket("a", 0), "x")
    assert pairing.stale(ticket("a", 0)) == 1
    pairing.leave(1)
    assert enter(pairing, 2, ticket("a", 0), "x") is None
    assert enter(pairing, 3, ticket("a", 1), "x") == 2


def test_a_link_that_left_is_not_joined() -> None:
    """Whoever waited and went is forgotten."""
    pairing, _ = places()
    enter(pairing, 1, ticket("a", 0), "x")
    pairing.leave(1)
    assert enter(pairing, 2, ticket("a", 1), "y") is None


def test_a_full_relay_takes_the_other_sides_of_those_who_wait() -> None:
    """Whoever waits holds the room of a pair; a third pair finds none until one is gone."""
    pairing, _ = places()
    enter(pairing, 1, ticket("a", 0), "x")
    enter(pairing, 2, ticket("b", 0), "x")
    with pytest.raises(NoRoom) as no:
        enter(pairing, 3, ticket("c", 0), "y")
    assert no.value.code == "full"
    assert enter(pairing, 4, ticket("a", 1), "y") == 1
    assert enter(pairing, 5, ticket("b", 1), "y") == 2
    for link in (1, 4):
        pairing.leave(link)
    assert enter(pairing, 6, ticket("c", 0), "y") is None


def test_a_pair_of_which_one_side_is_left_has_its_room_still() -> None:
    """Another pair finds none until both are gone, or its two links would be one too many."""
    pairing, _ = places()
    for link, (pair, side) in enumerate([("a", 0), ("a", 1), ("b", 0), ("b", 1)]):
        enter(pairing, link, ticket(pair, side), str(link))
    pairing.leave(0)
    with pytest.raises(NoRoom) as no:
        enter(pairing, 4, ticket("c", 0), "y")
    assert no.value.code == "full"
    pairing.leave(1)
    assert enter(pairing, 4, ticket("c", 0), "y") is None


@pytest.mark.parametrize("by", ["person", "source"])
def test_one_person_and_one_source_have_bounds(by: str) -> None:
    """One link more is told to slow down, and finds room when another has left."""
    pairing: Pairing[int] = Pairing(Bounds(pairs=9, per_person=2, per_source=2))
    for link in range(3):
        person = "p" if by == "person" else ""
        address = "x" if by == "source" else str(link)
        if link == 2:
            with pytest.raises(NoRoom) as no:
                enter(pairing, link, ticket("c", 0, person), address)
            assert no.value.code == "slow-down"
            pairing.leave(0)
        enter(pairing, link, ticket("ab"[link % 2], 0, person), address)


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 1), st.booleans())))
def test_nothing_is_left_when_all_have_left(events: list[tuple[str, int, bool]]) -> None:
    """However links come and go, the bounds hold and no trace of anybody stays."""
    pairing, numbers = places()
    inside: list[int] = []
    for pair, side, leaves in events:
        if leaves and inside:
            pairing.leave(inside.pop())
            continue
        if (stale := pairing.stale(ticket(pair, side))) is not None:
            pairing.leave(stale)
            inside.remove(stale)
        link = next(numbers)
        try:
            enter(pairing, link, ticket(pair, side), pair)
        except NoRoom:
            continue
        inside.append(link)
        assert len(pairing) == len(inside) <= 2 * BOUNDS.pairs
    for link in inside:
        pairing.leave(link)
        pairing.leave(link)
    left = [vars(pairing)[name] for name in ("_waiting", "_sides", "_others", "_silent")]
    counts = vars(pairing._census)
    assert [*left, counts["_owners"], counts["_persons"]] == [{}] * 6
    assert pairing._census.crowds.largest() == (0, {})


def full(*hosts: str) -> Pairing[int]:
    """A relay whose places are taken by pairs, both sides of each from one host."""
    pairing: Pairing[int] = Pairing(Bounds(pairs=len(hosts), per_person=2, per_source=99))
    for number, host in enumerate(hosts):
        for side in (0, 1):
            enter(pairing, 2 * number + side, ticket(str(number), side), host)
    return pairing


STRANGER = (("stranger", 1),)


def test_a_pair_that_passes_nothing_gives_way() -> None:
    """First of a source that has more than the newcomer's would, else the oldest."""
    pairing = full("w", "x", "x", "y")
    assert pairing.giving_way(STRANGER) == [2, 3]
    pairing.leave(2)
    pairing.leave(3)
    assert sorted(pairing.giving_way((("z", 2),))) == [0, 1]
    pairing.spoke(1)
    assert sorted(pairing.giving_way((("x", 1),))) == [4, 5]


def test_whoever_waits_alone_gives_way_too() -> None:
    """It holds the place of a pair."""
    pairing: Pairing[int] = Pairing(Bounds(pairs=1))
    enter(pairing, 1, ticket("a", 0), "x")
    assert pairing.giving_way(STRANGER) == [1]


def test_a_source_that_has_all_places_gives_one_up_though_it_talks() -> None:
    """The newest of its pairs; those of whom nobody has so much more are left alone."""
    pairing = full("x", "x", "x", "y")
    for link in range(8):
        pairing.spoke(link)
    assert sorted(pairing.giving_way(STRANGER)) == [4, 5]
    apart = full("w", "x", "y", "z")
    for link in range(8):
        apart.spoke(link)
    assert apart.giving_way(STRANGER) == []
