"""Whole clients whose link may be dead, and who know no other way to each other: both go to the
server beside the conversation (protocol, "Another introduction")."""

import pytest
from msgspec.structs import replace
from simulated import Cut
from simulation.story import PORT, Person, Story
from simulation.test_meeting_again import at, connector, news, visits
from simulation.test_resume import done, interrupted, says, talking

from chatd import limits
from chatd.engine.decisions import events as e
from chatd.engine.decisions.presence import At

SOON = limits.SUSPECT_LEAST_SECONDS + 2
"""Seconds in which both have doubts, and have been introduced anew."""


def moved(seed: int, **network: object) -> tuple[Story, Person, Person]:
    """Two whose link dies without a word, and who are where nobody has told the other; their
    tickets for the relay have run out."""
    story, alice, bob = talking(seed, **network)
    story.network.advance(limits.RELAY_TICKET_SECONDS)
    for person in (alice, bob):
        says(person, "hello")
    story.run(lambda: done(alice, bob), 1)
    are_elsewhere(alice, bob)
    for connection in story.network.connections:
        if all(PORT not in (side.local[1], side.remote[1]) for side in connection._pipes):
            connection.cut(Cut.SILENT)
    return story, alice, bob


def are_elsewhere(*people: Person) -> None:
    for person in people:
        search = connector(person)._search
        search._plan = replace(search._plan, candidates=[], retried=[])
        search._came_from.clear()


@pytest.mark.parametrize("seed", range(5))
def test_both_are_introduced_anew_within_seconds(seed: int) -> None:
    """Where both say something; nobody reads anything, and both have left the server again."""
    story, alice, bob = moved(seed, latency=(0.02, 0.04))
    for person in (alice, bob):
        says(person, "still here")
    story.run(lambda: done(alice, bob), SOON)
    story.network.advance(1)
    for person in (alice, bob):
        assert news(person) == []
        assert at(person) is At.OUT
        assert len(person.session._world.reactor.ports) == 1  # type: ignore[union-attr]
    story.check()


@pytest.mark.parametrize("who", ["host", "guest"])
def test_a_silent_side_that_stays_at_the_server_is_found_there(who: str) -> None:
    """The ask of a host who has doubts lets a guest have some as well; a guest waits for the host's
    next ping."""
    story, alice, bob = moved(3, latency=(0.02, 0.04), stays=True)
    speaker = alice if who == "host" else bob
    says(speaker, "still here")
    seconds = SOON + 1 if who == "host" else limits.PING_SECONDS + SOON
    story.run(lambda: done(alice, bob), seconds)
    assert news(alice) == news(bob) == []
    story.check()


@pytest.mark.parametrize("who", ["host", "guest"])
def test_a_silent_side_that_has_left_the_server_comes_with_its_next_ping(who: str) -> None:
    """And is waited for there until then, without news."""
    story, alice, bob = moved(4, latency=(0.02, 0.04))
    says(alice if who == "host" else bob, "still here")
    ping = limits.PING_SECONDS + limits.GUEST_LATER_SECONDS
    story.run(lambda: done(alice, bob), ping + limits.MEET_AGAIN_SECONDS + SOON)
    assert news(alice) == news(bob) == []
    story.check()


def is_slow(story: Story, seconds: float, *people: Person) -> None:
    """From now on all takes that long between the two."""
    machines = [person.session._world.reactor for person in people]  # type: ignore[union-attr]
    for one, other in (machines, machines[::-1]):
        story.network.set_latency(one, other, (seconds, seconds))


@pytest.mark.parametrize("seconds", [0.65, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.4])
def test_a_link_that_lives_after_all_goes_on(seconds: float) -> None:
    """At whatever moment its answer comes: what was asked at the server is taken back, nobody reads
    anything, and both have left the server."""
    story, alice, bob = talking(5, latency=(0.02, 0.04))
    story.network.advance(limits.RELAY_TICKET_SECONDS)
    are_elsewhere(alice, bob)
    times = visits(bob)
    is_slow(story, seconds, alice, bob)
    for person in (alice, bob):
        says(person, "still here")
    story.network.advance(limits.SUSPECT_LEAST_SECONDS)
    is_slow(story, 0.03, alice, bob)
    story.run(lambda: done(alice, bob), 15)
    story.network.advance(60)
    assert times or seconds < 1
    for person in (alice, bob):
        assert news(person) == []
        assert at(person) is At.OUT
        assert len(person.session._world.reactor.ports) == 1  # type: ignore[union-attr]
        assert not person.session.machine.conversations.want_server  # type: ignore[union-attr]
    story.check()


def test_a_path_that_comes_and_goes_costs_few_visits() -> None:
    """No more than once a minute in the end."""
    story, alice, bob = talking(6, latency=(0.02, 0.04))
    times = visits(bob)
    for number in range(60):
        is_slow(story, 4, alice, bob)
        for person in (alice, bob):
            says(person, f"{number}")
        story.network.advance(3)
        is_slow(story, 0.03, alice, bob)
        story.network.advance(17)
    story.run(lambda: done(alice, bob), 60)
    assert 0 < len(times) <= limits.MEETS + 1200 // limits.MEET_SECONDS
    assert interrupted(alice) + interrupted(bob) == []


def test_a_server_that_is_away_says_nothing_of_it() -> None:
    """The visit comes to nothing; what follows is an interruption as any other."""
    story, alice, bob = moved(7)
    story.port.stopListening()
    for person in (alice, bob):
        says(person, "still here")
    story.network.advance(limits.LOST_SECONDS - 1)
    assert news(alice) == news(bob) == []
    story.network.advance(limits.QUIET_SECONDS + 2)
    assert interrupted(alice) == [e.Interrupted]
