"""Whole clients: somebody waits for another one to come."""

from simulation.story import Person, Story

from chatd import limits
from chatd.engine import commands as c
from chatd.engine.decisions import events as e


def did(person: Person, command: c.Command) -> None:
    """A command of the person."""
    assert person.session is not None
    person.session.do(command)


def told(person: Person, *kinds: type) -> list[e.Event]:
    """What was shown of these kinds."""
    return [event for event in person.shown if isinstance(event, kinds)]


def test_somebody_comes() -> None:
    """It is told within a minute, and no search of the client's own is; whoever came sees nothing
    of it, and a search of the person is answered."""
    story = Story(3)
    alice = story.join(Person("alice"))
    story.run(lambda: alice.free)
    did(alice, c.WaitFor("bob"))
    did(alice, c.Search("bob"))
    story.network.advance(200)
    assert told(alice, e.Found) == [e.Found("bob", False)]
    bob = story.join(Person("bob"))
    story.run(lambda: bob.free)
    story.run(lambda: told(alice, e.Came), limits.LOOKOUT_SECONDS + 5)
    assert told(alice, e.Came, e.Waiting) == [e.Waiting(["bob"]), e.Came("bob")]
    assert not [event for event in bob.shown if "alice" in repr(event)]
    story.check()


def test_nobody_is_looked_for_away_from_the_server() -> None:
    """While both talk the server hears nothing of it, and it goes on afterwards."""
    story = Story(4)
    alice = story.join(Person("alice", "bob", ["a0"]))
    bob = story.join(Person("bob", None, ["b0"]))
    did(alice, c.WaitFor("carol"))
    story.run(lambda: alice.heard and bob.heard)
    story.network.advance(300)
    assert alice.session is not None
    assert alice.session.snapshot().presence == "apart"
    assert told(alice, e.CommandFailed, e.CommandLater) == []
    alice.session.act(alice.session.machine.leave())
    carol = story.join(Person("carol"))
    story.run(lambda: alice.free and carol.free)
    story.run(lambda: told(alice, e.Came), limits.LOOKOUT_SECONDS + 5)
    story.check()
