"""Small parts: durations in words, and how much is on its way at once."""

import pytest

from chatd import limits
from chatd.ui.clock import duration
from chatd.ui.send_window import Window


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-3, "0 s"),
        (0, "0 s"),
        (0.2, "1 s"),
        (59, "59 s"),
        (60, "1 min"),
        (61, "1 min 1 s"),
        (300, "5 min"),
        (3600, "1 h"),
        (5400, "1 h 30 min"),
        (3601, "1 h 1 s"),
        (3661, "1 h 1 min"),
        (86_399, "23 h 59 min"),
        (86_400, "1 d"),
        (7 * 86_400 - 1, "6 d 23 h"),
    ],
)
def test_duration(seconds, said):
    """Rounded up to seconds, in the two largest units that are not zero."""
    assert duration(seconds) == said


def test_window_by_number():
    """It is full with as many as may be unacknowledged, and open again after one tick."""
    window = Window()
    for _ in range(limits.UNACKNOWLEDGED - 1):
        window.said("")
    assert not window.is_full
    window.said("")
    assert window.is_full
    window.delivered(1)
    assert not window.is_full


def test_window_by_size():
    """Large messages fill it before, well below what would end the link."""
    window = Window()
    while not window.is_full:
        window.said("x" * limits.MESSAGE_TEXT)
    most = limits.PIPED_WINDOW // limits.MESSAGE_TEXT
    window.delivered(most - 1)
    assert not window.is_full
    assert most * limits.MESSAGE_TEXT < limits.UNREAD_OUTPUT


def test_late_ticks_do_no_harm():
    """More than is on its way cannot arrive."""
    window = Window()
    window.said("x")
    window.delivered(3)
    for _ in range(limits.UNACKNOWLEDGED - 1):
        window.said("x")
    assert not window.is_full
