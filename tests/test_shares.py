"""How often something may happen, for each thing that is counted."""

import random

import pytest

from chatd.shares import Shares

A, B = ("a", 1), ("b", 1)


def shares(most: int = 100) -> Shares:
    """Two at once, and two a minute."""
    return Shares(2, 60, most)


def test_so_many_at_once_and_no_more() -> None:
    """The third has to wait until one is back, which is said to the second."""
    some = shares()
    assert [some.take([A], 0) for _ in range(3)] == [True, True, False]
    assert some.wait([A], 0) == 30
    assert not some.take([A], 29.9)
    assert some.take([A], 30)
    assert not some.take([A], 30)
    assert [some.take([A], 1000) for _ in range(3)] == [True, True, False]


def test_a_weight_is_so_many_shares() -> None:
    """A thing of weight 16 has 32 at once, and one again after a 16th of the time."""
    some = shares()
    assert [some.take([("a", 16)], 0) for _ in range(33)] == [True] * 32 + [False]
    assert some.wait([("a", 16)], 0) == pytest.approx(30 / 16)


def test_one_of_each_or_nothing_of_any() -> None:
    """Where one of two things has nothing left, the other keeps what it has."""
    some = shares()
    assert all(some.take([A], 0) for _ in range(2))
    assert not some.take([A, B], 0)
    assert [some.take([B], 0) for _ in range(3)] == [True, True, False]


def test_what_is_spent_all_the_same_has_to_be_waited_for() -> None:
    """Each that asks is given a later moment, in the order in which they asked."""
    some = shares()
    assert [some.spend([A], 0) for _ in range(4)] == [0, 0, 30, 60]
    assert some.spend([A], 60) == 30
    some.give_back([A])
    assert some.wait([A], 60) == 30


def test_amounts() -> None:
    """Half a share can be taken, and more than there is at once only be spent."""
    some = shares()
    assert some.take([A], 0, 1.5)
    assert not some.take([A], 0, 1)
    assert some.take([A], 0, 0.5)
    assert some.spend([B], 0, 6) == 120


def test_the_least_lately_used_is_forgotten() -> None:
    """One that keeps asking in vain is still remembered; a forgotten one is as new."""
    some = shares(most=2)
    for _ in range(3):
        some.take([A], 0)
    some.take([B], 0)
    assert not some.take([A], 0)
    some.take([("c", 1)], 0)
    assert len(some) == 2
    assert not some.take([A], 0)
    assert [some.take([B], 0) for _ in range(3)] == [True, True, False]


def test_a_clock_that_was_set_back_makes_nobody_wait_longer() -> None:
    """It stands still for a moment, and goes on from there."""
    some = shares()
    assert [some.take([A], 5000) for _ in range(3)] == [True, True, False]
    assert some.wait([A], 0) == 30
    assert some.take([A], 31)


@pytest.mark.parametrize("seed", range(5))
def test_no_more_than_the_rate_in_the_long_run(seed: int) -> None:
    """In any time, at most what is there at once and what came since is taken, and all of that."""
    chance = random.Random(seed)
    some, now, taken = Shares(4, 20, 10), 0.0, 0
    while now < 1000:
        taken += some.take([A], now)
        now += chance.expovariate(1)
    assert 0.9 * 200 <= taken <= 204


def test_who_gets_nothing_makes_nobody_forgotten() -> None:
    """A provider's network that has used its share up, with ever new customers' networks, leaves
    what is known of others."""
    some = shares(most=100)
    assert [some.take([A], 0) for _ in range(2)] == [True, True]
    taken = sum(some.take([(f"customer {n}", 1), ("provider", 16)], n / 1000) for n in range(5000))
    assert taken < 40
    assert not some.take([A], 5)
    assert len(some) < 50


def test_what_has_all_of_its_shares_again_takes_no_memory() -> None:
    """Of a thousand that were used once and then left alone, the next few uses forget all."""
    some = shares(most=2000)
    for number in range(1000):
        assert some.take([(number, 1)], number / 1000)
    assert len(some) == 1000
    for number in range(400):
        some.take([A], 61 + number)
    assert len(some) == 1


@pytest.mark.parametrize("seed", range(10))
def test_forgetting_what_is_full_changes_nothing(seed: int) -> None:
    """Whoever is counted with others who come and go is allowed what they would be alone."""
    chance = random.Random(seed)
    together, now = shares(), 0.0
    alone = {name: shares() for name in "abcdef"}
    for _ in range(500):
        now += chance.expovariate(1 / 10)
        name = chance.choice("abcdef")
        for use in chance.choice([["take"], ["spend"], ["take", "give_back"]]):
            if use == "give_back":
                together.give_back([(name, 1)])
                alone[name].give_back([(name, 1)])
            else:
                both = [getattr(each, use)([(name, 1)], now) for each in (together, alone[name])]
                assert both[0] == both[1]
