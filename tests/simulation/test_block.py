"""Whole clients: someone is blocked, whatever there is with them at that moment."""

import pytest
from simulation.story import Person, Story
from simulation.test_resume import keep_apart, says, talking

from chatd.engine import commands
from chatd.engine.decisions import events as e
from chatd.peer.ending import Ending
from chatd.store.contact import Blocked


def block(person: Person, name: str) -> None:
    """Type the command."""
    assert person.session is not None
    person.session.do(commands.Block(name))


def key_of(person: Person) -> bytes:
    """Somebody's key."""
    assert person.session is not None
    return person.session.identity


def is_blocked(blocker: Person, other: Person) -> bool:
    """Whether it holds."""
    assert blocker.session is not None
    judged = blocker.session.profile.judge(other.name, key_of(other))
    return isinstance(judged, Blocked)


def test_the_one_whom_one_talks_to() -> None:
    """The conversation ends at once, and the other side reads that we left."""
    story, alice, bob = talking(20)
    block(bob, "alice")
    story.run(lambda: alice.over and bob.over and alice.free and bob.free, 60)
    assert bob.over[0].ending is None
    assert alice.over[0].ending is Ending.LEFT
    assert is_blocked(bob, alice)
    assert alice.session is not None
    alice.session.act(alice.session.machine.chat("bob", alice.session.now))
    story.network.advance(10)
    assert not [event for event in bob.shown[-5:] if isinstance(event, e.RequestArrived)]
    assert bob.talks == 1


@pytest.mark.parametrize("who", ["alice", "bob"])
@pytest.mark.parametrize("when", [0, 1, 30])
def test_the_one_with_whom_it_is_interrupted(who: str, when: float) -> None:
    """It is given up in whatever stage, with what was not delivered."""
    story, alice, bob = talking(21)
    keep_apart(story, alice, bob)
    blocker, other = (alice, bob) if who == "alice" else (bob, alice)
    says(blocker, "lost")
    story.network.advance(when)
    block(blocker, other.name)
    story.run(lambda: blocker.over and blocker.free, 60)
    assert [message.text for message in blocker.over[0].undelivered] == ["lost"]
    assert is_blocked(blocker, other)
    story.run(lambda: other.over and other.free, 1300)
    assert blocker.talks == 1
    story.check()


def introduced(stage: str) -> tuple[Story, Person, Person]:
    """Bob has just accepted alice's request, and is on the way to the conversation."""
    story = Story(22, latency=(0.1, 0.1))
    alice, bob = story.join(Person("alice", "bob")), story.join(Person("bob"))

    def is_there() -> bool:
        found = bob.session.snapshot().conversations if bob.session is not None else ()
        return [each.stage for each in found] == [stage]

    story.run(is_there)
    return story, alice, bob


@pytest.mark.parametrize("stage", ["preparing", "racing"])
def test_the_one_with_whom_a_conversation_is_in_the_making(stage: str) -> None:
    """It is not made, although the key was never kept before."""
    story, alice, bob = introduced(stage)
    alice.wants = None
    block(bob, "alice")
    story.run(lambda: alice.free and bob.free, 60)
    assert is_blocked(bob, alice)
    assert bob.talks == 0
    story.check()


def test_the_one_who_asks() -> None:
    """There is no answer, and nothing to accept any more."""
    story = Story(23)

    class Thinking(Person):
        def react(self, event: e.Event) -> None:
            if not isinstance(event, e.RequestArrived):
                super().react(event)

    bob, alice = story.join(Thinking("bob")), story.join(Person("alice", "bob"))
    story.run(lambda: bob.session is not None and bob.session.machine.requests.incoming)
    block(bob, "alice")
    assert bob.session is not None
    assert not bob.session.machine.requests.incoming
    assert is_blocked(bob, alice)
    story.network.advance(60)
    assert not [event for event in alice.shown if isinstance(event, e.AskingEnded)]


def test_the_one_whom_one_asks() -> None:
    """The request is taken back."""
    story, alice, bob = talking(24)
    for person in (alice, bob):
        assert person.session is not None
        person.session.act(person.session.machine.leave())
    story.run(lambda: alice.free and bob.free, 60)
    assert alice.session is not None
    bob_session = bob.session
    assert bob_session is not None
    bob_session.act(bob_session.machine.username("robert"))
    story.network.settle()
    alice.session.act(alice.session.machine.chat("bob", alice.session.now))
    story.network.settle()
    assert alice.session.machine.requests.outgoing
    block(alice, "bob")
    assert not alice.session.machine.requests.outgoing
    assert is_blocked(alice, bob)


def test_nobody_of_that_name() -> None:
    """Says so, and nothing else ends."""
    story, alice, bob = talking(25)
    block(alice, "mallory")
    assert isinstance(alice.shown[-1], e.CommandFailed)
    story.network.settle()
    assert alice.over == bob.over == []
