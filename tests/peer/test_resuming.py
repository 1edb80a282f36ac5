"""Conversations whose links break, on the simulated network (protocol, "Resuming")."""

import os
from random import Random

import pytest
from peer_pairs import (
    GUEST,
    HOST,
    PORT,
    STRANGER,
    Pair,
    Stranger,
    Traitor,
    a_text,
    places,
    visit,
)
from simulated import Cut

from chatd import limits
from chatd.errors import Unexpected
from chatd.peer.conversation import Conversation
from chatd.peer.conversation_steps import Delivered, Transmit
from chatd.peer.ending import Ending
from chatd.peer.listener import Listener
from chatd.peer.message import Message
from chatd.peer.search import Plan, Search
from chatd.wire.peer import Ack, Ping, Take

RUNS = int(os.environ.get("CHATD_CUTS", "400"))


def together(seed: int = 1, addresses: int = 1, **network: object) -> Pair:
    """Two people who talk, and who go on when the link breaks; both can dial."""
    pair = Pair(seed, addresses=addresses, **network)
    for side, there in ((pair.host, GUEST), (pair.guest, HOST)):
        side.resumes = True
        side.meet(*((address, PORT) for address in places(there, addresses)))
    pair.network.run(lambda: pair.host.talk and pair.guest.talk, 10)
    pair.network.settle()
    return pair


def chatter(pair: Pair, rounds: int, random: Random) -> tuple[list[str], list[str]]:
    """Both say something now and then; returns what."""
    said: tuple[list[str], list[str]] = ([], [])
    for _ in range(rounds):
        for side, texts in zip(pair.sides, said, strict=True):
            for _ in range(random.randrange(3)):
                texts.append(f"{len(texts)}")
                side.talking.say(Message(texts[-1]))
        pair.network.advance(random.choice((0, 0.01, 0.05, 0.5)))
    return said


def caught_up(pair: Pair) -> bool:
    """Whether all is delivered."""
    return all(side.talking.link and not side.talking.waiting for side in pair.sides)


@pytest.mark.parametrize("how", list(Cut))
def test_what_is_said_meanwhile_arrives(how: Cut) -> None:
    """Once, in order, with its tick; in both directions, however the link broke."""
    pair = together()
    pair.host.talking.say(Message("one"))
    pair.network.settle()
    pair.cut_all(how)
    pair.host.talking.say(Message("two"))
    pair.guest.talking.say(Message("zwei"))
    pair.network.run(lambda: caught_up(pair), 120)
    pair.host.talking.say(Message("three"))
    pair.network.run(lambda: caught_up(pair), 10)
    assert pair.guest.heard == ["one", "two", "three"]
    assert pair.host.heard == ["zwei"]
    assert pair.host.ticks == [1, 2, 3]
    assert not pair.network.errors


@pytest.mark.parametrize("noticed", ["host", "guest"])
def test_only_one_side_has_noticed(noticed: str) -> None:
    """A half-open connection: the other side learns of it from the new link; a guest asks on the
    old one first, and takes the new one when that does not answer. They have two addresses each:
    between one pair of these, the old connection is in the way of another."""
    pair = together(addresses=2)
    side = pair.host if noticed == "host" else pair.guest
    other = pair.guest if side is pair.host else pair.host
    pair.cut_all(Cut.SILENT)
    began = pair.network.seconds()
    assert side.link is not None
    side.link.channel.abort()
    other.talking.say(Message("hello"))
    pair.network.run(lambda: side.heard == ["hello"], 10)
    assert pair.network.seconds() - began < limits.ANSWER_MOST_SECONDS
    pair.network.advance(limits.LINK_SECONDS + limits.ABORT_SECONDS)
    assert other.breaks == []
    assert [len(each.machine.connections) for each in pair.sides] == [1, 1]


@pytest.mark.parametrize("delay", [0.01, 0.1, 0.4])
def test_a_guest_whose_link_answers_stays_on_it(delay: float) -> None:
    """Whoever dials it in vain hears the end of that within a few round trips, and nothing of the
    conversation is moved."""
    pair = together(latency=(delay, delay), split=False)
    traitors = [Traitor(pair, pair.host).dial(GUEST) for _ in range(3)]
    pair.network.advance(12 * delay)
    assert all(traitor.is_gone for traitor in traitors)
    assert pair.guest.moves == pair.guest.breaks == []
    pair.guest.talking.say(Message("still here"))
    pair.network.run(lambda: pair.host.heard == ["still here"], 5)


