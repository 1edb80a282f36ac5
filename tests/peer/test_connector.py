"""Races on the simulated network, with listeners, dialers and strangers."""

import pytest
from msgspec.structs import replace
from peer_pairs import (
    GUEST,
    HOST,
    PORT,
    STRANGER,
    Pair,
    Side,
    Stranger,
    Traitor,
    a_text,
    text_of,
    visit,
)
from simulated import Cut

from chatd import limits
from chatd.errors import Unexpected, WrongKey
from chatd.peer.message import Message
from chatd.wire.close import Close
from chatd.wire.peer import Ack, Ping, Take

TO_HOST, TO_GUEST = (HOST, PORT), (GUEST, PORT)


def assert_together(pair: Pair) -> None:
    """Both talk on the same connection, and there is nothing else."""
    pair.network.settle()
    assert pair.host.link is not None
    assert pair.guest.link is not None
    ours, theirs = (side.link.channel.transport for side in pair.sides)  # type: ignore[union-attr]
    assert ours.getPeer().port == theirs.getHost().port  # type: ignore[union-attr]
    assert len(pair.network.connections) == 1
    for side in pair.sides:
        assert side.reasons is None
        assert len(side.machine.ports) == 1  # the listener, until the conversation has ended
        assert side.timers == 1  # the conversation's own
    assert not pair.network.errors


def assert_not_met(pair: Pair, side: Side, reasons: list[tuple[str, str]]) -> None:
    """The race ends with exactly these reasons, and leaves nothing."""
    pair.network.run(lambda: side.reasons is not None, limits.RACE_SECONDS + 1)
    assert side.reasons == reasons
    pair.network.advance(limits.ABORT_SECONDS + 1)


@pytest.mark.parametrize(
    ("host_dials", "guest_dials"),
    [
        ([], [TO_HOST]),
        ([TO_GUEST], []),
        ([TO_GUEST], [TO_HOST]),
        ([TO_GUEST] * 3, [TO_HOST] * 3),
        ([("10.0.9.9", 1), TO_GUEST], [("10.0.9.8", 1)]),
    ],
)
@pytest.mark.parametrize("seed", range(5))
def test_two_people_meet(
    seed: int, host_dials: list[tuple[str, int]], guest_dials: list[tuple[str, int]]
) -> None:
    """Whoever dials, and however often: one connection is left, and both talk on it."""
    pair = Pair(seed)
    pair.host.meet(*host_dials)
    pair.guest.meet(*guest_dials)
    pair.network.run(lambda: pair.host.talk and pair.guest.talk, limits.RACE_SECONDS)
    pair.network.advance(limits.ABORT_SECONDS + 1)
    assert_together(pair)


def test_nothing_is_left_after_a_conversation() -> None:
    """No connection, no port, no timer."""
    pair = Pair().talk()
    pair.host.talking.leave("left")
    pair.network.advance(limits.ABORT_SECONDS + 1)
    pair.assert_nothing_is_left()


def test_a_connection_before_go_waits_in_the_queue() -> None:
    """It is neither answered nor turned away, and serves as soon as the race begins."""
    pair = Pair()
    pair.guest.meet(TO_HOST)
    pair.network.advance(3)
    assert len(pair.network.connections) == 1
    assert pair.guest.talk is None
    pair.host.meet()
    pair.network.run(lambda: pair.host.talk and pair.guest.talk, 1)
    assert_together(pair)


def test_a_stranger_with_garbage_does_not_disturb_the_race() -> None:
    """Before go and after it: it hears nothing but the end."""
    pair = Pair()
    machine = pair.network.host(STRANGER)
    strangers = [
        Stranger(says)
        for says in (b"GET / HTTP/1.1\r\n\r\n", b"NOISE AAAA\r\n", b"KNOCK AAAA\r\n", b"\0" * 9000)
    ]
    for stranger in strangers:
        visit(machine, HOST, stranger)
    pair.network.advance(1)
    pair.host.meet()
    pair.network.advance(1)
    pair.guest.meet(TO_HOST)
    pair.network.run(lambda: pair.host.talk and pair.guest.talk, 5)
    pair.network.advance(limits.ABORT_SECONDS + 1)
    assert [stranger.heard for stranger in strangers] == [b""] * 4
    assert [stranger.is_connected for stranger in strangers] == [False] * 4
    assert_together(pair)


