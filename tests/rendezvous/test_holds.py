"""Who is shown as around."""

from random import Random

import pytest

from chatd import limits
from chatd.rendezvous.holds import Holds

LEAST, MOST = limits.HELD_SECONDS
LATE = limits.BACK_LATE_SECONDS


def holds(part: float = 0.5, most: int = 100) -> Holds:
    """Holds for which always the same part of each span is drawn."""
    return Holds(lambda low, high: low + part * (high - low), most)


def test_whoever_did_not_talk_is_shown_while_here() -> None:
    """At once, and gone at once."""
    shown = holds()
    shown.arrived("bob", 0)
    assert shown.shows("bob", 0, is_here=True)
    shown.left("bob", 1)
    assert not shown.shows("bob", 1, is_here=False)
    assert len(shown) == 0


@pytest.mark.parametrize("part", [0.0, 0.5, 1.0])
def test_whoever_left_to_talk_is_shown_for_the_time_that_was_drawn(part: float) -> None:
    """To its last moment, whether they return, quit, or never come back."""
    shown, until = holds(part), LEAST + part * (MOST - LEAST)
    shown.introduced("bob", 0)
    for now in (0, until / 2, until - 1):
        assert shown.shows("bob", now, is_here=False)
        assert shown.shows("bob", now, is_here=True)
    assert not shown.shows("bob", until, is_here=False)


def test_the_two_who_talk_are_held_apart() -> None:
    """Each for a time of its own."""
    shown = Holds(Random(1).uniform, 10)
    for name in ("alice", "bob"):
        shown.introduced(name, 0)
    (_, one), (_, other) = shown.kept(0)
    assert one != other


def test_a_return_within_the_hold_is_no_news() -> None:
    """Nor is what they do after that; when it ends they are shown as others are."""
    shown = holds(0)
    shown.introduced("bob", 0)
    shown.arrived("bob", 60)
    shown.left("bob", 120)
    assert shown.shows("bob", 121, is_here=False)
    shown.arrived("bob", 180)
    assert shown.shows("bob", LEAST, is_here=True)
    shown.left("bob", LEAST + 1)
    assert not shown.shows("bob", LEAST + 1, is_here=False)
    shown.arrived("bob", LEAST + 2)
    assert shown.shows("bob", LEAST + 2, is_here=True)


@pytest.mark.parametrize("part", [0.0, 0.5, 1.0])
def test_a_late_return_is_shown_late(part: float) -> None:
    """If the hold ran out while they were away."""
    shown, back = holds(part), MOST + 60
    shown.introduced("bob", 0)
    shown.arrived("bob", back)
    assert shown.shows("bob", back + part * LATE - 0.5, is_here=True) is False or part == 0
    assert shown.shows("bob", back + part * LATE, is_here=True)


def test_another_conversation_never_shortens_a_hold() -> None:
    """Whatever is drawn the second time."""
    draws = iter([MOST, LEAST])
    shown = Holds(lambda low, high: next(draws), 10)
    shown.introduced("bob", 0)
    shown.introduced("bob", 60)
    assert shown.shows("bob", MOST - 1, is_here=False)


def test_a_hold_is_forgotten_after_some_hours() -> None:
    """Then a return is that of anybody."""
    shown = holds(1)
    shown.introduced("bob", 0)
    end = MOST + limits.HOLD_MEMORY_SECONDS
    assert not shown.shows("bob", end - 1, is_here=False)
    assert len(shown) == 1
    shown.arrived("bob", end)
    assert len(shown) == 0
    assert shown.shows("bob", end, is_here=True)


def test_so_many_and_no_more() -> None:
    """One more than fit: the first to end goes, and no other."""
    shown = holds(most=3)
    for now, name in enumerate(("bob", "carol", "bob", "dan")):
        shown.introduced(name, now)
    assert len(shown) == 3
    shown.introduced("eve", 4)
    assert [name for name, _ in shown.kept(5)] == ["bob", "dan", "eve"]


def test_the_next_daemon_goes_on() -> None:
    """With round numbers, in favour of those who are held; nothing that was written holds longer
    than a hold can."""
    before, after = holds(0.37), holds()
    before.introduced("bob", 0)
    before.introduced("carol", -2 * MOST)
    kept = before.kept(100)
    assert [name for name, _ in kept] == ["bob"]
    assert kept[0][1] % limits.HOLD_STEP_SECONDS == 0
    after.restore([*kept, ("dan", -5), ("eve", 1e12)], 1000)
    assert after.shows("bob", 1000 + kept[0][1] - 1, is_here=False)
    assert not after.shows("dan", 1000, is_here=False)
    longest = MOST + limits.HOLD_STEP_SECONDS
    assert after.shows("eve", 1000 + longest - 1, is_here=False)
    assert not after.shows("eve", 1000 + longest, is_here=False)
