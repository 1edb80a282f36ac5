"""Seeds of an epoch (protocol, "Seeds of an epoch")."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatd import limits
from chatd.wire.seeds import _KEYS, AHEAD, MOST_EPOCH, Seeds, epoch_of

EPOCH = limits.EPOCH_SECONDS
SEED = bytes(range(32))


def test_a_fresh_seed_is_that_of_the_epoch_before() -> None:
    """So what is made at once is made under one that follows from it."""
    seeds = Seeds.fresh(SEED, 10.5 * EPOCH)
    assert (seeds.first, seeds.seed, seeds.present(10.5 * EPOCH)) == (9, SEED, 10)


@pytest.mark.parametrize(
    ("now", "epoch"),
    [
        (-1e18, 0),
        (-0.5, 0),
        (0, 0),
        (EPOCH - 0.001, 0),
        (EPOCH, 1),
        (2 * EPOCH - 0.001, 1),
        (2 * EPOCH, 2),
        (MOST_EPOCH * EPOCH, MOST_EPOCH),
        (1e300, MOST_EPOCH),
    ],
)
def test_epochs_are_weeks_since_1970(now: float, epoch: int) -> None:
    """Whatever a clock says, it is a number of 32 bits."""
    assert epoch_of(now) == epoch


@pytest.mark.parametrize(("now", "first"), [(0, 0), (EPOCH, 0), (2 * EPOCH, 1)])
def test_there_is_no_epoch_before_the_first(now: float, first: int) -> None:
    """A machine without a clock begins in 1970."""
    assert Seeds.fresh(SEED, now).first == first


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


@pytest.mark.parametrize(
    ("epoch", "moves"),
    [
        (99, False),
        (100, False),
        (101, False),
        (102, True),
        (100 + AHEAD, True),
        (101 + AHEAD, False),
    ],
)
def test_which_epochs_can_be_moved_on_to(epoch: int, moves: bool) -> None:
    """All that come after the present one, up to a century; its seed is then the one that follows
    from the first."""
    seeds, before = Seeds(100, SEED), Seeds(100, SEED)
    kept = seeds.key(101, b"label", 32)
    assert seeds.move_on(epoch) == moves
    assert (seeds.first, seeds.seed) == (
        (epoch - 1, before.at(epoch - 1)) if moves else (100, SEED)
    )
    if seeds.first <= 101:
        assert seeds.key(101, b"label", 32) == kept
    else:
        with pytest.raises(ValueError, match="no seed"):
            seeds.key(101, b"label", 32)


def test_how_far_ahead_seeds_are_computed() -> None:
    """A century, and the epoch after it for those who live a little later."""
    seeds = Seeds(100, SEED)
    assert len(seeds.at(101 + AHEAD)) == 32
    with pytest.raises(ValueError, match="no seed"):
        seeds.at(102 + AHEAD)


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


def test_a_seed_leads_a_century_ahead() -> None:
    """A copy that is older than that counts as another one."""
    seeds = Seeds(100, SEED)
    assert seeds.leads_to(Seeds(100, SEED))
    assert seeds.leads_to(Seeds(100 + AHEAD, seeds.at(100 + AHEAD)))
    assert not seeds.leads_to(Seeds(101 + AHEAD, seeds.at(101 + AHEAD)))


def test_keys_of_one_seed_differ_by_label_and_epoch() -> None:
    """None says anything of another."""
    seeds = Seeds(100, SEED)
    keys = {seeds.key(epoch, label, 32) for epoch in (101, 102) for label in (b"a", b"b")}
    assert len(keys) == 4
    many = [seeds.key(101, b"%d" % number, 32) for number in range(100)]
    assert many == [Seeds(100, SEED).key(101, b"%d" % number, 32) for number in range(100)]


def test_what_is_made_of_a_key_is_kept_and_bounded() -> None:
    """A cipher is made once for many logins; of more keys than that, all are made anew."""
    made: list[bytes] = []

    def make(key: bytes) -> bytes:
        made.append(key)
        return key

    def ask(number: int) -> bytes:
        return seeds.under_key(101, b"%d" % number, 32, make)

    seeds = Seeds(100, SEED)
    first = [ask(number) for number in range(_KEYS)]
    assert [ask(number) for number in range(_KEYS)] == first == made
    ask(_KEYS)
    assert ask(0) == first[0]
    assert len(made) == _KEYS + 2
