"""Seeds of an epoch (protocol, "Seeds of an epoch")."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatd import limits
from chatd.wire.seeds import AHEAD, Seeds, epoch_of

EPOCH = limits.EPOCH_SECONDS
SEED = bytes(range(32))


def test_a_fresh_seed_is_that_of_the_epoch_before() -> None:
    """So what is made at once is made under one that follows from it."""
    seeds = Seeds.fresh(SEED, 10.5 * EPOCH)
    assert (seeds.first, seeds.seed, seeds.present(10.5 * EPOCH)) == (9, SEED, 10)


@given(st.integers(0, 50), st.integers(0, 50))
def test_all_that_share_a_seed_come_to_the_same(steps: int, more: int) -> None:
    """Whoever moves on in one go, in many, or not at all, and a copy from a backup as well."""
    kept, moved = Seeds(100, SEED), Seeds(100, SEED)
    for epoch in range(102, 102 + steps):
        moved.move_on(epoch)
    target = max(moved.first, 100 + more)
    assert kept.at(target) == moved.at(target)
    assert kept.leads_to(moved)


def test_what_is_over_cannot_be_made_again() -> None:
    """No seed of an earlier epoch is there, or comes back."""
    seeds = Seeds(100, SEED)
    assert seeds.move_on(103)
    assert seeds.first == 102
    for earlier in (100, 101):
        with pytest.raises(ValueError, match="no seed"):
            seeds.at(earlier)
    assert not seeds.move_on(102)
    assert seeds.first == 102


def test_a_date_that_was_set_back_makes_nothing_older() -> None:
    """The present epoch is never before the one that has begun."""
    seeds = Seeds(100, SEED)
    assert seeds.present(101.5 * EPOCH) == seeds.present(50 * EPOCH) == seeds.present(0) == 101
    assert seeds.present(-5.0) == 101


def test_a_date_that_jumps_throws_nothing_away() -> None:
    """A year ahead and back, all is read that was made before."""
    seeds = Seeds(100, SEED)
    key = seeds.key(101, b"label", 32)
    ahead = seeds.present(160 * EPOCH)
    assert ahead == 160
    seeds.key(ahead, b"label", 32)
    assert 101 in seeds.readable(101.5 * EPOCH)
    assert seeds.key(101, b"label", 32) == key


@pytest.mark.parametrize("date", [1e12, 1e15, 1e300])
def test_an_absurd_date_is_bounded(date: float) -> None:
    """No more than a century is computed, and nothing is forgotten for it."""
    seeds = Seeds(100, SEED)
    assert seeds.present(date) == 100 + AHEAD
    for epoch in seeds.readable(date):
        assert len(seeds.at(epoch)) == 32
    assert not seeds.move_on(epoch_of(date))
    assert seeds.first == 100


def test_another_seed_does_not_lead_here() -> None:
    """A fresh one is told from a copy that is behind."""
    assert not Seeds(100, SEED).leads_to(Seeds(101, bytes(32)))
    assert not Seeds(102, SEED).leads_to(Seeds(101, SEED))


def test_keys_of_one_seed_differ_by_label_and_epoch() -> None:
    """None says anything of another."""
    seeds = Seeds(100, SEED)
    keys = {seeds.key(epoch, label, 32) for epoch in (101, 102) for label in (b"a", b"b")}
    assert len(keys) == 4
    many = [seeds.key(101, b"%d" % number, 32) for number in range(100)]
    assert many == [Seeds(100, SEED).key(101, b"%d" % number, 32) for number in range(100)]
