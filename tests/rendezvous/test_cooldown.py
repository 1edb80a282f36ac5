"""What may not happen again so soon."""

from chatd.rendezvous.cooldown import Cooldown


def test_a_thing_waits_for_its_time_and_no_other_thing_does() -> None:
    """The wait is rounded up, is over at its end, and belongs to one thing."""
    cooldown: Cooldown[str] = Cooldown(seconds=60, most=10)
    cooldown.start("x", 100.0)
    assert [cooldown.left("x", now) for now in (100.0, 100.5, 159.0, 159.9, 160.0)] == [
        60,
        60,
        1,
        1,
        0,
    ]
    assert cooldown.left("y", 100.0) == 0


def test_starting_again_starts_anew() -> None:
    """The time counts from the last start."""
    cooldown: Cooldown[str] = Cooldown(seconds=60, most=10)
    cooldown.start("x", 0)
    cooldown.start("x", 30)
    assert cooldown.left("x", 60) == 30


def test_the_newest_are_remembered_up_to_the_bound() -> None:
    """At the bound all are remembered; one more forgets the oldest."""
    cooldown: Cooldown[int] = Cooldown(seconds=60, most=3)
    for thing in range(3):
        cooldown.start(thing, 0)
    assert [cooldown.left(thing, 0) for thing in range(3)] == [60, 60, 60]
    cooldown.start(0, 1)
    cooldown.start(3, 1)
    assert [cooldown.left(thing, 1) for thing in range(4)] == [60, 0, 59, 60]


def test_what_ran_out_is_dropped_with_the_next_start() -> None:
    """Memory is what was started in the last minute."""
    cooldown: Cooldown[int] = Cooldown(seconds=60, most=1000)
    for thing in range(500):
        cooldown.start(thing, thing / 10)
    cooldown.start(500, 109.0)
    assert len(cooldown) == 10


def test_a_clock_that_was_set_back_makes_nobody_wait_longer() -> None:
    """The wait is never more than the whole time."""
    cooldown: Cooldown[str] = Cooldown(seconds=60, most=10)
    cooldown.start("x", 1000)
    assert cooldown.left("x", 0) == 60