@pytest.mark.slow
def test_a_hundred_thousand_cuts() -> None:
    """At random points of conversations: nothing is lost, shown twice, or out of order.

    CHATD_CUTS=20000 makes a hundred thousand of them.
    """
    cuts = given_up = 0
    for seed in range(RUNS):
        random = Random(seed)
        pair = together(seed, latency=(0.0, random.choice((0.01, 0.3))), split=bool(seed % 2))
        said = chatter(pair, 5, random)
        for _ in range(5):
            pair.network.cut_after(pair.network.deliveries + random.randrange(1, 30))
            more = chatter(pair, 4, random)
            said = (said[0] + more[0], said[1] + more[1])
            cuts += 1
        pair.network.run(lambda p=pair: caught_up(p) or any(s.reasons for s in p.sides), 300)
        assert not pair.network.errors
        if any(side.reasons for side in pair.sides):
            # Eight seconds were not enough: it goes on through the server, which is not here.
            assert_nothing_wrong(pair, said)
            given_up += 1
        else:
            assert_heard(pair, said)
    assert given_up <= RUNS / 20
    assert cuts >= RUNS * 5


def assert_heard(pair: Pair, said: tuple[list[str], list[str]]) -> None:
    """Each has heard exactly what the other has said."""
    assert pair.guest.heard == said[0]
    assert pair.host.heard == said[1]
    assert pair.host.ticks == list(range(1, len(said[0]) + 1))
    assert pair.guest.ticks == list(range(1, len(said[1]) + 1))


def assert_nothing_wrong(pair: Pair, said: tuple[list[str], list[str]]) -> None:
    """What was heard is the beginning of what was said."""
    assert pair.guest.heard == said[0][: len(pair.guest.heard)]
    assert pair.host.heard == said[1][: len(pair.host.heard)]


def test_nothing_is_left_after_a_resumed_conversation() -> None:
    """No connection, port or timer."""
    pair = together()
    pair.cut_all(Cut.RESET)
    pair.network.run(lambda: pair.host.breaks and pair.guest.breaks and caught_up(pair), 60)
    pair.host.talking.leave("left")
    pair.network.advance(limits.ABORT_SECONDS + 1)
    assert pair.guest.ended is not None
    assert pair.guest.ended[0] is Ending.LEFT
    pair.assert_nothing_is_left()


def test_no_path_in_time() -> None:
    """Then the race ends, with the reasons, and what was said is still there."""
    pair = together()
    for one, other in (pair.sides, pair.sides[::-1]):
        pair.network.block(one.machine, other.machine)
    pair.cut_all(Cut.RESET)
    pair.host.talking.say(Message("kept"))
    pair.network.run(lambda: all(side.reasons for side in pair.sides), 30)
    assert pair.host.talking.give_up() == [Message("kept")]


# -- the numbers


def saying(*texts: str) -> Conversation:
    conversation = Conversation(0.0)
    for text in texts:
        conversation.say(Message(text), 0)
    return conversation


def test_only_what_was_not_received_is_sent_again() -> None:
    """What was, is delivered; a guest knows only what was acknowledged."""
    steps = saying("a", "b", "c").taken(2, 0.0)
    assert steps == [Delivered([1, 2]), Transmit(Ack(0)), Transmit(a_text(3, "c"))]
    guest = saying("a", "b", "c")
    guest.receive(Ack(1), 0.0)
    assert guest.took(0.0) == [Transmit(a_text(2, "b")), Transmit(a_text(3, "c"))]


@pytest.mark.parametrize("received", [4, 2**53])
def test_nobody_has_received_what_was_not_said(received: int) -> None:
    """A number that cannot be is the other side's fault."""
    with pytest.raises(Unexpected):
        saying("a", "b", "c").taken(received, 0.0)


def test_what_was_acknowledged_cannot_be_taken_back() -> None:
    """A number may be older than an acknowledgement that has arrived; what it covers is gone."""
    conversation = saying("a", "b", "c")
    conversation.receive(Ack(2), 0.0)
    for received in (0, 1, 2):
        steps = conversation.taken(received, 0.0)
        assert steps == [Transmit(Ack(0)), Transmit(a_text(3, "c"))]


def test_a_long_backlog_is_sent_as_it_is_taken() -> None:
    """Four megabytes at once would end the new link."""
    conversation = saying(*["x" * limits.MESSAGE_TEXT] * limits.UNACKNOWLEDGED)
    _, *first = conversation.taken(0, 0.0)
    assert len(first) == limits.FLIGHT // limits.MESSAGE_TEXT
    sent = len(first)
    for number in range(1, limits.UNACKNOWLEDGED + 1):
        steps = conversation.receive(Ack(number), 0.0)
        sent += sum(isinstance(step, Transmit) for step in steps)
    assert sent == limits.UNACKNOWLEDGED
    assert conversation.undelivered == []