@pytest.mark.parametrize("early", [True, False], ids=["from the queue", "one by one"])
def test_a_bounded_number_of_strangers_is_listened_to(early: bool) -> None:
    """At the limit all stay, one over it the oldest goes; also when they come all at once."""
    pair = Pair(latency=(0.01, 0.01))
    machine = pair.network.host(STRANGER)
    count = limits.UNFINISHED_LINKS
    if not early:
        pair.host.meet()
    strangers = []
    for _ in range(count):
        strangers.append(visit(machine, HOST, Stranger()))
        pair.network.advance(0.05)
    if early:
        pair.host.meet()
        pair.network.advance(0.1)
    assert all(stranger.is_connected for stranger in strangers)
    strangers.append(visit(machine, HOST, Stranger()))
    pair.network.advance(0.1)
    assert [stranger.is_connected for stranger in strangers] == [False] + [True] * count


def test_a_crowd_in_the_queue_is_cut_down_at_once() -> None:
    """However many are accepted in one turn, no more than the limit stay, and the guest gets in."""
    pair = Pair(latency=(0.01, 0.01))
    machine = pair.network.host(STRANGER)
    strangers = [visit(machine, HOST, Stranger()) for _ in range(3 * limits.UNFINISHED_LINKS)]
    pair.network.advance(0.5)
    pair.host.meet()
    pair.network.advance(0.5)
    connected = [stranger for stranger in strangers if stranger.is_connected]
    assert len(connected) == limits.UNFINISHED_LINKS
    pair.guest.meet(TO_HOST)
    pair.network.run(lambda: pair.host.talk and pair.guest.talk, 1)
    pair.network.advance(limits.ABORT_SECONDS + 1)
    assert_together(pair)


def test_a_stranger_that_says_nothing_is_not_waited_for() -> None:
    """It has so many seconds for its handshake."""
    pair = Pair()
    stranger = visit(pair.network.host(STRANGER), HOST, Stranger())
    pair.host.meet()
    pair.network.advance(limits.LINK_SECONDS - 0.5)
    assert stranger.is_connected
    pair.network.advance(1.5)
    assert not stranger.is_connected
    assert stranger.heard == b""


def test_every_candidate_has_its_reason() -> None:
    """Those that were dialled, those that were not, and whoever dialled us."""
    pair = Pair()
    network = pair.network
    network.host("10.0.2.1")  # nobody listens there
    silent = network.host("10.0.2.2")
    network.block(pair.guest.machine, silent)
    mute = network.host("10.0.2.3")
    mute.listenTCP(PORT, _serving(Stranger()))
    rude = network.host("10.0.2.4")
    rude.listenTCP(PORT, _serving(Stranger(b"220 hello\r\n")))
    visit(network.host(STRANGER), GUEST, Stranger(b"hello\r\n"))
    pair.guest.meet(
        *(("10.0.2." + str(last), PORT) for last in range(1, 5)),
        refused=[(("10.0.2.5", PORT), "not dialled: it is not yours")],
    )
    assert_not_met(
        pair,
        pair.guest,
        [
            ("10.0.2.1:4000", "refused: nobody listens there"),
            ("10.0.2.2:4000", "no answer"),
            ("10.0.2.3:4000", "the other side did not answer in time"),
            ("10.0.2.4:4000", "the other side sent something unreadable"),
            ("10.0.2.5:4000", "not dialled: it is not yours"),
            ("a link to us", "the other side sent something that does not belong here"),
        ],
    )
    assert pair.guest.timers == 0
    assert not pair.guest.machine.ports
    assert not pair.guest.machine.connections


def _serving(stranger: Stranger) -> object:
    from twisted.internet.protocol import Factory

    return Factory.forProtocol(lambda: stranger)


def test_a_link_that_comes_too_late_for_its_handshake() -> None:
    """It was connected, so it is not blamed for no answer."""
    pair = Pair()
    mute = pair.network.host("10.0.2.3")
    mute.listenTCP(PORT, _serving(Stranger()))
    pair.network.set_latency(pair.guest.machine, mute, (2.5, 2.5))
    pair.network.set_latency(mute, pair.guest.machine, (2.5, 2.5))
    pair.guest.meet(("10.0.2.3", PORT))
    assert_not_met(pair, pair.guest, [("10.0.2.3:4000", "connected, but not in time")])


