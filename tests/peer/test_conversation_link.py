"""Conversations on the simulated network, from the chosen link to each of their ends."""

from contextlib import suppress
from itertools import pairwise

import pytest
from peer_pairs import GUEST, HOST, Pair, Side, Traitor, a_text, text_of
from simulated import Cut

from chatd import limits
from chatd.errors import Unexpected
from chatd.peer.conversation import Conversation
from chatd.peer.conversation_steps import TooMuchUnacknowledged
from chatd.peer.ending import Ending
from chatd.peer.message import Message
from chatd.wire.close import Close
from chatd.wire.peer import Ack, PeerMessage, Ping, Pong, Take
from chatd.wire.records import CHUNK


def settle(pair: Pair) -> None:
    """Let all that was said arrive."""
    pair.network.settle()


def finish(pair: Pair, seconds: float = 60) -> None:
    """Go on until it is over on both sides, and for the connection's own end."""
    pair.network.run(lambda: all(side.is_over for side in pair.sides), seconds)
    pair.network.advance(limits.ABORT_SECONDS + 1)


def slow(pair: Pair) -> Pair:
    """Let everything take a second from now on."""
    for source, target in (pair.sides, reversed(pair.sides)):
        pair.network.set_latency(source.machine, target.machine, (1, 1))
    return pair


def test_what_is_said_is_heard_and_ticked() -> None:
    """In order, both ways at once."""
    pair = Pair().talk()
    for number in range(20):
        assert pair.host.talking.say(Message(f"a{number}")) == number + 1
        assert pair.guest.talking.say(Message(f"b{number}")) == number + 1
    settle(pair)
    assert pair.guest.heard == [f"a{number}" for number in range(20)]
    assert pair.host.heard == [f"b{number}" for number in range(20)]
    assert pair.host.ticks == pair.guest.ticks == list(range(1, 21))
    assert pair.host.talking.waiting == 0


@pytest.mark.parametrize(("reason", "ending"), [("left", Ending.LEFT), ("quit", Ending.QUIT)])
@pytest.mark.parametrize("who", ["host", "guest"])
def test_left_and_quit_are_told_apart(who: str, reason: str, ending: Ending) -> None:
    """The other side learns which, and nothing is left of the connection."""
    pair = Pair().talk()
    one, other = pair.sides if who == "host" else reversed(pair.sides)
    one.talking.leave(reason)  # type: ignore[arg-type]
    finish(pair)
    assert one.undelivered == []
    assert other.ended == (ending, "", [])
    pair.assert_nothing_is_left()


def test_whoever_leaves_waits_for_what_is_on_its_way() -> None:
    """The last words arrive before the end, and are ticked."""
    pair = slow(Pair().talk())
    pair.host.talking.say(Message("bye"))
    pair.host.talking.leave("left")
    assert not pair.host.is_over
    finish(pair)
    assert pair.guest.heard == ["bye"]
    assert pair.host.ticks == [1]
    assert pair.host.undelivered == []
    assert pair.guest.ended == (Ending.LEFT, "", [])


def test_whoever_leaves_waits_five_seconds_at_most() -> None:
    """What was not acknowledged by then is listed."""
    pair = Pair().talk()
    pair.keep_apart()
    pair.cut_all(Cut.SILENT)
    pair.host.talking.say(Message("a"))
    pair.host.talking.say(Message("b"))
    pair.host.talking.leave("left")
    pair.network.advance(limits.LEAVE_SECONDS - 0.1)
    assert not pair.host.is_over
    pair.network.advance(0.2)
    assert pair.host.undelivered == ["a", "b"]
    pair.network.advance(limits.ABORT_SECONDS + 1)
    assert pair.host.timers == 0
    assert not pair.host.machine.connections