# -- someone who was introduced, and lies


def test_a_position_that_cannot_be_ends_the_conversation() -> None:
    """The link is closed, and nothing is raised."""
    pair = together()
    guest = Traitor(pair, pair.guest, [Take(2, 7)]).dial(HOST)
    pair.network.run(lambda: guest.is_gone and pair.host.is_over, 10)
    assert pair.host.ended is not None
    assert pair.host.ended[0] is Ending.CUT_OFF
    assert not pair.network.errors


@pytest.mark.parametrize("message", [Ping(1), a_text(1, "x"), Take(1, 0)])
def test_a_guest_that_says_something_else_first_loses_that_link_only(message: object) -> None:
    """The conversation goes on where it is."""
    pair = together()
    guest = Traitor(pair, pair.guest, [message]).dial(HOST)  # type: ignore[list-item]
    pair.network.run(lambda: guest.is_gone, limits.ABORT_SECONDS)
    pair.guest.talking.say(Message("still here"))
    pair.network.settle()
    assert pair.host.heard == ["still here"]
    assert pair.host.breaks == []


# -- secrets


def test_both_have_the_secret_of_the_link_in_use() -> None:
    """The host one, the guest that one last; another link and a renewal each leave another."""
    pair, seen = together(), set[bytes]()
    for _ in range(3):
        pair.guest.talking.say(Message("x"))
        pair.network.advance(limits.RENEW_SECONDS + limits.PING_SECONDS * 16)
        for _ in range(2):
            assert len(pair.host.secrets[-1]) == 32
            assert pair.guest.secrets[-1:] == pair.host.secrets
            assert pair.host.secrets[-1] not in seen
            seen.add(pair.host.secrets[-1])
            pair.cut_all(Cut.RESET)
            pair.network.run(lambda: pair.host.breaks and pair.guest.breaks, 5)
            pair.network.run(lambda: caught_up(pair), 10)
            pair.network.settle()
    assert len(pair.guest.secrets) == 1


def test_a_guest_keeps_what_the_host_may_ask_with() -> None:
    """Cut at random points of conversations whose keys are renewed all the time: whenever both are
    interrupted, the host's secret is among the guest's, and these are bounded."""
    most = 0
    for seed in range(RUNS // 4):
        random = Random(seed)
        pair = together(seed, latency=(0.0, random.choice((0.01, 0.3))), split=bool(seed % 2))
        for _ in range(8):
            pair.network.cut_after(pair.network.deliveries + random.randrange(1, 30))
            chatter(pair, 3, random)
            assert set(pair.host.secrets) <= set(pair.guest.secrets)
            most = max(most, len(pair.guest.secrets))
    assert 1 < most <= limits.RESUME_SECRETS


def test_whoever_moved_is_found_where_they_came_from() -> None:
    """The guest has another address than it offered, and can no longer dial by itself."""
    pair = Pair()
    for side in pair.sides:
        side.resumes = True
    pair.host.meet()
    pair.guest.meet((HOST, PORT))
    pair.network.run(lambda: pair.host.talk and pair.guest.talk, 10)
    pair.network.block(pair.guest.machine, pair.host.machine)
    pair.cut_all(Cut.RESET)
    pair.guest.talking.say(Message("here"))
    pair.network.run(lambda: pair.host.heard == ["here"], 10)
    assert pair.host.link is not None
    assert pair.host.link.candidate == (GUEST, PORT)
    assert not pair.network.errors


@pytest.mark.parametrize("moves", [1, limits.CAME_FROM, limits.CAME_FROM + 3])
def test_only_the_newest_of_these_addresses_are_kept(moves: int) -> None:
    """However often somebody moves; and a strange one, which nobody verified came from, is none."""
    pair = Pair(addresses=moves)
    search = Search(pair.host.machine, Plan([]), PORT, None, pair.random)  # type: ignore[arg-type]
    addresses = [(address, PORT) for address in places(GUEST, moves)]
    for address in [*addresses, addresses[-1]]:
        search.came_from(address)
    assert search._candidates == addresses[-limits.CAME_FROM :]


def test_a_stranger_who_connects_is_not_dialled() -> None:
    """Only whoever has shown the key of the other side is."""
    pair = Pair().talk()
    machine = pair.network.host(STRANGER)
    visit(machine, HOST, Stranger(b"NOISE x\n"))
    heard = Stranger()
    listener = Listener(machine, PORT)
    listener.start(lambda source: heard)
    pair.host.resumes = pair.guest.resumes = True
    pair.network.block(pair.guest.machine, pair.host.machine)
    pair.cut_all(Cut.RESET)
    pair.network.advance(limits.RACE_SECONDS)
    assert not heard.times
    listener.close()
