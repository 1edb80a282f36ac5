"""Whole clients and a server: conversations that are interrupted again and again."""

import os
from collections.abc import Callable
from random import Random

import pytest
from simulated import Cut, Host
from simulation.story import Person, Story

from chatd import limits
from chatd.engine.decisions import events as e
from chatd.engine.decisions.dialog import Stage
from chatd.peer.ending import Ending

RUNS = int(os.environ.get("CHATD_SIM_RUNS", "150")) // 5
BREAKS = RUNS * 4
SEEDS = int(os.environ.get("CHATD_SIM_SEED", "0"))


def talking(seed: int, **network: object) -> tuple[Story, Person, Person]:
    """Alice and bob have just begun to talk; nobody leaves."""
    story = Story(SEEDS + seed, **network)
    alice = story.join(Person("alice", "bob", ["a0"]))
    bob = story.join(Person("bob", None, ["b0"]))
    story.run(lambda: alice.heard and bob.heard)
    story.network.settle()
    return story, alice, bob


def says(person: Person, text: str) -> None:
    """One more line at the prompt, whatever the state of the connection."""
    session = person.session
    assert session is not None
    person.says.append(text)
    session.act(session.machine.say(text))


def together(person: Person) -> bool:
    """Whether the conversation has a link, as far as this person knows."""
    session = person.session
    assert session is not None
    return [each.stage for each in session.machine.conversations] == [Stage.OPEN]


def done(alice: Person, bob: Person) -> bool:
    """Whether all was heard on both sides, and neither looks for the other any more."""
    heard = alice.heard == bob.says and bob.heard == alice.says
    return heard and together(alice) and together(bob)


@pytest.mark.parametrize("how", list(Cut))
def test_conversations_survive_cuts(how: Cut) -> None:
    """Exactly once and in order, with the same two people, while both go on typing."""
    for seed in range(RUNS):
        random = Random(seed)
        story, alice, bob = talking(seed, latency=(0.0, 0.2), keepalive=limits.USER_TIMEOUT)
        for number in range(3):
            story.network.cut_after(story.network.deliveries + random.randrange(1, 40), how)
            for person in (alice, bob):
                for n in range(random.randrange(4)):
                    says(person, f"{person.name} {number}.{n}")
            story.network.advance(random.choice((0.1, 1.0, 60.0)))
        story.run(lambda a=alice, b=bob: done(a, b), 900)
        story.check()
        assert alice.over == bob.over == []
        assert alice.talks == bob.talks == 1


@pytest.mark.parametrize("how", list(Cut))
def test_breaks_without_end(how: Cut) -> None:
    """A healthy link that breaks again and again is found again each time, however often; what is
    said meanwhile arrives once and in order."""
    story, alice, bob = talking(9, keepalive=limits.USER_TIMEOUT)
    for number in range(BREAKS):
        for connection in story.network.connections:
            connection.cut(how)
        says((alice, bob)[number % 2], f"{number}")
        story.run(lambda: done(alice, bob), limits.RESUME_SECONDS)
    story.check()
    assert alice.over == bob.over == []
    for person in (alice, bob):
        news = interrupted(person)
        assert news.count(e.Resumed) == news.count(e.Interrupted)
        if how is Cut.RESET:
            assert news == []