def test_only_the_observed_candidate_is_retried() -> None:
    """A bounded number of times; the others have one try each."""
    pair = Pair(latency=(0.001, 0.001))
    pair.network.host("10.0.2.1", "10.0.2.2")
    pair.guest.meet(("10.0.2.1", PORT), ("10.0.2.2", PORT), retried=[("10.0.2.1", PORT)])
    pair.network.run(lambda: pair.guest.reasons, 60)
    dials = [event.target[0] for event in pair.network.trace if event.what == "dials"]
    assert dials.count("10.0.2.2") == 1
    assert 10 < dials.count("10.0.2.1") <= limits.DIAL_TRIES
    pair.network.settle()
    assert pair.guest.timers == 0


def test_a_retry_finds_who_comes_late() -> None:
    """The observed candidate is refused at first and then there."""
    pair = Pair()
    pair.host.listener.close()
    pair.network.settle()
    pair.guest.meet(TO_HOST, retried=[TO_HOST])
    pair.network.advance(2)
    from chatd.peer.listener import Listener

    pair.host.listener = Listener(pair.host.machine, PORT)
    pair.host.meet()
    pair.network.run(lambda: pair.host.talk and pair.guest.talk, 3)
    assert_together(pair)


def test_a_cancelled_race_says_nothing_and_leaves_nothing() -> None:
    """At any point of it, on both sides."""
    for milliseconds in range(0, 400, 20):
        pair = Pair(7)
        pair.host.meet(TO_GUEST, retried=[TO_GUEST])
        pair.guest.meet(TO_HOST, retried=[TO_HOST])
        pair.network.advance(milliseconds / 1000)
        for side in pair.sides:
            if side.talk is None:
                side.meeting.cancel()  # type: ignore[union-attr]
            else:
                side.talk.leave("left")
        pair.network.advance(limits.ABORT_SECONDS + 1)
        assert pair.host.reasons is None
        assert pair.guest.reasons is None
        pair.assert_nothing_is_left()


@pytest.mark.parametrize("how", Cut)
@pytest.mark.parametrize("delivery", range(1, 12))
def test_a_link_that_dies_at_any_point(delivery: int, how: Cut) -> None:
    """Another link carries the conversation, or both find out; nobody hangs."""
    pair = Pair(3)
    pair.network.cut_after(delivery, how)
    pair.host.meet(TO_GUEST)
    pair.guest.meet(TO_HOST)

    def settled() -> bool:
        return all(side.is_over or side.reasons is not None for side in pair.sides)

    pair.network.advance(limits.RACE_SECONDS + 1)
    for side in pair.sides:
        assert side.talk is not None or side.reasons is not None
        if side.talk is not None and not side.is_over:
            side.talk.leave("left")
    pair.network.run(settled, 60)
    if how is Cut.RESET:
        pair.network.advance(limits.ABORT_SECONDS + 1)
        pair.assert_nothing_is_left()


@pytest.mark.parametrize("message", [a_text(1, "hi"), Ping(1), Ack(0), Take(1, 1)])
def test_a_host_hears_nothing_but_take_first(message: object) -> None:
    """A guest that talks out of turn, or has received what was never said, loses that link."""
    pair = Pair()
    traitor = Traitor(pair, pair.guest, [message]).dial(HOST)  # type: ignore[list-item]
    pair.host.meet()
    pair.network.run(lambda: traitor.is_gone, 5)
    assert traitor.heard == [Close(Unexpected.code)]  # type: ignore[arg-type]
    if not isinstance(message, Take):
        assert pair.host.talk is None
        assert_not_met(pair, pair.host, [("a link to us", text_of(Unexpected))])


def test_a_guest_that_never_takes_is_not_waited_for() -> None:
    """Its word comes right behind its handshake; the time for that is bounded."""
    pair = Pair()
    pair.host.meet()
    silent = Traitor(pair, pair.guest).dial(HOST)
    pair.network.advance(limits.LINK_SECONDS - 0.5)
    assert not silent.is_gone
    pair.network.advance(1)
    assert silent.is_gone
    assert silent.heard == []


