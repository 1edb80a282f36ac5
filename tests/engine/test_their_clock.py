"""When a message was sent, whatever the clocks say."""

import pytest

from chatd import limits
from chatd.engine.decisions.their_clock import TheirClock

WALL = 1_796_000_000
YEAR = 365 * 24 * 3600


class Talk:
    """Two machines: ours has been up for a while, theirs has a clock that is wrong by `wrong`."""

    def __init__(self, wrong: int = 0) -> None:
        self.now = 5000.0
        self.wrong = wrong
        self.clock = TheirClock(WALL, self.now)

    def hears(self, *, after: float = 0, sent: float = 0) -> int:
        """What is said of a message that comes some seconds after the last, and was sent so many
        seconds ago."""
        self.now += after
        return self.clock.late(int(WALL + self.now - 5000 - sent) + self.wrong, self.now)


def test_on_time_nothing_is_said() -> None:
    """Also after a long silence."""
    talk = Talk()
    assert [talk.hears(after=pause) for pause in (1, 0, 40, 3600, 0.4)] == [0] * 5


def test_a_message_that_waited_is_late() -> None:
    """Those that were kept during an interruption come at once, each with its own age."""
    talk = Talk()
    assert talk.hears(after=10) == 0
    assert talk.hears(after=500, sent=400) == pytest.approx(400, abs=1)
    assert talk.hears(sent=200) == pytest.approx(200, abs=1)
    assert talk.hears(sent=100) == pytest.approx(100, abs=1)
    assert talk.hears() == 0


def test_the_first_message_can_be_late() -> None:
    """By clocks that agree, and not by more than the conversation is old."""
    assert Talk().hears(after=300, sent=200) == pytest.approx(200, abs=1)
    assert Talk().hears(after=300, sent=310) == 0


@pytest.mark.parametrize(("sent", "shown"), [(58, False), (61, True)])
def test_what_is_noticeable(sent: int, shown: bool) -> None:
    """A minute is; less is not."""
    talk = Talk()
    talk.hears()
    assert bool(talk.hears(after=90, sent=sent)) is shown
    assert limits.LATE_SECONDS == 60


@pytest.mark.parametrize("wrong", [-56 * YEAR, -YEAR, -7200, 7200, YEAR, 7000 * YEAR])
def test_a_clock_that_is_wrong_is_not_a_message_that_is_late(wrong: int) -> None:
    """It is wrong for all of them, and what waited is told apart all the same."""
    talk = Talk(wrong)
    assert [talk.hears(after=pause) for pause in (1, 5, 90)] == [0] * 3
    assert talk.hears(after=500, sent=400) == pytest.approx(400, abs=2)


@pytest.mark.parametrize("jump", [-YEAR, -3600, -310, 310, 3600, YEAR])
def test_a_clock_that_jumps_makes_nothing_late(jump: int) -> None:
    """It shows something else from one message to the next."""
    talk = Talk()
    talk.hears(after=10)
    talk.wrong += jump
    assert [talk.hears(after=pause) for pause in (300, 0, 70, 3)] == [0] * 4


def test_a_small_jump_is_believed_once_at_most() -> None:
    """Set back by less than the silence before, their clock says what a late message would; a
    minute later it is known that it was the clock."""
    talk = Talk()
    talk.hears(after=10)
    talk.wrong -= 200
    assert talk.hears(after=300) == pytest.approx(200, abs=2)
    assert [talk.hears(after=pause) for pause in (60, 0, 70)] == [0] * 3


@pytest.mark.parametrize("sent", [0, limits.LAST_SECOND])
def test_absurd_times_are_not_shown(sent: int) -> None:
    """Nor does one spoil what is said of the next, a minute later at the latest."""
    talk = Talk()
    talk.hears(after=10)
    assert talk.clock.late(sent, talk.now) == 0
    talk.hears(after=1)
    assert talk.hears(after=61) == 0


def test_without_a_time_nothing_is_late() -> None:
    """Whoever sends none is believed to have just sent it."""
    talk = Talk()
    talk.hears(after=10)
    assert talk.clock.late(None, talk.now + 300) == 0
