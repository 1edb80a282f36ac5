"""The histogram of durations."""

from chatd.watch.times import Times


def test_each_duration_is_counted_once() -> None:
    """By the first bound that it is not over, the bound itself included; beyond all by the last."""
    times = Times((1.0, 2.0))
    for seconds in (0.0, 1.0, 1.5, 2.0, 2.5, 1e9):
        times.add(seconds)
    assert times.counts == [2, 2, 2]
    assert len(times) == 6
    assert (times.longest, times.sum) == (1e9, 1e9 + 7)


def test_a_clock_that_went_back_counts_as_nothing() -> None:
    """No sum of durations ever falls."""
    times = Times((1.0,))
    times.add(-5.0)
    assert (times.sum, times.counts) == (0.0, [1, 0])
