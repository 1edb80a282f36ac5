"""How the relay divides what it may pass on."""

import pytest

from chatd.relay.shares import BURST_SECONDS, Meter, Shares


def test_a_pair_alone_has_its_own_rate() -> None:
    """Beyond a burst it waits for as long as the bytes take at its rate."""
    meter = Meter(Shares(total=1000, each=100), most=10_000)
    assert meter.pass_on(100, now=50.0) == 0
    assert meter.pass_on(100, now=50.0) == pytest.approx(1.0)
    assert meter.pass_on(50, now=51.0) == pytest.approx(0.5)


def test_a_pair_that_was_silent_has_one_burst() -> None:
    """Silence is not saved up."""
    meter = Meter(Shares(total=1000, each=100), most=10_000)
    meter.pass_on(1, now=0.0)
    assert meter.pass_on(300, now=1_000.0) == pytest.approx(3 - BURST_SECONDS)


def test_pairs_that_are_busy_share_evenly() -> None:
    """Four pairs that all want as much as they can get are given the same, and all of it."""
    shares = Shares(total=1000, each=1000)
    meters = [Meter(shares, most=1 << 30) for _ in range(4)]
    ready, passed, step = [0.0] * 4, [0] * 4, 0.01
    for tick in range(int(60 / step)):
        now = tick * step
        for i, meter in enumerate(meters):
            if ready[i] <= now:
                passed[i] += 10 * (i + 1)  # of different sizes at a time
                ready[i] = now + meter.pass_on(10 * (i + 1), now)
    assert max(passed) < 1.1 * min(passed)
    assert 0.95 * 60_000 < sum(passed) < 1.1 * 60_000


def test_a_pair_that_is_silent_takes_nothing_from_the_others() -> None:
    """A second after its last byte, the other has everything."""
    shares = Shares(total=1000, each=1000)
    one, two = Meter(shares, 1 << 30), Meter(shares, 1 << 30)
    one.pass_on(1, now=0.0)
    assert shares.rate(two, now=0.5) == 500
    assert shares.rate(two, now=1.6) == 1000


def test_a_pair_that_is_gone_is_forgotten() -> None:
    """Its share is free at once."""
    shares = Shares(total=1000, each=1000)
    one = Meter(shares, 1 << 30)
    one.pass_on(1, now=0.0)
    shares.forget(one)
    assert shares.rate("another", now=0.0) == 1000


def test_all_the_bytes_of_a_pair_are_counted() -> None:
    """At the bound it is used up, and not one before."""
    meter = Meter(Shares(1000, 1000), most=10)
    meter.pass_on(9, now=0.0)
    assert not meter.is_used_up
    meter.pass_on(1, now=0.0)
    assert meter.is_used_up
