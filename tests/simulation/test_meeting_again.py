"""Whole clients whose relayed conversation needs another introduction to become direct (protocol,
"Another introduction")."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from msgspec.structs import replace
from simulated import Cut, Host
from simulation.story import PORT, SERVER, Person, Story
from simulation.test_resume import done, interrupted, says

from chatd import limits
from chatd.engine.decisions import events as e
from chatd.engine.decisions.presence import At
from chatd.peer.connector import Connector
from chatd.reach.network_watch import Change
from chatd.wire import server as wire

CHANGED = Change(routes=True)


def machines(*people: Person) -> list[Host]:
    return [person.session._world.reactor for person in people]  # type: ignore[union-attr]


def connector(person: Person) -> Connector:
    """The one to which the conversation owes its link."""
    assert person.session is not None
    (driver,) = person.session.drivers
    assert driver._kept is not None
    assert driver._kept._meeting is not None
    return driver._kept._meeting


def relayed(seed: int = 1, **network: object) -> tuple[Story, Person, Person]:
    """Two who talk through the relay; where they are now is known to nobody but the server."""
    story = Story(seed, relay=True, **network)
    alice = Person("alice", "bob", ["a0"])
    bob = Person("bob", None, ["b0"])
    for person in (alice, bob):
        story.join(person)
    for one, other in (machines(alice, bob), machines(bob, alice)):
        story.network.block(one, other)
    story.run(lambda: alice.heard and bob.heard)
    story.network.advance(limits.RACE_SECONDS + 1)
    for person in (alice, bob):
        search = connector(person)._search
        search.stop()
        search._plan = replace(search._plan, candidates=[], retried=[])
    for one, other in (machines(alice, bob), machines(bob, alice)):
        story.network.allow(one, other)
    return story, alice, bob


def is_direct(person: Person) -> bool:
    link = connector(person)._carrier.link
    return link is not None and not link.relayed


def at(person: Person) -> At:
    assert person.session is not None
    return person.session.machine.at


def visits(person: Person) -> list[float]:
    """The times at which they log in, from now on."""
    session = person.session
    assert session is not None
    times, login = [], session.machine.login

    def logs_in() -> wire.Login:
        times.append(session.now)
        return login()

    session.machine.login = logs_in  # type: ignore[method-assign]
    return times


def news(person: Person) -> list[type]:
    """What the person was told since they talk."""
    kinds = [type(event) for event in person.shown]
    return [kind for kind in kinds[kinds.index(e.Talking) :] if kind not in QUIET]


QUIET = (e.Talking, e.Said, e.Heard, e.Delivered)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("who", ["host", "guest"])
def test_a_change_of_the_network_leads_to_a_direct_link(who: str, seed: int) -> None:
    """Within seconds, beside the conversation; both read that it has moved, and nothing else."""
    story, alice, bob = relayed(seed, latency=(0.0, 0.1))
    (alice if who == "host" else bob).network_changed(CHANGED)
    story.run(lambda: is_direct(alice) and is_direct(bob), 10)
    for person in (alice, bob):
        says(person, "direct now")
    story.run(lambda: done(alice, bob), 1)
    for person in (alice, bob):
        assert news(person) == [e.Moved]
        assert at(person) is At.OUT
    story.check()


def test_the_host_tries_from_time_to_time() -> None:
    """Less and less often while nothing comes of it; the server is left each time, nothing is said,
    and nothing is left of it."""
    story, alice, bob = relayed()
    for one, other in (machines(alice, bob), machines(bob, alice)):
        story.network.block(one, other)
    times, others = visits(alice), visits(bob)
    story.network.advance(4 * limits.MEET_MOST_PAUSE_SECONDS)
    pauses = [round(later - sooner) for sooner, later in pairwise(times)]
    assert len(times) == len(others)
    assert len(times) in range(7, 11)
    assert pauses == sorted(pauses)
    for person in (alice, bob):
        assert news(person) == []
        assert at(person) is At.OUT
        assert len(machines(person)[0].ports) == 1
    story.check()


def test_many_changes_cost_few_visits() -> None:
    """A network that changes every five seconds sends nobody to the server more often than once a
    minute."""
    story, alice, bob = relayed()
    for one, other in (machines(alice, bob), machines(bob, alice)):
        story.network.block(one, other)
    times = visits(bob)
    for _ in range(120):
        for person in (alice, bob):
            person.network_changed(CHANGED)
        story.network.advance(5)
    assert 0 < len(times) <= limits.MEETS + 600 // limits.MEET_SECONDS
    assert news(alice) == news(bob) == []


@pytest.mark.parametrize("seed", range(3))
def test_a_relayed_link_that_breaks_later_is_found_through_the_server_soon(seed: int) -> None:
    """The relay takes no old tickets, and nothing else leads there: nobody waits for eight
    seconds."""
    story, alice, bob = relayed(seed, latency=(0.0, 0.1))
    for one, other in (machines(alice, bob), machines(bob, alice)):
        story.network.block(one, other)
    story.network.advance(limits.RELAY_TICKET_SECONDS + 1)
    is_cut(story)
    for person in (alice, bob):
        says(person, "still here")
    story.run(lambda: done(alice, bob), limits.RACE_SECONDS)
    assert not is_direct(alice)
    story.check()


def goes_away(story: Story) -> None:
    story.port.stopListening()


def is_cut(story: Story) -> None:
    for connection in story.network.connections:
        connection.cut(Cut.RESET)


@pytest.mark.parametrize("happens", [goes_away, is_cut])
@pytest.mark.parametrize("after", [0.5, 1.1, 1.3, 1.6, 2.0, 3.0, 12.0])
def test_trouble_at_any_moment_of_it(after: float, happens: Callable[[Story], None]) -> None:
    """The conversation goes on, and nobody reads of the server."""
    story, alice, bob = relayed(latency=(0.05, 0.1))
    bob.network_changed(CHANGED)
    story.network.advance(after)
    happens(story)
    for person in (alice, bob):
        says(person, "still here")
    story.run(lambda: done(alice, bob), 60)
    story.network.advance(limits.MEETING_SECONDS + limits.MEET_RACE_SECONDS)
    for person in (alice, bob):
        assert set(news(person)) <= {e.Moved}
        assert interrupted(person) == []
        assert at(person) is At.OUT
    assert not story.network.errors


@pytest.mark.parametrize("asks", [False, True])
def test_a_server_with_another_key_ends_no_conversation(*, asks: bool) -> None:
    """That is found out when the client goes there beside a conversation, for that or for another
    one; the person is told, and when the conversation is over, the client ends."""
    story, alice, bob = relayed()
    session = bob.session
    assert session is not None
    failed: list[object] = []
    session.fail = failed.append  # type: ignore[method-assign]
    session.server._servers._pins = {SERVER: bytes(33)}  # type: ignore[attr-defined]
    if asks:
        session.act(session.machine.chat("carol", session.now))
    else:
        bob.network_changed(CHANGED)
    story.network.advance(limits.MEETING_SECONDS)
    for person in (alice, bob):
        says(person, "still here")
    story.run(lambda: done(alice, bob), 5)
    assert not failed
    assert news(bob) == ([e.AskingLater, e.ServerAway] if asks else [e.ServerAway])
    session.act(session.machine.leave())
    story.run(lambda: failed, 70)


@pytest.mark.parametrize("who", ["host", "guest"])
def test_whoever_leaves_meanwhile_has_left(who: str) -> None:
    """At each moment of it; the introduction that is being made comes to nothing."""
    for after in range(20):
        story, alice, bob = relayed(after, latency=(0.05, 0.1))
        bob.network_changed(CHANGED)
        story.network.advance(limits.MEET_AFTER_SECONDS + after * 0.1)
        leaver = alice if who == "host" else bob
        session = leaver.session
        assert session is not None
        leaver.wants = None
        alice.wants = None
        session.act(session.machine.leave())
        story.run(lambda a=alice, b=bob: a.over and b.over, 10)
        story.network.advance(60)
        for person in (alice, bob):
            assert person.talks == 1
            assert at(person) is At.IN
            assert not person.session.machine.conversations  # type: ignore[union-attr]
        story.check()


def test_a_way_back_from_the_relay_is_no_news_to_who_was_told_of_none_there() -> None:
    """A direct link that breaks, and is blocked, is followed by the relay, and by another direct
    one later; nobody reads anything, as it was never said that the conversation had left it."""
    story = Story(5, relay=True, latency=(0.01, 0.02))
    alice = story.join(Person("alice", "bob", ["a0"]))
    bob = story.join(Person("bob", None, ["b0"]))
    story.run(lambda: alice.heard and bob.heard)
    assert is_direct(alice)
    ways = (machines(alice, bob), machines(bob, alice))
    for one, other in ways:
        story.network.block(one, other)
    for connection in story.network.connections:
        if all(PORT not in (side.local[1], side.remote[1]) for side in connection._pipes):
            connection.cut(Cut.SILENT)
    for person in (alice, bob):
        says(person, "at the relay")
    story.run(lambda: done(alice, bob), limits.LOST_SECONDS)
    assert not is_direct(alice)
    for one, other in ways:
        story.network.allow(one, other)
    bob.network_changed(CHANGED)
    story.run(lambda: is_direct(alice) and is_direct(bob), limits.MEET_SECONDS)
    for person in (alice, bob):
        says(person, "direct again")
    story.run(lambda: done(alice, bob), 1)
    assert news(alice) == news(bob) == []
    story.check()
