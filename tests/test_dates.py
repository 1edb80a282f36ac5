"""The date of a machine whose clock jumps."""

from random import Random

import pytest

from chatd import limits
from chatd.dates import Dates

HOUR, DAY, YEAR = 3600.0, 86_400.0, 365 * 86_400.0
JUMPS = [2 * DAY, YEAR, -HOUR, -10 * YEAR, 5.0, -5.0]
DOUBT = limits.DATE_DOUBT_SECONDS


class Machine:
    """Two clocks, and what was noticed."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.wall = 1_800_000_000.0
        self.noticed: list[float] = []
        self.dates = Dates(lambda: self.seconds, lambda: self.wall, self.noticed.append)

    def passes(self, seconds: float, pace: float = 1.0) -> None:
        """Time passes, for the wall clock at a pace of its own."""
        self.seconds += seconds
        self.wall += seconds * pace


def test_the_date_is_that_of_the_machine() -> None:
    """As long as its clock goes, also slewed, looked at often or seldom."""
    machine = Machine()
    for seconds in (0.0, 1.0, 60.0, DAY, 100 * DAY):
        machine.passes(seconds, 1.0005)
        assert machine.dates.now() == pytest.approx(machine.wall)
    assert not machine.noticed


@pytest.mark.parametrize("jump", JUMPS)
def test_a_jump_is_noticed_once_and_counts_when_it_has_lasted(jump: float) -> None:
    """Until then the date goes on as if it had not been."""
    machine = Machine()
    true = machine.wall
    machine.wall += jump
    for _ in range(DOUBT // 60):
        assert machine.dates.now() == pytest.approx(true + machine.seconds - 1000)
        machine.passes(60)
    assert machine.noticed == [pytest.approx(jump)]
    assert machine.dates.now() == pytest.approx(machine.wall)
    machine.passes(60)
    assert machine.dates.now() == pytest.approx(machine.wall)
    assert len(machine.noticed) == 1


@pytest.mark.parametrize("jump", JUMPS)
def test_a_jump_that_is_taken_back_was_none(jump: float) -> None:
    """Nothing is left of it, and the next one has its whole time again."""
    machine = Machine()
    machine.wall += jump
    machine.dates.now()
    machine.passes(DOUBT - 1)
    machine.wall -= jump
    assert machine.dates.now() == pytest.approx(machine.wall)
    machine.wall += jump
    machine.dates.now()
    machine.passes(DOUBT - 1)
    assert machine.dates.now() == pytest.approx(machine.wall - jump)
    assert len(machine.noticed) == 2


def test_each_jump_has_to_last() -> None:
    """One more while there is doubt begins the time anew."""
    machine = Machine()
    machine.wall += YEAR
    machine.dates.now()
    machine.passes(DOUBT - 1)
    machine.wall += DAY
    machine.dates.now()
    machine.passes(DOUBT - 1)
    assert machine.dates.now() == pytest.approx(machine.wall - YEAR - DAY)
    machine.passes(1)
    assert machine.dates.now() == pytest.approx(machine.wall)


@pytest.mark.parametrize("seed", range(200))
def test_a_clock_that_keeps_jumping_never_moves_the_date(seed: int) -> None:
    """Jumps of any size, none of which lasts: the date is right to within seconds all the time."""
    machine, random = Machine(), Random(seed)
    true, jump = machine.wall, 0.0
    for _ in range(200):
        step = random.uniform(0, DOUBT / 2)
        machine.passes(step)
        true += step
        jump = random.choice([each for each in (*JUMPS, HOUR, 0.0) if each != jump])
        machine.wall = true + jump
        assert abs(machine.dates.now() - true) <= 10
