"""A client whose server goes away: how often it is asked for, and that a dead link is noticed."""

import pytest
from simulated import Cut
from simulation.story import PORT, Person, Story

from chatd import limits
from chatd.engine.decisions import events as e
from chatd.engine.decisions.effects import Effect
from chatd.reach.network_watch import Change
from chatd.wire import server as wire
from chatd.wire.close import Reason


def here(seed: int = 1, **network: object) -> tuple[Story, Person]:
    """Somebody who is logged in."""
    story = Story(seed, **network)
    alice = story.join(Person("alice"))
    story.run(lambda: alice.free)
    return story, alice


def lose(story: Story, how: Cut = Cut.RESET) -> None:
    """Every link breaks."""
    for connection in story.network.connections:
        connection.cut(how)


def pauses(person: Person) -> list[float]:
    """Those before the tries to reach the server again, as they come from now on."""
    session, found = person.session, []
    assert session is not None
    lost = session.machine.server_lost

    def server_lost(why: str, seconds: float, **more: bool) -> list[Effect]:
        found.append(seconds)
        return lost(why, seconds, **more)

    session.machine.server_lost = server_lost  # type: ignore[method-assign]
    return found


def close(story: Story, spread: int, reason: Reason = "closing") -> None:
    """The server says over how long to come back, and hangs up."""
    for session in list(story.lobby._sessions.values()):
        session.send(wire.Closing(spread))
        session.close(reason)
    story.network.settle()


def told(person: Person) -> int:
    """How often the person has read that there is no server."""
    return len([event for event in person.shown if isinstance(event, e.ServerAway)])


@pytest.mark.parametrize("online", [1, 3600])
def test_a_server_that_stays_away_is_asked_for_less_and_less_often(online: float) -> None:
    """However long it was there before, and with pauses of a minute at most."""
    story, alice = here()
    story.network.advance(online)
    tries = pauses(alice)
    story.port.stopListening()
    lose(story)
    story.network.advance(900)
    for at, pause in enumerate(tries):
        assert pause <= min(limits.RECONNECT_FIRST_SECONDS * 2**at, limits.RECONNECT_MOST_SECONDS)
    assert 15 <= len(tries) <= 45
    assert told(alice) == 1
    story.server_host.listenTCP(PORT, story.factory)
    story.run(lambda: alice.free, limits.RECONNECT_MOST_SECONDS)


CAME = Change(come=frozenset(["10.0.1.1"]))


def away(*, answers: bool) -> tuple[Story, Person]:
    """Somebody whose server has been away for a long time; what dials it is refused, or not even
    that. It is there again, but they do not know."""
    story, alice = here()
    host = alice.session._world.reactor  # type: ignore[union-attr]
    story.port.stopListening()
    if not answers:
        story.network.block(host, story.server_host)
    lose(story)
    story.network.advance(900)
    story.server_host.listenTCP(PORT, story.factory)
    story.network.allow(host, story.server_host)
    return story, alice


@pytest.mark.parametrize("answers", [True, False])
def test_a_network_that_changes_is_a_reason_to_ask_at_once(answers: bool) -> None:
    """Whether a pause is waited for, or an answer that cannot come any more."""
    for later in range(0, 60, 7):
        story, alice = away(answers=answers)
        story.network.advance(later)
        alice.network_changed(CAME)
        story.run(lambda alice=alice: alice.free, 1.5 * limits.RECONNECT_FIRST_SECONDS)


def test_a_network_that_never_rests_makes_nobody_dial_without_end() -> None:
    """There is a pause after each beginning."""
    story, alice = here()
    tries = pauses(alice)
    story.port.stopListening()
    lose(story)
    for _ in range(600):
        story.network.advance(0.1)
        alice.network_changed(CAME)
    assert len(tries) <= 60 / limits.RECONNECT_FIRST_SECONDS + 1


def test_who_is_logged_in_stays_so_when_the_network_changes() -> None:
    """It is for the kernel to say that a link is dead."""
    story, alice = here()
    links = len(story.network.connections)
    alice.network_changed(CAME)
    story.network.advance(10)
    assert len(story.network.connections) == links
    assert told(alice) == 0


def test_whose_address_of_the_server_link_is_gone_logs_in_anew() -> None:
    """At once, and not when the kernel gives the link up: the server sees where they are now."""
    story, alice = here(keepalive=limits.USER_TIMEOUT)
    lose(story, Cut.SILENT)
    tries = pauses(alice)
    alice.network_changed(Change(gone=frozenset(["10.0.1.1"])))
    story.network.settle()
    assert len(tries) == 1
    story.run(lambda: alice.free, 5)
    story.check()


def test_after_a_long_time_the_pauses_begin_anew() -> None:
    """Each break of a link that had lasted is the first one."""
    story, alice = here()
    tries = pauses(alice)
    for times in range(1, 6):
        story.network.advance(limits.RECONNECT_MOST_SECONDS)
        lose(story)
        story.network.settle()
        story.run(lambda: alice.free, 10)
        assert len(tries) == told(alice) == times
        assert tries[-1] <= limits.RECONNECT_FIRST_SECONDS


def test_a_link_that_dies_without_a_word_is_made_again() -> None:
    """The kernel finds out, and people can reach us as before."""
    story, alice = here(keepalive=limits.USER_TIMEOUT)
    lose(story, Cut.SILENT)
    story.network.advance(limits.USER_TIMEOUT + 10)
    assert told(alice) == 1
    assert alice.free


@pytest.mark.parametrize("spread", [0, 4, limits.CLOSING_SECONDS])
def test_people_come_back_spread_over_the_time_that_a_closing_server_asks_for(spread: int) -> None:
    """At a random moment in it, so that they do not come all at once; then as always."""
    first = limits.RECONNECT_FIRST_SECONDS / 2
    found = []
    for seed in range(100):
        story, alice = here(seed)
        tries = pauses(alice)
        close(story, spread)
        found += tries
        story.run(lambda alice=alice: alice.free, spread + 10)
        assert len(tries) == 1
    time = max(first, spread)
    assert all(first <= each <= first + time for each in found)
    for quarter in range(4):
        low = first + quarter * time / 4
        assert len([each for each in found if low <= each <= low + time / 4]) >= 10


@pytest.mark.parametrize("reason", ["full", None])
def test_only_a_server_that_shuts_down_can_ask_for_time(reason: Reason | None) -> None:
    """What it says before another end, or says and does not do, has no effect."""
    story, alice = here()
    tries = pauses(alice)
    if reason:
        close(story, limits.CLOSING_SECONDS, reason)
    else:
        for session in list(story.lobby._sessions.values()):
            session.send(wire.Closing(limits.CLOSING_SECONDS))
        story.network.settle()
        assert alice.free
        lose(story)
        story.network.settle()
    assert [pause <= limits.RECONNECT_FIRST_SECONDS for pause in tries] == [True]
