"""Who gives up a place when all are taken."""

import random

import pytest

from chatd.rendezvous.places import UNNAMED, Places, Seat
from chatd.sources import Sources

FROM = Sources().of


def seated(*rows: tuple[str, str, float, float]) -> Places[str]:
    """Members with their addresses, since when they hold a name, and since when they are here."""
    places: Places[str] = Places()
    for member, host, named, came in rows:
        places.enter(member, Seat(FROM(host), named, came))
    return places


def test_the_source_with_the_most_gives_way() -> None:
    """If it has more than the newcomer's would have: the unnamed first, then the youngest name."""
    places = seated(
        ("other", "192.0.2.1", UNNAMED, 0),
        ("old name", "192.0.2.2", 10, 1),
        ("new name", "192.0.2.2", 20, 2),
        ("unnamed", "192.0.2.2", UNNAMED, 3),
    )
    newcomer = FROM("192.0.2.3"), UNNAMED
    for expected in ("unnamed", "new name"):
        assert places.giving_way(*newcomer) == expected
        places.leave(expected)
    assert places.giving_way(*newcomer) is None


def test_of_two_who_are_alike_the_longest_here_goes() -> None:
    """The longest stay ends."""
    places = seated(*((str(n), "192.0.2.2", UNNAMED, float(9 - n)) for n in range(4)))
    assert places.giving_way(FROM("192.0.2.3"), UNNAMED) == "3"


def test_where_all_have_as_many_a_younger_name_gives_way() -> None:
    """To an older one; to somebody unnamed nobody does."""
    places = seated(*((str(n), f"192.0.2.{n}", 100.0 + n, 0) for n in range(5)))
    stranger = FROM("198.51.100.1")
    assert places.giving_way(stranger, UNNAMED) is None
    assert places.giving_way(stranger, 104) is None
    assert places.giving_way(stranger, 103.5) == "4"
    places.enter("5", Seat(FROM("192.0.2.5"), UNNAMED, 0))
    assert places.giving_way(stranger, 1000) == "5"


def test_a_name_that_is_taken_later_counts_from_then() -> None:
    """Who is seated anew has one seat, with the new name."""
    places = seated(("a", "192.0.2.1", UNNAMED, 0), ("b", "192.0.2.2", UNNAMED, 1))
    places.enter("a", Seat(FROM("192.0.2.1"), 50, 0))
    assert len(places) == 2
    assert places.giving_way(FROM("192.0.2.3"), 40) == "b"


def test_whoever_is_behind_a_crowd_needs_a_name() -> None:
    """Their own source has the most, and they would add to it."""
    places = seated(*((str(n), "192.0.2.2", UNNAMED, 0) for n in range(9)))
    assert places.giving_way(FROM("192.0.2.2"), UNNAMED) is None
    assert places.giving_way(FROM("192.0.2.2"), 7) is not None


def test_weights_count() -> None:
    """Sixteen customers of one provider of IPv6 are as one; a 17th makes it the fuller one."""
    rows = [(str(n), f"2001:db8:{n + 1:x}::1", UNNAMED, 0.0) for n in range(16)]
    places = seated(*rows)
    assert places.giving_way(FROM("192.0.2.3"), UNNAMED) is None
    places.enter("16", Seat(FROM("2001:db8:99::1"), UNNAMED, 5))
    assert places.giving_way(FROM("192.0.2.3"), UNNAMED) == "0"
    assert places.giving_way(FROM("2001:db8:aa::1"), UNNAMED) is None


@pytest.mark.parametrize("seed", range(20))
def test_it_is_as_if_everybody_were_looked_at(seed: int) -> None:
    """The quick way gives what the slow one gives, whoever comes and goes."""
    chance = random.Random(seed)
    places: Places[int] = Places()
    seats: dict[int, Seat] = {}
    for number in range(400):
        source = FROM(f"192.0.2.{chance.randrange(6)}")
        named = chance.choice([UNNAMED, float(chance.randrange(20))])
        if seats and chance.random() < 0.4:
            member = chance.choice(list(seats))
            places.leave(member)
            del seats[member]
        else:
            seats[number] = Seat(source, named, float(number))
            places.enter(number, seats[number])
        assert places.giving_way(source, named) in _slowly(seats, Seat(source, named, 0))


def _slowly(seats: dict[int, Seat], newcomer: Seat) -> list[int | None]:
    crowds: dict[object, list[int]] = {}
    for member, seat in seats.items():
        crowds.setdefault(seat.source, []).append(member)
    most = max(map(len, crowds.values()), default=0)
    if most > len(crowds.get(newcomer.source, [])) + 1:
        fullest = [crowd for crowd in crowds.values() if len(crowd) == most]
        return [min(crowd, key=lambda each: seats[each].strength) for crowd in fullest]
    younger = [each for each in seats if seats[each].named > newcomer.named]
    return [min(younger, key=lambda each: seats[each].strength, default=None)]
