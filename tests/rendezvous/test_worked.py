"""How much of the time may be worked."""

from hypothesis import given
from hypothesis import strategies as st

from chatd.rendezvous.turns import Worked
from chatd.shares import Shares

steps = st.lists(st.tuples(st.floats(0, 0.01), st.floats(0, 0.2)), max_size=30)


def test_half_of_the_time_may_be_worked() -> None:
    """All of a short while at once, and after that there is a wait of as long."""
    worked = Worked(1 / 2, 0.02)
    assert worked.wait(100) == 0
    worked.spend(0.01, 100.01)
    assert worked.wait(100.01) == 0
    worked.spend(0.01, 100.02)
    assert round(worked.wait(100.02), 6) == 0.01
    assert worked.wait(100.03) == 0


@given(steps)
def test_it_is_the_share_of_the_only_one(steps: list[tuple[float, float]]) -> None:
    """What it allows is what `Shares` allow of one thing."""
    one, many, now = Worked(0.1, 0.5), Shares(0.1 * 0.5, 0.5, 1), 1000.0
    for seconds, pause in steps:
        now += seconds
        one.spend(seconds, now)
        many.spend((("it", 1),), now, seconds)
        now += pause
        assert abs(one.wait(now) - many.wait((("it", 1),), now, 0)) < 1e-5