def test_whoever_leaves_still_hears_the_other() -> None:
    """Until the end is said, texts are shown and acknowledged."""
    pair = slow(Pair().talk())
    pair.guest.talking.say(Message("wait"))
    pair.host.talking.say(Message("bye"))
    pair.host.talking.leave("left")
    finish(pair)
    assert pair.host.heard == ["wait"]
    assert pair.guest.ended == (Ending.LEFT, "", [])


def test_both_leave_at_once() -> None:
    """Each has left, and neither is told that the other did."""
    pair = Pair().talk()
    for side in pair.sides:
        side.talking.leave("left")
    finish(pair)
    assert pair.host.undelivered == pair.guest.undelivered == []
    pair.assert_nothing_is_left()


def test_a_second_leave_changes_nothing() -> None:
    """Nor does one after the end."""
    pair = Pair().talk()
    pair.host.talking.say(Message("bye"))
    pair.host.talking.leave("left")
    pair.host.talking.leave("quit")
    finish(pair)
    pair.host.talking.leave("quit")
    assert pair.guest.ended == (Ending.LEFT, "", [])
    pair.assert_nothing_is_left()


def test_cut_off() -> None:
    """A reset is no leaving: both are told, with what was not delivered."""
    pair = slow(Pair().talk())
    pair.host.talking.say(Message("a"))
    pair.cut_all(Cut.RESET)
    finish(pair)
    assert pair.host.ended == (Ending.CUT_OFF, "", ["a"])
    assert pair.guest.ended is not None
    assert pair.guest.ended[0] is Ending.CUT_OFF
    pair.assert_nothing_is_left()


def test_cut_off_while_leaving() -> None:
    """It is still our leaving, and the losses are listed."""
    pair = slow(Pair().talk())
    pair.host.talking.say(Message("a"))
    pair.host.talking.leave("left")
    pair.cut_all(Cut.RESET)
    finish(pair)
    assert pair.host.undelivered == ["a"]


def test_lost() -> None:
    """A pulled cable is noticed 30 s after the first text, and 15 s later where nobody speaks."""
    pair = Pair().talk()
    pair.host.talking.say(Message("a"))
    settle(pair)
    quiet_since = pair.network.seconds()
    pair.keep_apart()
    pair.cut_all(Cut.SILENT)
    pair.guest.talking.say(Message("b"))
    waited = []
    for side in (pair.guest, pair.host):
        pair.network.run(lambda side=side: side.ended, 60)
        waited.append(pair.network.seconds() - quiet_since)
    assert waited == pytest.approx(
        [limits.LOST_SECONDS, limits.PING_SECONDS + limits.LOST_SECONDS], abs=1
    )
    assert pair.host.ended == (Ending.LOST, "", [])
    assert pair.guest.ended == (Ending.LOST, "", ["b"])
    pair.network.advance(limits.ABORT_SECONDS + 1)
    assert pair.host.timers == pair.guest.timers == 0


def test_an_idle_conversation_lives() -> None:
    """Nobody is lost for having nothing to say."""
    pair = Pair().talk()
    pair.network.advance(3600)
    assert not any(side.is_over for side in pair.sides)
    pair.host.talking.say(Message("still here"))
    settle(pair)
    assert pair.guest.heard == ["still here"]


def heard_at_once(*said: PeerMessage, pair: Pair) -> list[PeerMessage]:
    """What a host answers to messages that come in one piece, after one that took the link."""
    pair.host.meet()
    guest = Traitor(pair, pair.guest, [Take(1, 0)]).dial(HOST)
    pair.network.run(lambda: guest.heard, 5)
    guest.heard.clear()
    guest.send(*said)
    pair.network.settle()
    return guest.heard


def test_what_comes_at_a_time_is_acknowledged_once() -> None:
    """Three texts in one piece have one acknowledgement, which says it of all."""
    pair = Pair(split=False)
    texts = [a_text(number, "words") for number in (1, 2, 3)]
    assert heard_at_once(*texts, pair=pair) == [Ack(3)]
    assert pair.host.heard == ["words"] * 3


