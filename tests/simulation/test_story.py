"""Whole conversations in memory: delays, splits and cuts, seeded and repeatable."""

import os
from collections import Counter

import pytest
from simulated import Cut
from simulation.story import LINES, Person, Story, play

from chatd import limits
from chatd.engine.decisions import events as e
from chatd.peer.ending import Ending

RUNS = int(os.environ.get("CHATD_SIM_RUNS", "150"))
REAL_RUNS = int(os.environ.get("CHATD_SIM_REAL_RUNS", "10"))
SEEDS = int(os.environ.get("CHATD_SIM_SEED", "0"))


def has_met(alice: Person, bob: Person) -> None:
    assert alice.talks == bob.talks == 1
    assert alice.heard == bob.says
    assert bob.heard == alice.says
    assert [over.ending for over in alice.over] == [None]
    assert [over.ending for over in bob.over] == [Ending.LEFT]


def test_two_people_meet_talk_part_and_are_back() -> None:
    """The whole story on a quiet network, and nothing is left of it on the server."""
    story = Story(1)
    alice, bob = play(story)
    has_met(alice, bob)
    assert len(alice.heard) == LINES
    assert story.lobby.here == 2


def test_after_go_the_server_holds_nothing_of_the_two() -> None:
    """While they talk there is no session, link, introduction or timer of theirs."""
    story = Story(2)
    alice = story.join(Person("alice", "bob"))
    bob = story.join(Person("bob"))
    story.run(lambda: alice.talks and bob.talks)
    story.network.settle()
    assert story.lobby.here == 0
    assert not story.factory.reception.all
    assert story.lobby.introductions.next_deadline() is None
    assert len(story.network.connections) == 1


@pytest.mark.parametrize("suite", ["gcm", "cbc"])
def test_real_primitives(suite: str) -> None:
    """The same story with the real handshakes, in either suite."""
    for seed in range(REAL_RUNS):
        story = Story(SEEDS + seed, real=True, suites=(suite,), latency=(0.001, 0.2), split=True)
        has_met(*play(story))


def test_arbitrary_latency_and_splits_change_nothing() -> None:
    """However the bytes arrive, the story is the same."""
    for seed in range(RUNS // 3):
        has_met(*play(Story(SEEDS + seed, latency=(0.0, 0.5), split=True)))


def test_random_cuts_never_wedge_anyone() -> None:
    """Connections cut at random: nothing out of order or twice, and both end up free again."""
    outcomes = Counter[bool]()
    for seed in range(RUNS):
        story = Story(
            SEEDS + 10_000 + seed,
            latency=(0.0, 0.3),
            split=bool(seed % 2),
            cut_probability=0.02,
            keepalive=limits.USER_TIMEOUT,
        )
        alice, _ = play(story)
        outcomes[alice.talks > 0] += 1
    # Most stories come to a conversation in spite of the cuts, or the test would show little.
    assert outcomes[True] > outcomes[False]


def _deliveries() -> int:
    story = Story(3, latency=(0.01, 0.02))
    play(story)
    return story.network.deliveries


@pytest.mark.parametrize("how", list(Cut))
def test_a_cut_at_every_single_point(how: Cut) -> None:
    """One story, cut once at each of its deliveries."""
    for point in range(1, _deliveries() + 1):
        story = Story(3, latency=(0.01, 0.02), keepalive=120)
        story.network.cut_after(point, how)
        play(story)


def test_both_ask_at_the_same_moment() -> None:
    """Two people who ask each other make one introduction."""
    for seed in range(RUNS // 5):
        story = Story(SEEDS + seed, latency=(0.0, 0.1))
        alice = story.join(Person("alice", "bob", ["hi"], leaves=False))
        bob = story.join(Person("bob", "alice", ["ho"], leaves=False))
        story.run(lambda a=alice, b=bob: a.heard and b.heard)
        assert alice.talks == bob.talks == 1
        assert not any(isinstance(event, e.NotConnected) for event in alice.shown + bob.shown)
        story.check()
