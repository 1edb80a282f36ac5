"""Whole stories on machines whose date jumps, the daemon's and everybody's: nothing comes of it."""

import os
from random import Random

import pytest
from simulated import Cut
from simulation.story import JUMPS, Story, play, two_people
from simulation.test_resume import done, says, talking
from simulation.test_story import has_met

from chatd import limits
from chatd.engine.decisions import events as e

RUNS = int(os.environ.get("CHATD_SIM_RUNS", "150")) // 3
SEEDS = int(os.environ.get("CHATD_SIM_SEED", "0"))


def test_two_people_meet_while_every_clock_jumps() -> None:
    """The story is that of clocks which stand still."""
    for seed in range(RUNS):
        story = Story(SEEDS + seed, latency=(0.0, 0.5), split=True)
        story.let_clocks_jump()
        has_met(*play(story))


def test_cuts_while_every_clock_jumps() -> None:
    """Nothing out of order or twice, and both end up free again."""
    for seed in range(RUNS):
        story = Story(
            SEEDS + seed, latency=(0.0, 0.3), cut_probability=0.02, keepalive=limits.USER_TIMEOUT
        )
        story.let_clocks_jump()
        play(story)


@pytest.mark.parametrize("how", list(Cut))
def test_conversations_go_on_while_every_clock_jumps(how: Cut) -> None:
    """Interrupted and silent ones too, also when no link is left and both return to the server."""
    for seed in range(RUNS // 5):
        random = Random(seed)
        story, alice, bob = talking(seed, keepalive=limits.USER_TIMEOUT)
        story.let_clocks_jump()
        for number in range(4):
            for connection in story.network.connections:
                connection.cut(how)
            says(random.choice((alice, bob)), f"{number}")
            story.network.advance(random.choice((0.1, 60.0, 600.0)))
            story.run(lambda a=alice, b=bob: done(a, b), limits.RESUME_SECONDS)
        story.check()
        assert alice.over == bob.over == []


def test_the_relay_is_reached_while_its_clock_jumps() -> None:
    """A ticket is good for its minute, whatever the date does between its issue and its use."""
    for seed in range(RUNS // 2):
        story = Story(SEEDS + seed, relay=True, latency=(0.0, 0.2))
        alice, bob = two_people(story)
        for source, target in (("10.0.1.1", "10.0.1.2"), ("10.0.1.2", "10.0.1.1")):
            story.network.block(source, target)
        jump = JUMPS[1 + seed % (len(JUMPS) - 1)]
        story.run(lambda b=bob: any(isinstance(each, e.RequestArrived) for each in b.shown))
        story.network.advance(story.random.uniform(0, 1))
        story.clock += jump
        story.run(lambda a=alice, b=bob: a.over and b.over)
        has_met(alice, bob)
        story.check()