def test_the_highest_number_counts() -> None:
    """In whatever order they come; a link with a lower one is closed, and so is the one before."""
    pair = Pair()
    pair.host.meet()
    first = Traitor(pair, pair.guest, [Take(2, 0)]).dial(HOST)
    pair.network.run(lambda: pair.host.talk, 5)
    pair.network.settle()
    late = Traitor(pair, pair.guest, [Take(1, 0)]).dial(HOST)
    pair.network.run(lambda: late.is_gone, 5)
    assert late.heard == []
    assert first.heard == [Ack(0)]
    higher = Traitor(pair, pair.guest, [Take(7, 0), a_text(1, "here")]).dial(HOST)
    pair.network.run(lambda: first.is_gone, 5)
    pair.network.run(lambda: pair.host.heard == ["here"], 5)
    pair.network.settle()
    assert higher.heard == [Ack(0), Ack(1)]
    assert pair.host.breaks == []
    assert not pair.host.is_over


def test_a_link_can_be_taken_again_with_a_higher_number() -> None:
    """By a guest that goes back to it; what was shown is said once more, and nothing else."""
    pair = Pair()
    pair.host.meet()
    guest = Traitor(pair, pair.guest, [Take(1, 0), a_text(1, "one")]).dial(HOST)
    pair.network.run(lambda: pair.host.heard, 5)
    pair.host.talking.say(Message("two"))
    pair.network.settle()
    guest.heard.clear()
    guest.send(Take(2, 0))
    pair.network.settle()
    assert guest.heard == [Ack(1), a_text(1, "two")]
    guest.send(Take(3, 1))
    pair.network.settle()
    assert guest.heard[2:] == [Ack(1)]
    assert pair.host.ticks == [1]
    assert not pair.host.is_over


@pytest.mark.parametrize("more", [0, 1])
def test_takes_are_bounded(more: int) -> None:
    """At the limit each is answered; one over it ends the conversation."""
    pair = Pair(latency=(0.01, 0.01))
    pair.host.meet()
    takes = [Take(number, 0) for number in range(1, limits.OPENING_BURST + more + 1)]
    guest = Traitor(pair, pair.guest, takes).dial(HOST)
    pair.network.run(lambda: guest.heard.count(Ack(0)) == limits.OPENING_BURST, 10)
    pair.network.settle()
    assert pair.host.is_over == bool(more)


@pytest.mark.parametrize("number", [1, 2])
def test_a_take_that_says_nothing_new_ends_the_conversation(number: int) -> None:
    """On the link in use only a higher number has a meaning."""
    pair = Pair()
    pair.host.meet()
    guest = Traitor(pair, pair.guest, [Take(2, 0), Take(number, 0)]).dial(HOST)
    pair.network.run(lambda: guest.is_gone and pair.host.is_over, 10)
    assert pair.host.ended is not None
    assert pair.host.ended[1] == text_of(Unexpected)


def test_a_host_takes_nothing() -> None:
    """The word is the guest's."""
    pair = Pair()
    traitor = Traitor(pair, pair.host, [Take(1, 0)]).dial(GUEST)
    pair.guest.meet()
    pair.network.run(lambda: traitor.is_gone and pair.guest.is_over, 10)
    assert pair.guest.ended is not None
    assert pair.guest.ended[1] == text_of(Unexpected)


def test_the_first_words_come_with_the_handshake() -> None:
    """What a guest has to say leaves with m3, and is read a one-way trip later; what a host has,
    with its answer: nobody waits for another round trip."""
    pair = Pair(latency=(0.1, 0.1), split=False)
    for side in pair.sides:
        side.first_words = "hello"
    pair.host.meet()
    pair.guest.meet(TO_HOST)
    pair.network.run(lambda: pair.guest.link, 5)
    met = pair.network.seconds()
    pair.network.run(lambda: pair.host.heard, 1)
    assert pair.network.seconds() - met == pytest.approx(0.1, abs=0.01)
    pair.network.run(lambda: pair.guest.heard, 1)
    assert pair.network.seconds() - met == pytest.approx(0.2, abs=0.01)


@pytest.mark.parametrize("wrong", ["host", "guest"])
def test_whoever_holds_another_key_is_not_met(wrong: str) -> None:
    """The offers' secrets alone open nothing: each checks the other's static key."""
    pair = Pair()
    side: Side = getattr(pair, wrong)
    side.role = replace(side.role, static=pair.primitives.dh.generate_keypair())
    pair.host.meet()
    pair.guest.meet(TO_HOST)
    honest = pair.guest if wrong == "host" else pair.host
    pair.network.run(lambda: honest.reasons, 10)
    assert honest.talk is None
    assert [why for _, why in honest.reasons or []] == [text_of(WrongKey)]
