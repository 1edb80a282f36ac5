"""A server that takes what it is told and does not answer: each wait has a stage and an end."""

from collections.abc import Callable

import pytest
from simulated import Cut
from simulation.story import Person, Story

from chatd import limits
from chatd.engine.decisions import events as e
from chatd.engine.session import Session
from chatd.rendezvous.logged_in import Session as Link
from chatd.ui import progress_line
from chatd.wire.server import Found


def here(story: Story) -> Session:
    """Alice, who is logged in, and whose server falls silent from now on."""
    alice = story.join(Person("alice"))
    story.run(lambda: alice.free)
    story.lobby.receive = lambda session, message: None  # type: ignore[method-assign]
    assert alice.session is not None
    return alice.session


WAITS: dict[str, tuple[Callable[[Session], object], str]] = {
    "search": (
        lambda session: session.act(session.machine.search("bob")),
        "asking the server whether bob is here, giving up in 30 s",
    ),
    "username": (
        lambda session: session.act(session.machine.username("alicia")),
        "asking the server for the name alicia, giving up in 30 s",
    ),
    "release": (
        lambda session: session.act(session.machine.release("ally")),
        "giving back the name ally, giving up in 30 s",
    ),
    "chat": (
        lambda session: session.act(session.machine.chat("bob", session.now)),
        "asking the server for a request to bob, giving up in 30 s",
    ),
}


def away(story: Story) -> list[e.ServerAway]:
    """What alice was told of the server."""
    return [event for event in story.people[0].shown if isinstance(event, e.ServerAway)]


@pytest.mark.parametrize(("command", "stage"), WAITS.values(), ids=WAITS)
def test_a_command_that_is_not_answered(command: Callable[[Session], object], stage: str) -> None:
    """The wait is shown, and its end hangs up and dials again."""
    story = Story(1)
    session = here(story)
    command(session)
    assert progress_line.of(session.snapshot()) == stage
    story.network.advance(limits.ANSWER_SECONDS - 1)
    assert away(story) == []
    assert progress_line.of(session.snapshot()).endswith("giving up in 1 s")
    story.network.advance(2)
    assert [each.why for each in away(story)] == ["it does not answer"]
    del story.lobby.receive
    story.run(lambda: story.people[0].free, limits.RECONNECT_MOST_SECONDS)


def test_each_answer_begins_the_wait_anew() -> None:
    """A server that is slow, and answers one command after the other, is not left."""
    story = Story(1)
    session = here(story)
    links: list[Link] = []
    story.lobby.receive = lambda link, message: links.append(link)  # type: ignore[method-assign]
    for _ in range(3):
        session.act(session.machine.search("bob"))
    for left in (2, 1, 0):
        story.network.advance(limits.ANSWER_SECONDS - 1)
        links.pop().send(Found("bob", False))
        story.network.settle()
        assert bool(progress_line.of(session.snapshot())) == bool(left)
    assert away(story) == []


def test_what_was_not_answered_is_said() -> None:
    """What got lost with its link is not waited for in vain, and the name is the one before."""
    story = Story(1)
    session = here(story)
    for each in ("search", "username"):
        WAITS[each][0](session)
    story.network.advance(limits.ANSWER_SECONDS + 1)
    told = [event for event in story.people[0].shown if isinstance(event, e.CommandFailed)]
    assert told == [
        e.CommandFailed("server-silent", names)
        for names in (("search", "bob"), ("username", "alicia"))
    ]
    del story.lobby.receive
    story.run(lambda: story.people[0].free, limits.RECONNECT_MOST_SECONDS)
    assert session.machine.name == session.machine.wanted == "alice"


def test_a_login_that_is_not_answered() -> None:
    """At the first try that is the end, in words; later it is one more reason to try again."""
    story = Story(1)
    story.lobby.login = lambda session, login: True  # type: ignore[method-assign]
    alice = Person("alice")
    story.join(alice)
    assert alice.session is not None
    story.network.advance(2)
    assert progress_line.of(alice.session.snapshot()).startswith("logging in, giving up in 2")
    first = alice.session
    story.network.advance(limits.ANSWER_SECONDS)
    assert alice.session is not first
    del story.lobby.login
    story.run(lambda: alice.free)
    story.lobby.login = lambda session, login: True  # type: ignore[method-assign]
    for connection in story.network.connections:
        connection.cut(Cut.RESET)
    story.network.advance(2 * limits.ANSWER_SECONDS)
    assert "the connection was lost" in [each.why for each in away(story)]
    assert alice.session.server.failure == "it does not answer"
    del story.lobby.login
    story.run(lambda: alice.free, 2 * limits.RECONNECT_MOST_SECONDS)