def test_an_answer_goes_out_with_the_acknowledgement(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said over what has come is one piece with the word that it came."""
    pair = Pair(split=False).talk()
    pieces: list[int] = []

    def answer(number: int, message: Message) -> None:
        transport = pair.host.link.channel.transport  # type: ignore[union-attr]
        write = transport.write
        monkeypatch.setattr(
            transport, "write", lambda data: (pieces.append(len(data)), write(data))
        )
        pair.host.talking.say(Message("an answer"))

    monkeypatch.setattr(pair.host, "arrived", answer)
    pair.guest.talking.say(Message("a question"))
    pair.network.settle()
    record = 3 + limits.PADDING + 16
    assert pieces == [2 * record]
    assert pair.guest.heard == ["an answer"]
    assert pair.guest.ticks == pair.host.ticks == [1]


def test_what_was_kept_before_a_fault_is_acknowledged() -> None:
    """The end that follows in the same piece takes nothing back."""
    pair = Pair(split=False)
    texts = [a_text(number, "words") for number in (1, 2, 4)]
    assert heard_at_once(*texts, pair=pair) == [Ack(2), Close("unexpected")]


def test_what_could_not_be_kept_is_not_acknowledged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the second of three fails here, the first alone is acknowledged."""
    pair = Pair(split=False)

    def kept(number: int, message: Message) -> None:
        if number == 2:
            raise OSError

    monkeypatch.setattr(pair.host, "arrived", kept)
    texts = [a_text(number, "words") for number in (1, 2, 3)]
    assert Ack(1) in heard_at_once(*texts, pair=pair)
    assert not pair.host.heard


def test_what_was_heard_before_leaving_is_acknowledged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever leaves over what came has acknowledged what they have read before."""
    pair = Pair(split=False)

    def leave(number: int, message: Message) -> None:
        if number == 2:
            pair.host.talking.leave_now("left")

    monkeypatch.setattr(pair.host, "arrived", leave)
    texts = [a_text(number, "words") for number in (1, 2, 3)]
    assert heard_at_once(*texts, pair=pair) == [Ack(1), Close("left")]


def betrayed(pair: Pair) -> Traitor:
    """The guest talks to a host that does as it pleases."""
    traitor = Traitor(pair, pair.host, [Ack(0)]).dial(GUEST)
    pair.guest.meet()
    pair.network.run(lambda: pair.guest.talk, 5)
    pair.network.settle()
    traitor.heard.clear()
    traitor.times.clear()
    return traitor


def test_in_silence_only_the_host_asks() -> None:
    """An hour of it costs one ping and one pong in two minutes, whatever the delay."""
    for delay in (0.001, 0.1, 0.5):
        pair = Pair(latency=(delay, delay), split=False).talk()
        links = [side.link.channel for side in pair.sides]  # type: ignore[union-attr]
        pair.network.advance(300)
        before = [link.sent for link in links]
        pair.network.advance(3600)
        records = [
            (link.sent - sent) / (limits.RECORD_HEADER - 1 + limits.PADDING + 16)
            for link, sent in zip(links, before, strict=True)
        ]
        assert records[0] == records[1]
        assert 3600 / 160 < records[0] <= 3600 / 120


def test_pings_come_after_silence() -> None:
    """After longer and longer pauses, at the times that are due; and none while they speak."""
    pair = Pair(latency=(0.01, 0.01))
    traitor = betrayed(pair)
    start = pair.network.seconds()
    for asked in range(1, 6):
        pair.network.run(lambda number=asked: traitor.heard == [Ping(number)], 161)
        traitor.heard.clear()
        traitor.send(Pong(asked))
    gaps = [after - before for before, after in pairwise([start, *traitor.times])]
    assert gaps == pytest.approx([20, 35, 65, 125, 125], abs=0.2)
    for number in range(1, 9):
        pair.network.advance(10)
        traitor.send(a_text(number, "x"))
    assert not any(isinstance(message, Ping) for message in traitor.heard)


def test_who_is_asked_is_not_asked_again() -> None:
    """However often there is a reason to find out; after an answer, once more."""
    pair = Pair(latency=(0.01, 0.01))
    traitor = betrayed(pair)
    for number in (1, 2):
        for _ in range(100):
            pair.guest.talking.find_out()
        pair.network.advance(0.2)
        assert traitor.heard == [Ping(number)]
        traitor.heard.clear()
        traitor.send(Pong(number))
        pair.network.advance(0.2)


def test_a_text_after_a_long_silence_is_missed_soon() -> None:
    """The deadline of the text comes before that of the next ping."""
    pair = Pair().talk()
    pair.keep_apart()
    pair.network.advance(1000)
    pair.cut_all(Cut.SILENT)
    pair.host.talking.say(Message("hello?"))
    pair.network.advance(limits.LOST_SECONDS - 1)
    assert not pair.host.ended
    pair.network.advance(2)
    assert pair.host.ended == (Ending.LOST, "", ["hello?"])


@pytest.mark.parametrize(
    "message",
    [a_text(2, "gap"), a_text(1, "x" * 9000 + "é" * 4000), Ack(1), Pong(1), Take(1, 0)],
)
def test_a_broken_rule_ends_it(message: object) -> None:
    """We are cut off with a reason of our own words, and the other side is told a code."""
    pair = Pair()
    traitor = betrayed(pair)
    traitor.send(message)  # type: ignore[arg-type]
    pair.network.run(lambda: traitor.is_gone and pair.guest.is_over, 10)
    assert pair.guest.ended is not None
    ending, detail, undelivered = pair.guest.ended
    assert (ending, undelivered) == (Ending.CUT_OFF, [])
    code = "too-large" if "more than" in detail else "unexpected"
    assert detail
    assert traitor.heard == [Close(code)]  # type: ignore[arg-type]


def test_chunks_are_not_taken_where_nobody_takes_files() -> None:
    """One of what was not offered ends the conversation."""
    pair = Pair()
    traitor = betrayed(pair)
    assert traitor.link is not None
    traitor.link.channel.send(b"data", CHUNK)
    pair.network.run(lambda: traitor.is_gone and pair.guest.is_over, 10)
    assert pair.guest.ended == (Ending.CUT_OFF, text_of(Unexpected), [])


def test_nothing_counts_after_a_close() -> None:
    """What a traitor sends behind its own end is not shown, and acknowledges nothing."""
    pair = Pair()
    traitor = betrayed(pair)
    pair.guest.talking.say(Message("a"))
    pair.network.settle()
    traitor.send(Close("left"), a_text(1, "ghost"), Ack(1))
    pair.network.run(lambda: traitor.is_gone and pair.guest.is_over, 10)
    assert pair.guest.ended == (Ending.LEFT, "", ["a"])
    assert pair.guest.heard == []
    assert pair.guest.ticks == []


def flood(side: Side, text: str) -> None:
    """Say as much as is taken."""
    with suppress(TooMuchUnacknowledged):
        while True:
            side.talking.say(Message(text))


@pytest.mark.parametrize("size", [1, limits.MESSAGE_TEXT])
def test_someone_who_never_reads(size: int) -> None:
    """Texts are refused at their number; no more than a window of them is on its way, and the
    rest waits here."""
    pair = Pair().talk()
    assert pair.guest.link is not None
    pair.guest.link.channel.transport.stopReading()  # type: ignore[union-attr]
    pair.keep_apart()
    flood(pair.host, "x" * size)
    assert pair.host.talking.waiting == limits.UNACKNOWLEDGED
    assert not pair.host.is_over
    pair.network.advance(limits.PING_SECONDS + limits.GUEST_LATER_SECONDS + limits.LOST_SECONDS + 1)
    _, _, undelivered = pair.host.ended  # type: ignore[misc]
    assert len(undelivered) == limits.UNACKNOWLEDGED


def test_tiny_records_leave_nothing_behind() -> None:
    """Thousands of pings, and of texts that are acknowledged, fill no buffer of ours."""
    pair = Pair(latency=(0.001, 0.001), split=False)
    traitor = betrayed(pair)
    assert pair.guest.link is not None
    for number in range(1, 1001):
        traitor.send(Ping(number), a_text(number, "x"))
        if number % 50 == 0:
            pair.network.settle()
    channel = pair.guest.link.channel
    assert len(pair.guest.heard) == 1000
    assert [pong.number for pong in traitor.heard if isinstance(pong, Pong)] == [*range(1, 1001)]
    assert not channel._opener.has_more  # type: ignore[union-attr]
    assert pair.guest.talking.waiting == 0
    assert pair.guest.timers == 1


def test_a_conversation_keeps_no_more_for_many_messages() -> None:
    """After tens of thousands of messages all that it holds is empty again."""
    conversation = Conversation(0)
    for number in range(1, 20_001):
        conversation.receive(Ping(number), number)
        conversation.receive(a_text(number, "x"), number)
        conversation.say(Message("y"), number)
        conversation.receive(Ack(number), number)
    kept = [value for value in vars(conversation).values() if hasattr(value, "__len__")]
    assert kept
    assert not any(kept)


def test_a_traitor_is_told_no_more_than_a_code() -> None:
    """The close holds one of the fixed reasons, and nothing follows it."""
    pair = Pair()
    traitor = betrayed(pair)
    traitor.send(a_text(7, "x"))
    pair.network.run(lambda: traitor.is_gone and pair.guest.is_over, 10)
    assert traitor.heard == [Close(Unexpected.code)]  # type: ignore[arg-type]


class Reader:
    """A person whose client has room for so many texts at a time."""

    def __init__(self, side: Side, room: int) -> None:
        self.side = side
        self.room = room
        self.heard = side.arrived
        side.arrived = self.arrived  # type: ignore[method-assign]

    def arrived(self, number: int, message: Message) -> None:
        self.heard(number, message)
        self.room -= 1
        if self.room == 0:
            self.side.talking.hold_back()

    def read(self, count: int) -> None:
        """Make room for so many more."""
        self.room += count
        self.side.talking.go_on()


@pytest.mark.slow
def test_whoever_has_no_room_pushes_back() -> None:
    """No tick for what found none, for hours; nobody is lost; and all of it once there is room."""
    pair = Pair().talk()
    reader = Reader(pair.guest, 3)
    texts = [f"{number} " + "x" * 10_000 for number in range(100)]
    for text in texts:
        pair.host.talking.say(Message(text))
    pair.network.advance(3 * 3600)
    assert not pair.host.is_over
    assert not pair.guest.is_over
    assert (pair.guest.heard, pair.host.ticks) == (texts[:3], [1, 2, 3])
    while len(pair.guest.heard) < len(texts):
        reader.read(7)
        settle(pair)
    assert pair.guest.heard == texts
    assert pair.host.ticks == list(range(1, 101))


def test_a_flood_of_someone_who_minds_no_flight() -> None:
    """It is not read any more, so that nothing piles up here, and goes on when there is room."""
    pair = Pair(latency=(0.001, 0.001), split=False)
    traitor = betrayed(pair)
    reader = Reader(pair.guest, 1)
    for number in range(1, 2 * limits.UNACKNOWLEDGED):
        traitor.send(a_text(number, "x" * 1500))
        if number % 5 == 0:
            pair.network.settle()
    pair.network.advance(limits.RENEW_SECONDS - 60)  # until the keys are renewed, which needs both
    assert pair.guest.ended is None
    kept = pair.guest.talking._conversation._held
    assert sum(len(text.text) for text in kept) < 2 * limits.FLIGHT
    reader.read(10**6)
    settle(pair)
    assert len(pair.guest.heard) == 2 * limits.UNACKNOWLEDGED - 1
