"""Whole clients: the program of one side ends without a word, and is started again."""

import pytest
from simulation.story import Person, Story
from simulation.test_resume import says, talking

from chatd import limits
from chatd.engine.decisions import events as e
from chatd.peer.ending import Ending


def read(person: Person, kind: type) -> list[e.Event]:
    """What a person was told of one kind."""
    return [event for event in person.shown if isinstance(event, kind)]


def restarted(seed: int, who: str, away: float = 5) -> tuple[Story, Person, Person]:
    """Alice hosts a conversation with bob; the program of one of them was killed, and is started
    again after so many seconds. Returns whose it was first."""
    story, alice, bob = talking(seed, keepalive=limits.USER_TIMEOUT)
    killed, other = (alice, bob) if who == "host" else (bob, alice)
    alice.wants = None
    story.kill(killed)
    says(other, "are you there?")
    story.network.advance(away)
    story.restart(killed)
    return story, killed, other


def asks_again(person: Person) -> None:
    """Press the one key."""
    session = person.session
    assert session is not None
    again = session.machine.again
    assert again is not None
    session.act(session.machine.chat(again, session.now))


@pytest.mark.parametrize("away", [1, 20, 200])
@pytest.mark.parametrize("who", ["host", "guest"])
def test_both_read_it_and_nobody_waits(who: str, away: float) -> None:
    """The other side reads it as soon as both are at the server, and is not told that a card was
    wrong, that somebody declined, or that it was too soon."""
    story, killed, other = restarted(30, who, away)
    story.run(lambda: other.over and other.free and killed.free, limits.RESUME_MOST_PAUSE_SECONDS)
    assert read(killed, e.EndedWithTheProgram) == [e.EndedWithTheProgram(other.name)]
    assert other.over[0].ending is Ending.RESTARTED
    assert [message.text for message in other.over[0].undelivered] == ["are you there?"]
    for person in (killed, other):
        assert not read(person, e.StaleCard) + read(person, e.AskingEnded) + read(person, e.Refused)
        assert not read(person, e.RequestEnded)
    assert not read(killed, e.RequestArrived)[1:]
    story.check()


@pytest.mark.parametrize("asker", ["killed", "other"])
@pytest.mark.parametrize("who", ["host", "guest"])
def test_a_new_conversation_at_once(who: str, asker: str) -> None:
    """Either asks again in a keystroke, without having to wait."""
    story, killed, other = restarted(31, who)
    story.run(lambda: other.over and other.free and killed.free, limits.RESUME_MOST_PAUSE_SECONDS)
    asks_again(killed if asker == "killed" else other)
    story.run(lambda: killed.talks == 2 and other.talks == 2, 30)
    for person in (killed, other):
        assert not read(person, e.Refused)
    story.check()


@pytest.mark.parametrize("who", ["host", "guest"])
def test_whoever_does_not_wait_for_the_other_to_notice(who: str) -> None:
    """Asking anew in the very moment of the login, while the other still looks for the old one."""
    story, killed, other = restarted(32, who)
    session = killed.session
    assert session is not None
    story.run(lambda: killed.free, 30)
    asks_again(killed)
    story.run(lambda: killed.talks == 2 and other.talks == 2, 60)
    assert other.over[0].ending is Ending.RESTARTED
    story.check()


def test_both_programs_end() -> None:
    """Each reads it, and nothing is answered or declined."""
    story, alice, bob = talking(33)
    alice.wants = None
    for person in (alice, bob):
        story.kill(person)
    story.network.advance(3)
    for person in (alice, bob):
        story.restart(person)
    story.run(lambda: alice.free and bob.free, 30)
    story.network.advance(limits.REQUEST_SECONDS + 10)
    for person in (alice, bob):
        assert len(read(person, e.EndedWithTheProgram)) == 1
        assert not read(person, e.RequestArrived)[1:]
        assert not read(person, e.AskingEnded) + read(person, e.RequestEnded)
    asks_again(bob)
    story.run(lambda: alice.talks == 2 and bob.talks == 2, 30)
    story.check()


def test_a_program_that_remembers_nothing() -> None:
    """As another profile, or after its time: the ask is one with a card that it does not know, and
    whoever asks waits for as long as for anybody."""
    story, alice, bob = talking(34, keepalive=limits.USER_TIMEOUT)
    story.kill(bob)
    assert bob.profiles is not None
    bob.profiles.profile.past.kept.clear()
    story.restart(bob)
    story.run(lambda: alice.over and alice.free, limits.RESUME_SECONDS + 60)
    assert alice.over[0].ending is Ending.CUT_OFF
    assert read(bob, e.StaleCard)
