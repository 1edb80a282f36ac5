"""Who waits at the relay, who is joined, and who finds no room."""

from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatd.relay.census import NoRoom
from chatd.relay.pairing import Bounds, Pairing
from chatd.wire.ticket import Ticket

BOUNDS = Bounds(pairs=2, per_person=2, per_address=3)


def ticket(pair: str, side: int, person: str = "") -> Ticket:
    """A ticket; a person is by default someone whom no other ticket names."""
    return Ticket(0, pair.encode(), (person or f"{pair}{side}").encode(), side)


def places() -> tuple[Pairing[int], Iterator[int]]:
    """An empty relay, and numbers for links."""
    return Pairing(BOUNDS), count()


def test_the_two_sides_of_a_pair_are_joined() -> None:
    """The first waits, the second is told of it; another pair has nothing to do with them."""
    pairing, _ = places()
    assert pairing.enter(1, ticket("a", 0), "x") is None
    assert pairing.enter(2, ticket("b", 1), "x") is None
    assert pairing.enter(3, ticket("a", 1), "x") == 1
    assert len(pairing) == 3


def test_one_side_is_not_joined_with_itself() -> None:
    """The same ticket again finds the link that waits as a stale one."""
    pairing, _ = places()
    pairing.enter(1, ticket("a", 0), "x")
    assert pairing.stale(ticket("a", 0)) == 1
    pairing.leave(1)
    assert pairing.enter(2, ticket("a", 0), "x") is None
    assert pairing.enter(3, ticket("a", 1), "x") == 2


def test_a_link_that_left_is_not_joined() -> None:
    """Whoever waited and went is forgotten."""
    pairing, _ = places()
    pairing.enter(1, ticket("a", 0), "x")
    pairing.leave(1)
    assert pairing.enter(2, ticket("a", 1), "y") is None


def test_a_full_relay_takes_the_other_sides_of_those_who_wait() -> None:
    """Whoever waits holds the room of a pair; a third pair finds none until one is gone."""
    pairing, _ = places()
    pairing.enter(1, ticket("a", 0), "x")
    pairing.enter(2, ticket("b", 0), "x")
    with pytest.raises(NoRoom) as no:
        pairing.enter(3, ticket("c", 0), "y")
    assert no.value.code == "full"
    assert pairing.enter(4, ticket("a", 1), "y") == 1
    assert pairing.enter(5, ticket("b", 1), "y") == 2
    for link in (1, 4):
        pairing.leave(link)
    assert pairing.enter(6, ticket("c", 0), "y") is None


def test_a_pair_of_which_one_side_is_left_has_its_room_still() -> None:
    """Another pair finds none until both are gone, or its two links would be one too many."""
    pairing, _ = places()
    for link, (pair, side) in enumerate([("a", 0), ("a", 1), ("b", 0), ("b", 1)]):
        pairing.enter(link, ticket(pair, side), str(link))
    pairing.leave(0)
    with pytest.raises(NoRoom) as no:
        pairing.enter(4, ticket("c", 0), "y")
    assert no.value.code == "full"
    pairing.leave(1)
    assert pairing.enter(4, ticket("c", 0), "y") is None


@pytest.mark.parametrize("by", ["person", "address"])
def test_one_person_and_one_address_have_bounds(by: str) -> None:
    """One link more is told to slow down, and finds room when another has left."""
    pairing: Pairing[int] = Pairing(Bounds(pairs=9, per_person=2, per_address=2))
    for link in range(3):
        person = "p" if by == "person" else ""
        address = "x" if by == "address" else str(link)
        if link == 2:
            with pytest.raises(NoRoom) as no:
                pairing.enter(link, ticket("c", 0, person), address)
            assert no.value.code == "slow-down"
            pairing.leave(0)
        pairing.enter(link, ticket("ab"[link % 2], 0, person), address)


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
            pairing.enter(link, ticket(pair, side), pair)
        except NoRoom:
            continue
        inside.append(link)
        assert len(pairing) == len(inside) <= 2 * BOUNDS.pairs
    for link in inside:
        pairing.leave(link)
        pairing.leave(link)
    assert [vars(pairing)[name] for name in ("_waiting", "_sides")] == [{}, {}]
    counts = vars(pairing._census)
    assert [counts[name] for name in ("_owners", "_persons", "_addresses")] == [{}, {}, {}]
