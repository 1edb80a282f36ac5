"""How the relay divides what it may pass on."""

from collections.abc import Callable
from heapq import heapify, heapreplace

import pytest

from chatd.relay.budget import Budget, Quota
from chatd.relay.fair_share import AHEAD_SECONDS, FairShare
from chatd.relay.link_quota import Owner
from chatd.relay.meter import BURST_SECONDS, LOOK_AGAIN_SECONDS, Meter
from chatd.sources import NOWHERE

NOBODY = Owner(b"", NOWHERE)
READ = 65_536
"""What one look at a link that is allowed to go on can bring."""
SECONDS = 30


def meter(shares: FairShare, rate: float = 1 << 40) -> Meter:
    """That of a pair which has no bound of its own, if none is given."""
    return Meter(shares, rate, Budget(Quota(1 << 60, 1 << 60, 1 << 60)), [NOBODY])


def played(meters: list[Meter], size: Callable[[int], int]) -> list[int]:
    """What each of the pairs passes that always have something to send, `size` bytes at a time."""
    passed = [0] * len(meters)
    turns = [(100 + number / 1_000_000, number) for number in range(len(meters))]
    heapify(turns)
    while turns[0][0] < 100 + SECONDS:
        now, number = turns[0]
        seconds = meters[number].wait(now)
        if not seconds:
            meters[number].pass_on(size(number), now)
            passed[number] += size(number)
        heapreplace(turns, (now + max(seconds, 0.000_1), number))
    return passed


@pytest.mark.parametrize("total", [100 << 10, 1 << 20, 8 << 20])
@pytest.mark.parametrize("pairs", [1, 2, 50, pytest.param(256, marks=pytest.mark.slow)])
def test_no_more_passes_than_the_rate_in_all(total: int, pairs: int) -> None:
    """However many pairs there are, each is ahead by one read at most, and all together by a burst;
    nothing of the rate is lost, and all get the same."""
    shares = FairShare(total)
    passed = played([meter(shares) for _ in range(pairs)], lambda _: READ)
    assert 0.95 * total * SECONDS <= sum(passed)
    assert sum(passed) <= total * (SECONDS + AHEAD_SECONDS) + pairs * READ
    assert max(passed) - min(passed) <= READ


@pytest.mark.slow
@pytest.mark.parametrize("pairs", [4, pytest.param(256, marks=pytest.mark.slow)])
def test_pairs_that_are_busy_share_evenly(pairs: int) -> None:
    """Those that send much at a time get as much as those that send little."""
    total, shares = 1 << 20, FairShare(1 << 20)
    passed = played([meter(shares) for _ in range(pairs)], lambda i: 100 * (i % 4 + 1))
    assert max(passed) - min(passed) <= 1000
    assert sum(passed) == pytest.approx(total * (SECONDS + AHEAD_SECONDS), rel=0.05)


@pytest.mark.parametrize(
    "pause", [0.5, *(pytest.param(each, marks=pytest.mark.slow) for each in (1.05, 2.1))]
)
def test_bursts_that_come_again_and_again_do_not_add_up(pause: float) -> None:
    """Pairs that are silent until they may take much at once get no more in the long run."""
    total, shares, passed = 1 << 20, FairShare(1 << 20), 0
    meters = [meter(shares, rate=total) for _ in range(100)]
    rounds = int(120 / pause)
    for turn in range(rounds):
        now = 100 + turn * pause
        for each in meters:
            while not each.wait(now):
                each.pass_on(1000, now)
                passed += 1000
    assert passed <= 1.1 * total * 120


def test_a_pair_alone_has_its_own_rate() -> None:
    """Beyond a burst it waits for as long as the bytes take at its rate."""
    one = meter(FairShare(1000), rate=100)
    one.pass_on(100, now=50.0)
    assert one.wait(now=50.0) == 0
    one.pass_on(50, now=50.0)
    assert one.wait(now=50.0) == pytest.approx(0.5)
    assert one.wait(now=50.4) == pytest.approx(0.1)
    assert one.wait(now=50.5) == 0


def test_a_pair_that_was_silent_has_one_burst() -> None:
    """Silence is not saved up."""
    one = meter(FairShare(1000), rate=100)
    one.pass_on(1, now=0.0)
    one.pass_on(150, now=1_000.0)
    assert one.wait(now=1_000.0) == pytest.approx(1.5 - BURST_SECONDS)


def test_whoever_waits_long_looks_again() -> None:
    """Others may have gone meanwhile."""
    one = meter(FairShare(1000), rate=100)
    one.pass_on(100_000, now=0.0)
    assert one.wait(now=0.0) == LOOK_AGAIN_SECONDS


def test_a_pair_that_is_silent_takes_nothing_from_the_others() -> None:
    """What it has passed is paid for soon, and then the other has everything."""
    shares = FairShare(1000)
    one, two = meter(shares), meter(shares)
    one.pass_on(100, now=0.0)
    two.pass_on(2_000, now=0.0)
    assert shares.wait(two, now=0.0) == pytest.approx(4 - AHEAD_SECONDS)
    assert shares.wait(two, now=0.2) == pytest.approx(1.9 - AHEAD_SECONDS)


def test_someone_who_says_little_does_not_wait_for_those_who_say_much() -> None:
    """Also where the relay is far behind."""
    shares = FairShare(1000)
    for _ in range(20):
        meter(shares).pass_on(READ, now=0.0)
    one = meter(shares)
    one.pass_on(40, now=10.0)
    assert one.wait(now=10.0) == 0


def test_what_a_pair_has_passed_counts_also_when_it_is_gone() -> None:
    """Or the rate could be had as often as one comes again; it is paid, and nothing is left."""
    shares = FairShare(1000)
    meter(shares).pass_on(3_000, now=0.0)
    other = meter(shares)
    other.pass_on(2_000, now=0.0)
    assert shares.wait(other, now=0.0) == pytest.approx(4 - AHEAD_SECONDS)
    assert shares.wait(other, now=6.0) == 0
    assert vars(shares)["_ends"] == {}
    assert vars(shares)["_order"] == []
