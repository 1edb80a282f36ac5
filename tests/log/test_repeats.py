"""A log stays small."""

from chatd.log.repeats import Repeats


def test_one_more_than_allowed_is_left_out_and_said() -> None:
    """Each kind by itself; the period after says how many, once."""
    repeats = Repeats(most=2, seconds=60)
    assert not repeats.left_out(0)
    assert [repeats.admits("a") for _ in range(3)] == [True, True, False]
    assert repeats.admits("b")
    assert repeats.left_out(59) == 0
    assert repeats.left_out(60) == 1
    assert repeats.admits("a")
    assert repeats.left_out(120) == 0


def test_kinds_are_bounded_too() -> None:
    """What is one kind too many shares its lines with all others that are."""
    repeats = Repeats(most=1, seconds=60, kinds=2)
    repeats.left_out(0)
    assert [repeats.admits(kind) for kind in "abcdef"] == [True, True, True, False, False, False]
    assert repeats.left_out(60) == 3


def test_a_clock_that_went_back_begins_anew() -> None:
    """Nothing is left out for longer than a period."""
    repeats = Repeats(most=1, seconds=60)
    repeats.left_out(1000)
    repeats.admits("a")
    assert repeats.left_out(0) == 0
    assert repeats.admits("a")
