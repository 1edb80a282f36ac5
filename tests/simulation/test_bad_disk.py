"""Stories in which the daemon's disk fails or hangs now and then, and works again."""

import os

import pytest
from simulated.disk import Fate
from simulation.story import Story, play, two_people

from chatd import limits
from chatd.engine.decisions import events as e

RUNS = int(os.environ.get("CHATD_SIM_RUNS", "150"))
SEEDS = int(os.environ.get("CHATD_SIM_SEED", "0"))


@pytest.mark.parametrize("cuts", [0.0, 0.01])
def test_people_meet_though_names_fail_to_be_stored(cuts: float) -> None:
    """They ask for their names again, and whoever has been told of a name has it on the disk."""
    refused = 0
    for seed in range(SEEDS, SEEDS + RUNS // 3):
        story = Story(seed, trouble=0.5, cut_probability=cuts, keepalive=limits.USER_TIMEOUT)
        alice, bob = play(story)
        refused += sum(isinstance(event, e.Refused) for event in alice.shown + bob.shown)
        assert story.disk is not None
        story.disk.fate = Fate
        story.network.advance(2 * limits.DISK_SECONDS + 20)
        found = {binding.name: binding.key for binding in story.disk.bindings}
        assert found == {each.name: each.key for each in story.names.page("", 9)}, seed
        assert set(found) == {"alice", "bob"}
        story.disk.erase()
    assert refused > 0


def test_a_disk_that_never_works_keeps_nobody_from_the_server() -> None:
    """Whoever has no name is there all the same, and gets the name once there is a disk."""
    story = Story(SEEDS, trouble=0)
    assert story.disk is not None
    story.disk.fate = lambda: Fate(0.01, stored=False)
    alice, bob = two_people(story)
    story.network.advance(60)
    assert story.lobby.here == 2
    assert not alice.free
    assert not bob.free
    story.disk.fate = Fate
    story.run(lambda: alice.talks and bob.talks)
    story.check()
    story.disk.erase()
