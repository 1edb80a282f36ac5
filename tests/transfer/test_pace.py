"""How fast a transfer goes, as a person is told."""

from chatd import limits
from chatd.transfer.pace import Pace


def test_the_pace_of_the_last_seconds() -> None:
    """A burst long ago is no pace, and a pause is not a slow one."""
    pace = Pace()
    assert pace.rate(0) is None
    pace.note(0, 0)
    assert pace.rate(0.1) is None
    for second in range(1, 31):
        pace.note(second, second * 100 if second <= 15 else 1500 + (second - 15) * 10)
    assert pace.rate(30) == 10
    assert pace.seconds(30, 500) == 50
    pace.note(100, 2000)
    assert pace.rate(100) is None


def test_what_stands_still_slows_down() -> None:
    """While nothing comes the pace falls, and no time is promised."""
    pace = Pace()
    for second in range(5):
        pace.note(second, second * 100)
    assert pace.rate(8) == 50
    stopped = Pace()
    for second in range(20):
        stopped.note(second, 5)
    assert stopped.rate(19) == 0
    assert stopped.seconds(19, 10) is None


def test_what_begins_anew_has_no_pace_yet() -> None:
    """A file that comes again from its beginning does not go backwards."""
    pace = Pace()
    for second in range(5):
        pace.note(second, second * 100)
    pace.note(5, 0)
    assert pace.rate(5) is None
    pace.note(6, 70)
    assert pace.rate(6) == 70


def test_looks_are_bounded() -> None:
    """However often it is told, it keeps a few."""
    pace = Pace()
    for step in range(100_000):
        pace.note(step / 10_000, step)
    assert len(pace._seen) <= limits.PACE_SECONDS / limits.PACE_STEP_SECONDS + 2
    assert 9_000 < (pace.rate(10) or 0) < 11_000
