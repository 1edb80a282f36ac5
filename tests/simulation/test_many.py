"""Several conversations at a time: five people, three and more each, on one simulated network."""

import os

import pytest
from simulated.cuts import Cut
from simulation.circle import NAMES, PAIRS, Circle, friends

from chatd import limits
from chatd.engine import commands as c
from chatd.engine.conversation_driver import ConversationDriver
from chatd.engine.decisions import effects as do
from chatd.engine.decisions import events as e
from chatd.engine.drivers import Drivers

RUNS = int(os.environ.get("CHATD_SIM_RUNS", "150")) // 75


def talking(seed: int, **story: object) -> Circle:
    """Everybody has found everybody, and every `take` is answered."""
    circle = Circle(seed, **story)
    circle.story.run(circle.all_talk, 600)
    circle.story.network.advance(2)
    return circle


def test_who_talks_leaves_the_server_and_is_back_for_the_next() -> None:
    """All find all, one after the other, and at the end nobody is at the server."""
    circle = talking(1)
    circle.story.network.advance(30)
    assert circle.story.lobby.here == 0
    assert len(circle.story.lobby.introductions) == 0
    assert all(len(person.over) == 0 for person in circle.people.values())
    circle.check()


def test_who_stays_can_be_asked_meanwhile() -> None:
    """One side asks, and the other accepts in the middle of its conversations; all stay at the
    server, which holds nothing of their introductions. With `stay off` they leave it."""
    circle = Circle(4, stays=True)
    for name, person in circle.people.items():
        person.friends = tuple(b for a, b in PAIRS if a == name)
    circle.story.run(circle.all_talk, 300)
    # The server link, what listens and what was dialled have one port.
    assert [len(host.ports) for host in circle.hosts] == [1] * len(NAMES)
    circle.speak(2)
    circle.cut(Cut.RESET, 0.5)
    circle.story.run(circle.is_delivered, 60)
    circle.story.run(lambda: circle.story.lobby.here == len(NAMES), 60)
    assert len(circle.story.lobby.introductions) == 0
    circle.check()
    for person in circle.people.values():
        person.session.do(c.Stay(False))  # type: ignore[union-attr]
    circle.story.run(lambda: circle.story.lobby.here == 0, 10)
    circle.check()


@pytest.mark.parametrize("seed", range(RUNS))
@pytest.mark.parametrize("how", list(Cut))
def test_cuts_beside_each_other(seed: int, how: Cut) -> None:
    """Every conversation recovers beside the others: each text comes once, in order, and to whom it
    was said."""
    circle = talking(seed, latency=(0.0, 0.2), keepalive=limits.USER_TIMEOUT)
    for _ in range(3):
        circle.speak(3)
        circle.cut(how, 0.5)
        circle.speak(3)
        circle.story.network.advance(circle.random.choice((0.1, 1.0, 60.0)))
    circle.story.run(circle.is_delivered, 900)
    circle.check()
    assert not any(person.over for person in circle.people.values())
    assert {person.talks for person in circle.people.values()} == {3, 4}


@pytest.mark.parametrize("seed", range(RUNS))
def test_all_through_the_server(seed: int) -> None:
    """Nobody finds anybody for half a minute: all return to the server, and all of their
    conversations go on, one introduction after the other."""
    circle = talking(seed, keepalive=limits.USER_TIMEOUT)
    circle.keep_apart(30)
    circle.story.run(circle.is_delivered, limits.RESUME_SECONDS)
    circle.story.run(lambda: circle.story.lobby.here == 0, 60)
    circle.check()
    assert not any(person.over for person in circle.people.values())


def test_a_port_that_the_person_chose_is_for_all() -> None:
    """Of whatever introduction, the first and those that follow an interruption."""
    circle = talking(5, client_port=4000)
    assert {(len(host.ports), host.ports[0].getHost().port) for host in circle.hosts} == {(1, 4000)}
    circle.keep_apart(30)
    circle.story.run(circle.is_delivered, limits.RESUME_SECONDS)
    circle.check()
    assert not any(person.over for person in circle.people.values())
    assert {(len(host.ports), host.ports[0].getHost().port) for host in circle.hosts} == {(1, 4000)}


@pytest.mark.parametrize("seed", range(RUNS))
def test_programs_that_end_and_begin_again(seed: int) -> None:
    """Whoever is killed loses their conversations, and nobody else any; all talk again later."""
    circle = talking(seed, keepalive=limits.USER_TIMEOUT)
    for _ in range(2):
        name = circle.random.choice(NAMES)
        circle.speak(3)
        circle.story.network.advance(circle.random.choice((0.01, 1.0)))
        circle.kill(name)
        circle.speak(3)
        circle.story.network.advance(circle.random.choice((1.0, 20.0, 100.0)))
        circle.restart(name)
        circle.story.run(circle.all_talk, limits.RESUME_SECONDS)
        for other, person in circle.people.items():
            ended = {over.name for over in person.over}
            assert ended <= ({name} if other in friends(name) else set())
            person.over.clear()
    circle.speak(3)
    circle.story.run(circle.is_delivered, 900)
    circle.check()


def test_the_checker_sees_texts_that_go_astray(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one text is sent in another conversation than that of its id, it is found."""
    circle = talking(2)
    carry_out = Drivers.carry_out

    def mixed_up(drivers: Drivers, effect: do.OfConversation) -> None:
        if isinstance(effect, do.Say):
            other = next(each.key for each in drivers if each.key != effect.conversation)
            effect = do.Say(other, effect.message)
        carry_out(drivers, effect)

    monkeypatch.setattr(Drivers, "carry_out", mixed_up)
    circle.speak(1)
    circle.story.network.advance(5)
    assert any(person.astray for person in circle.people.values())


def test_the_checker_sees_texts_that_come_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """And one that is shown in the conversation before it, or again."""
    circle = talking(3)
    arrived = ConversationDriver.arrived

    def twice(driver: ConversationDriver, number: int, message: e.Message) -> None:
        arrived(driver, number, message)
        arrived(driver, number, message)

    monkeypatch.setattr(ConversationDriver, "arrived", twice)
    circle.speak(1)
    circle.story.network.advance(5)
    assert any(person.astray for person in circle.people.values())
