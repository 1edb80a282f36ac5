"""As many conversations as a client may have, whose links all die in one moment, as when a cable is
pulled."""

from collections import Counter

import pytest
from msgspec.structs import replace
from simulated.cuts import Cut
from simulation.circle import Talker
from simulation.story import PORT, Story

from chatd import limits
from chatd.engine.decisions import events as e

MOST = limits.CONVERSATIONS
QUIET = (e.Said, e.Heard, e.Delivered)


def star() -> tuple[Story, Talker, list[Talker]]:
    """Ann talks with everybody else; their tickets for the relay have run out."""
    story = Story(1, latency=(0.02, 0.04))
    ann = Talker("ann", friends=tuple(f"p{number}" for number in range(MOST)))
    others = [Talker(name) for name in ann.friends]
    for person in (ann, *others):
        story.join(person)
    story.network.advance(5)
    while len(ann.open) < MOST:
        ann.ask_all()
        story.network.advance(2)
    story.network.advance(limits.RELAY_TICKET_SECONDS)
    return story, ann, others


def dies(story: Story, *people: Talker, are_elsewhere: bool) -> None:
    """Every link, without a word, and everybody says something then."""
    for person in people:
        person.shown.clear()
        for driver in person.session.drivers if are_elsewhere else ():  # type: ignore[union-attr]
            search = driver._kept._meeting._search  # type: ignore[union-attr]
            search._plan = replace(search._plan, candidates=[], retried=[])
            search._came_from.clear()
    for connection in story.network.connections:
        if all(PORT not in (side.local[1], side.remote[1]) for side in connection._pipes):
            connection.cut(Cut.SILENT)
    for person in people:
        for key in person.said:
            person.say(key)


@pytest.mark.parametrize(("are_elsewhere", "seconds", "lines"), [(False, 3, 0), (True, 110, 3)])
def test_all_of_them_go_on(*, are_elsewhere: bool, seconds: float, lines: int) -> None:
    """Each text comes once, and where it belongs; with the same addresses nobody reads anything,
    and where all need the server, one introduction after the other, a few lines for each at most.
    The server is asked for no more than a few at a time, and nothing is left there or here."""
    story, ann, others = star()
    people = (ann, *others)
    dies(story, *people, are_elsewhere=are_elsewhere)
    asking = 0

    def are_done() -> bool:
        nonlocal asking
        asking = max(asking, len(story.lobby.introductions))
        return all(
            sum(told.next for told in each.told.values()) == len(each.said) for each in people
        )

    story.run(are_done, seconds)
    story.network.advance(60)
    for person in people:
        assert person.astray == []
        assert person.over == []
        news = Counter(event.conversation for event in person.shown if type(event) not in QUIET)  # type: ignore[union-attr]
        assert all(count <= lines for count in news.values())
        assert len(person.session._world.reactor.ports) <= len(person.said)  # type: ignore[union-attr]
    assert asking <= limits.RESUMING_AT_A_TIME + 1
    assert story.lobby.here == 0
    story.check()
