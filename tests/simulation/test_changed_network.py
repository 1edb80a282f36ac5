"""Whole clients whose machine tells them that its network has changed."""

import pytest
from simulation.story import Person, Story
from simulation.test_resume import done, interrupted, says, talking

from chatd import limits
from chatd.engine.decisions import events as e
from chatd.reach.network_watch import Change
from chatd.testing import Cut

QUIET = 1000
"""Seconds of silence, after which a ping is far away."""
CHANGES = [Change(gone=frozenset(["10.0.1.9"])), Change(routes=True), Change(slept=True)]


def silent(seed: int) -> tuple[Story, Person, Person]:
    """Two who talk, and have said nothing for a long time."""
    story, alice, bob = talking(seed)
    story.network.advance(QUIET)
    return story, alice, bob


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("who", ["host", "guest"])
def test_a_link_that_is_dead_is_found_out_at_once(who: str, change: Change) -> None:
    """It is asked then, and not minutes later; they go on."""
    for seed in range(5):
        story, alice, bob = silent(seed)
        for connection in story.network.connections:
            connection.cut(Cut.SILENT)
        person = alice if who == "host" else bob
        person.network_changed(change)
        story.network.advance(limits.LOST_SECONDS + 1)
        assert interrupted(person)[:1] == [e.Interrupted]
        says(person, "still there?")
        story.run(lambda a=alice, b=bob: done(a, b), limits.RESUME_SECONDS)
        story.check()


@pytest.mark.parametrize("who", ["host", "guest"])
def test_a_link_that_lives_goes_on(who: str) -> None:
    """Nobody reads anything, and little is sent: a question and its answer."""
    story, alice, bob = silent(1)
    sent = story.network.deliveries
    (alice if who == "host" else bob).network_changed(CHANGES[0])
    story.network.settle()
    assert 2 <= story.network.deliveries - sent <= 4
    story.network.advance(QUIET)
    assert interrupted(alice) + interrupted(bob) == []
    story.check()


@pytest.mark.parametrize("seed", range(3))
def test_changes_at_any_moment_do_no_harm(seed: int) -> None:
    """Before there is a link, while one is looked for, and when all is over."""
    story = Story(seed)
    alice = story.join(Person("alice", "bob", ["a0"]))
    bob = story.join(Person("bob", None, ["b0"]))
    for step in range(400):
        for person in (alice, bob):
            person.network_changed(CHANGES[step % len(CHANGES)])
        if step == 200:
            for connection in story.network.connections:
                connection.cut(Cut.RESET)
        story.network.advance(0.1)
    story.run(lambda: done(alice, bob), limits.RESUME_SECONDS)
    story.check()