def test_breaks_without_end_through_the_server() -> None:
    """Nor is there a last one of those after which both return to the server."""
    story, alice, bob = talking(10, keepalive=limits.USER_TIMEOUT)
    for number in range(BREAKS // 5):
        hosts = keep_apart(story, alice, bob)
        says((alice, bob)[number % 2], f"{number}")
        story.network.advance(limits.RACE_SECONDS + 1)
        story.network.allow(*hosts)
        story.network.allow(*hosts[::-1])
        story.run(lambda: done(alice, bob), 300)
    story.check()
    assert alice.over == bob.over == []
    assert interrupted(alice).count(e.StillAway) == BREAKS // 5


def keep_apart(story: Story, *people: Person, how: Cut = Cut.RESET) -> list[Host]:
    """Cut their link, and let no other one come about; returns the machines of the two."""
    hosts = [person.session._world.reactor for person in people]  # type: ignore[union-attr]
    story.network.block(*hosts)
    story.network.block(*hosts[::-1])
    for connection in story.network.connections:
        connection.cut(how)
    return hosts


def interrupted(person: Person) -> list[type]:
    """What the person was told of interruptions."""
    kinds = (e.Interrupted, e.StillAway, e.Resumed)
    return [type(event) for event in person.shown if isinstance(event, kinds)]


def test_through_the_server() -> None:
    """Where no direct path is left for a minute, they find each other again by name."""
    story, alice, bob = talking(1)
    hosts = keep_apart(story, alice, bob)
    says(alice, "are you there?")
    story.network.advance(60)
    assert interrupted(alice)[:2] == [e.Interrupted, e.StillAway]
    story.network.allow(*hosts)
    story.network.allow(*hosts[::-1])
    story.run(lambda: done(alice, bob), 120)
    assert interrupted(alice)[-1] is interrupted(bob)[-1] is e.Resumed
    assert alice.talks == bob.talks == 1


def test_through_the_server_with_a_port_that_the_person_chose() -> None:
    """The one that looks with the old keys has it, and gives it to the one with new keys."""
    story, alice, bob = talking(11, client_port=4000)
    hosts = keep_apart(story, alice, bob)
    says(alice, "are you there?")
    story.network.advance(limits.RACE_SECONDS + 1)
    for person in (alice, bob):
        assert person.session is not None
        kept = next(iter(person.session.drivers))._kept
        assert kept is not None
        kept._meeting._search.stop()  # type: ignore[union-attr]  # or the old keys are quicker
    for pair in (hosts, hosts[::-1]):
        story.network.allow(*pair)
    story.run(lambda: done(alice, bob), 120)
    story.check()


@pytest.mark.parametrize("wrong", [0, -40 * 365 * 24 * 3600, 7200])
def test_what_was_said_meanwhile_comes_with_its_time(wrong: float) -> None:
    """Also from someone whose clock shows another hour or another year; the rest is on time."""
    story, alice, bob = talking(1)
    alice.clock += wrong
    says(alice, "their clock is known from now on")
    story.network.settle()
    hosts = keep_apart(story, alice, bob)
    story.network.advance(5)
    says(alice, "are you there?")
    story.network.advance(150)
    story.network.allow(*hosts)
    story.network.allow(*hosts[::-1])
    story.run(lambda: done(alice, bob), 120)
    says(alice, "at last")
    story.run(lambda: done(alice, bob), 10)
    late = [event.late for event in bob.shown if isinstance(event, e.Heard)]
    assert late[:2] + late[3:] == [0, 0, 0]
    assert 150 <= late[2] <= 300


def without_server(story: Story, hosts: list[Host], do: Callable[[Host, Host], None]) -> None:
    """Do this to every way between the two, and between them and the server."""
    for one in hosts:
        for other in (*hosts, story.server_host):
            if one is not other:
                do(one, other)


@pytest.mark.parametrize("seconds", [12, 40, 60, 300, 590])
def test_an_outage_without_a_server(seconds: float) -> None:
    """Both go on at the next try of either, though nobody was to be found meanwhile."""
    most = limits.REDIAL_SECONDS + 1.5 * limits.DIAL_MOST_PAUSE_SECONDS
    for seed in range(4):
        story, alice, bob = talking(40 + seed, latency=(0.03, 0.03))
        hosts = keep_apart(story, alice, bob)
        without_server(story, hosts, story.network.block)
        says(alice, "are you there?")
        story.network.advance(seconds)
        for pair in (hosts, hosts[::-1]):
            story.network.allow(*pair)
        story.run(lambda a=alice, b=bob: done(a, b), most)
        assert interrupted(alice) == interrupted(bob) == [e.Interrupted, e.StillAway, e.Resumed]
        without_server(story, hosts, story.network.allow)
        for person in (alice, bob):
            session = person.session
            assert session is not None
            session.act(session.machine.leave())
        story.run(lambda a=alice, b=bob: a.free and b.free, 60)
        story.check()


@pytest.mark.parametrize("seconds", [8.01, 8.1, 8.13, 8.2, 8.25, 8.3, 8.4, 9, 11, 20, 31, 47])
def test_a_link_comes_about_in_every_stage_of_asking_the_server(seconds: float) -> None:
    """Whatever the server was asked is taken back, and nothing of it is left there."""
    story, alice, bob = talking(50, latency=(0.03, 0.03))
    hosts = keep_apart(story, alice, bob)
    story.network.advance(seconds)
    for pair in (hosts, hosts[::-1]):
        story.network.allow(*pair)
    story.run(lambda: done(alice, bob), limits.RACE_SECONDS)
    story.network.advance(5)
    says(alice, "on")
    story.run(lambda: done(alice, bob), 1)
    assert story.lobby.introductions.idle
    assert len(story.network.connections) == 1
    story.check()


def test_given_up_after_ten_minutes() -> None:
    """What was not delivered is listed, and both are free again."""
    story, alice, bob = talking(2)
    keep_apart(story, alice, bob)
    says(alice, "lost")
    story.run(lambda: alice.over and bob.over and alice.free and bob.free, 800)
    assert alice.over[0].undelivered[0].text == "lost"
    assert bob.over[0].undelivered == []


def test_a_guest_whose_first_link_broke_unanswered_does_not_wait() -> None:
    """The host may know nothing of a conversation: what was said is listed, and both are free."""
    story = Story(SEEDS + 1, latency=(0.1, 0.1))
    alice = story.join(Person("alice", "bob", tries=1))
    bob = story.join(Person("bob", None, ["b0"]))
    story.run(lambda: bob.talks)
    keep_apart(story, alice, bob)
    story.run(lambda: bob.over and bob.free and alice.free, 60)
    assert alice.talks == 0
    assert [message.text for message in bob.over[0].undelivered] == ["b0"]
    assert any(isinstance(event, e.NotConnected) for event in alice.shown)
    story.check()


@pytest.mark.parametrize("when", [1, 30])
def test_given_up_by_the_person(when: float) -> None:
    """At once, in whatever stage; the other side hears of it from the server."""
    story, alice, bob = talking(3)
    keep_apart(story, alice, bob)
    story.network.advance(when)
    session = bob.session
    assert session is not None
    says(bob, "lost")
    session.act(session.machine.leave())
    story.run(lambda: bob.over and bob.free, 60)
    assert bob.over[0].ending is None
    assert bob.over[0].undelivered[0].text == "lost"
    story.run(lambda: alice.over and alice.free, 700)


@pytest.mark.parametrize("minutes", [2, 5.5, 9])
def test_someone_who_is_away_for_minutes(minutes: float) -> None:
    """Ten are promised, whatever the server keeps of them."""
    story, alice, bob = talking(4)
    hosts = keep_apart(story, alice, bob)
    server = story.server_host
    story.network.block(hosts[1], server)
    for connection in story.network.connections:
        connection.cut(Cut.RESET)
    says(alice, "are you there?")
    story.network.advance(60 * minutes)
    for pair in (hosts, hosts[::-1], (hosts[1], server)):
        story.network.allow(*pair)
    story.run(lambda: done(alice, bob), limits.RESUME_SECONDS - 60 * minutes)
    assert alice.over == bob.over == []


def test_another_server_key_while_interrupted() -> None:
    """The person is told at once. The conversation is not ended by that, and looked for to its end;
    what was not delivered is listed then, and the client stops."""
    story, alice, bob = talking(5)
    session = alice.session
    assert session is not None
    keep_apart(story, alice, bob)
    says(alice, "lost")
    session.server._servers._pins[session.settings.server] = bytes(33)  # type: ignore[attr-defined]
    failed: list[object] = []
    session.fail = failed.append  # type: ignore[method-assign]
    story.run(lambda: any(isinstance(event, e.ServerAway) for event in alice.shown), 60)
    away = [event for event in alice.shown if isinstance(event, e.ServerAway)]
    assert "has changed" in away[0].why
    story.run(lambda: alice.over, limits.RESUME_SECONDS + 60)
    story.run(lambda: failed, 60)
    assert alice.over[0].undelivered[0].text == "lost"


def test_a_second_exit_waits_for_nothing() -> None:
    """What was not delivered is listed, and the exit status says so."""
    story, alice, _ = talking(6)
    session = alice.session
    assert session is not None
    ended: list[int] = []
    session.done.addBoth(ended.append)
    for connection in story.network.connections:
        connection.cut(Cut.SILENT)
    says(alice, "lost")
    for _ in range(2):
        session.act(session.machine.quit())
    story.network.advance(limits.PARTING_SECONDS)
    assert alice.over[0].undelivered[0].text == "lost"
    assert ended == [1]


class Hasty(Person):
    """Leaves in the very moment in which the conversation opens."""

    def changed(self) -> None:
        session = self.session
        talks = session.machine.conversations if session is not None else ()
        if session is not None and any(each.stage is Stage.OPEN for each in talks):
            session.act(session.machine.leave())


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_whoever_leaves_at_once_says_goodbye(who: str) -> None:
    """The other side reads that they left, and not that a connection broke."""
    story = Story(SEEDS + 7)
    people = [
        story.join((Hasty if name == who else Person)(name, wants))
        for name, wants in (("alice", "bob"), ("bob", None))
    ]
    story.run(lambda: all(person.over for person in people), 60)
    endings = {person.name: person.over[0].ending for person in people}
    assert endings.pop(who) is None
    assert list(endings.values()) == [Ending.LEFT]
    story.run(lambda: all(person.free for person in people), 60)
    assert len(story.network.connections) == len(people)


@pytest.mark.parametrize("leaving", ["left", "quit"])
def test_whoever_leaves_does_not_begin_anew(leaving: str) -> None:
    """The other side has lost the link while the last texts are on their way: they are listed."""
    story, alice, _ = talking(8)
    session = alice.session
    assert session is not None
    for connection in story.network.connections:
        connection.cut(Cut.SILENT)
    says(alice, "lost")
    machine = session.machine
    session.act(machine.leave() if leaving == "left" else machine.quit())
    assert next(iter(session.drivers)).talk is not None
    assert next(iter(session.drivers)).talk.link is not None
    next(iter(session.drivers)).talk.link.channel.abort()
    story.network.settle()
    assert not machine.conversations
    story.network.advance(1)
    assert alice.over[0].undelivered[0].text == "lost"
    assert alice.free or leaving == "quit"
