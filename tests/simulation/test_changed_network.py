"""Whole clients whose machine tells them that its network has changed."""

import os
from random import Random

import pytest
from simulated import Cut
from simulation.story import Person, Story
from simulation.test_resume import done, interrupted, keep_apart, says, talking

from chatd import limits
from chatd.engine.decisions import events as e
from chatd.reach.network_watch import Change

RUNS = int(os.environ.get("CHATD_SIM_RUNS", "150")) // 5
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
    """It is asked then, and another one taken in its place; nobody reads anything."""
    for seed in range(2):
        story, alice, bob = silent(seed)
        for connection in story.network.connections:
            connection.cut(Cut.SILENT)
        person = alice if who == "host" else bob
        person.network_changed(change)
        story.network.advance(limits.ANSWER_MOST_SECONDS + 2)
        for each in (alice, bob):
            says(each, "still there?")
        story.run(lambda a=alice, b=bob: done(a, b), 1)
        assert interrupted(alice) + interrupted(bob) == []
        story.check()


@pytest.mark.parametrize("who", ["host", "guest"])
def test_where_nothing_else_leads_to_them_it_is_lost_in_time(who: str) -> None:
    """And looked for in the same way all the while; a dead connection that the other side still has
    is in the way of one from the same port, until that side asks as well."""
    story, alice, bob = silent(7)
    hosts = keep_apart(story, alice, bob, how=Cut.SILENT)
    person = alice if who == "host" else bob
    person.network_changed(CHANGES[1])
    story.network.advance(limits.LOST_SECONDS + limits.QUIET_SECONDS - 1)
    assert interrupted(person) == []
    story.network.advance(2)
    assert interrupted(person) == [e.Interrupted]
    for pair in (hosts, hosts[::-1]):
        story.network.allow(*pair)
    person.network_changed(CHANGES[1])
    for each in (alice, bob):
        says(each, "there")
    story.run(lambda: done(alice, bob), 2 * limits.SUSPECT_SECONDS)
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


@pytest.mark.parametrize("seed", range(RUNS))
def test_a_day_of_changes(seed: int) -> None:
    """Ways that close and open, connections that are cut or forgotten, a server that comes and
    goes, and a machine that tells of it or does not: all is heard once and in order, and when
    the ways are open again the two find each other and exchange no more links."""
    random = Random(seed)
    story, alice, bob = talking(seed, latency=(0.01, 0.1), keepalive=limits.USER_TIMEOUT)
    hosts = [person.session._world.reactor for person in (alice, bob)]  # type: ignore[union-attr]
    ways = [hosts, hosts[::-1], [hosts[0], story.server_host], [hosts[1], story.server_host]]
    for number in range(12):
        random.choice((story.network.block, story.network.allow))(*random.choice(ways))
        for connection in story.network.connections:
            if random.random() < 0.6:
                connection.cut(random.choice(list(Cut)))
        for person in (alice, bob):
            if random.random() < 0.7:
                says(person, f"{person.name} {number}")
            if random.random() < 0.5:
                person.network_changed(random.choice(CHANGES))
        story.network.advance(random.choice((0.05, 0.5, 4.0, 40.0)))
    for way in ways:
        story.network.allow(*way)
    story.run(lambda: done(alice, bob), 120)
    assert alice.over == bob.over == []
    story.network.advance(60)
    links = [next(iter(person.session.drivers)).talk.link for person in (alice, bob)]  # type: ignore[union-attr]
    story.network.advance(600)
    assert links == [next(iter(person.session.drivers)).talk.link for person in (alice, bob)]  # type: ignore[union-attr]
    says(alice, "good night")
    story.run(lambda: done(alice, bob), 1)
    story.check()
