"""The token bucket."""

from hypothesis import given
from hypothesis import strategies as st

from chatd.bucket import TokenBucket


def test_a_burst_passes_and_one_more_waits() -> None:
    """A full bucket holds exactly its burst, and then says how long to wait."""
    bucket = TokenBucket(2, 20, 1000.0)
    taken = [bucket.take(1000.0) for _ in range(21)]
    assert taken == [0] * 20 + [1]


def test_the_wait_is_until_there_is_a_token() -> None:
    """A slow bucket says its seconds, rounded up, and then gives one token."""
    bucket = TokenBucket(0.25, 1, 0)
    assert [bucket.take(now) for now in (0, 0, 0.5, 3, 4, 4)] == [0, 4, 4, 1, 0, 4]


def test_an_idle_bucket_holds_no_more_than_its_burst() -> None:
    """A long silence allows one burst, not two."""
    bucket = TokenBucket(2, 3, 0)
    assert [bucket.take(1_000_000) for _ in range(4)] == [0, 0, 0, 1]


def test_a_clock_that_was_set_back_changes_nothing() -> None:
    """It neither fills the bucket nor makes anyone wait for the old time."""
    bucket = TokenBucket(1, 1, 1000.0)
    assert [bucket.take(now) for now in (1000.0, 500.0, 501.0)] == [0, 1, 0]


@given(st.lists(st.integers(0, 40), max_size=60))
def test_the_rate_is_kept_over_any_time(eighths: list[int]) -> None:
    """No more passes than a burst and the rate allow, and waiting as told is enough."""
    bucket, now, taken = TokenBucket(2, 4, 0), 0.0, 0
    for each in eighths:
        now += each / 8
        wait = bucket.take(now)
        taken += wait == 0
        if wait:
            now += wait
            assert bucket.take(now) == 0
            taken += 1
    assert taken <= 4 + 2 * now
