"""Order, acknowledgements, liveness and the endings (protocol, "Conversation")."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from peer_pairs import a_text, texts

from chatd import limits
from chatd.errors import Malformed, TooLarge, Unexpected
from chatd.peer.conversation import Conversation
from chatd.peer.conversation_steps import (
    Answered,
    Arrived,
    Delivered,
    Over,
    TextTooLong,
    TooMuchUnacknowledged,
    Transmit,
    Unreadable,
)
from chatd.peer.ending import Ending
from chatd.peer.message import Message
from chatd.wire.close import Close, Reason
from chatd.wire.codec import encode
from chatd.wire.peer import Ack, PeerMessage, Ping, Pong, Take, messages

NOW = 1000.0


def saying(*texts: str) -> Conversation:
    """A conversation in which we have said something."""
    conversation = Conversation(NOW)
    for text in texts:
        conversation.say(Message(text), NOW)
    return conversation


def test_texts_are_numbered_from_one() -> None:
    """Each with the next number."""
    conversation = Conversation(NOW)
    assert conversation.say(Message("a"), NOW) == (1, [Transmit(a_text(1, "a"))])
    assert conversation.say(Message("b"), NOW) == (2, [Transmit(a_text(2, "b"))])


def test_a_text_is_shown_and_then_acknowledged() -> None:
    """In this order: an acknowledgement says that it was shown."""
    conversation = Conversation(NOW)
    for number, text in enumerate(["a", "b"], 1):
        assert conversation.receive(a_text(number, text), NOW) == [
            Arrived(number, Message(text)),
            Transmit(Ack(number)),
        ]


@pytest.mark.parametrize("number", [3, 4, 2**53])
def test_only_the_next_number_is_taken(number: int) -> None:
    """After the first text, a gap is the other side's fault."""
    conversation = Conversation(NOW)
    conversation.receive(a_text(1, "a"), NOW)
    with pytest.raises(Unexpected):
        conversation.receive(a_text(number, "b"), NOW)


@pytest.mark.parametrize("number", [1, 2])
def test_what_has_arrived_before_is_not_shown_nor_acknowledged_again(number: int) -> None:
    """Whoever moved to another link did not know yet that it had arrived, and reads there what
    was taken before anything else."""
    conversation = Conversation(NOW)
    conversation.receive(a_text(1, "a"), NOW)
    conversation.receive(a_text(2, "b"), NOW)
    assert conversation.receive(a_text(number, "x"), NOW) == []
    assert conversation.received == 2


# -- no room


def test_without_room_nothing_is_taken_nor_acknowledged() -> None:
    """What comes waits, and is taken in order, one after the other, as soon as there is room."""
    conversation = Conversation(NOW)
    conversation.receive(a_text(1, "a"), NOW)
    conversation.hold_back()
    assert conversation.receive(a_text(2, "b"), NOW) == []
    assert conversation.receive(a_text(3, "c"), NOW) == []
    assert conversation.received == 1
    assert conversation.held_back() == []
    conversation.go_on()
    assert conversation.held_back() == [Arrived(2, Message("b")), Transmit(Ack(2))]
    conversation.hold_back()
    assert conversation.held_back() == []
    conversation.go_on()
    assert conversation.held_back() == [Arrived(3, Message("c")), Transmit(Ack(3))]
    assert conversation.receive(a_text(4, "d"), NOW)[0] == Arrived(4, Message("d"))


def test_what_comes_behind_what_waits_waits_too() -> None:
    """Also if there is room by then: the order stays."""
    conversation = Conversation(NOW)
    conversation.hold_back()
    conversation.receive(a_text(1, "a"), NOW)
    conversation.go_on()
    assert conversation.receive(a_text(2, "b"), NOW) == []
    assert conversation.held_back()[0] == Arrived(1, Message("a"))
    assert conversation.held_back()[0] == Arrived(2, Message("b"))


def test_what_was_held_back_is_not_received() -> None:
    """On another link it comes again, and is taken once; also what comes on the old one behind
    it."""
    conversation = Conversation(NOW)
    conversation.receive(a_text(1, "a"), NOW)
    conversation.hold_back()
    conversation.receive(a_text(2, "b"), NOW)
    assert conversation.taken(0, NOW) == [Transmit(Ack(1))]
    assert conversation.receive(a_text(3, "c"), NOW, is_on_left_link=True) == []
    for text in ("b", "c"):
        assert conversation.receive(a_text(2, text), NOW) == []
    conversation.go_on()
    assert conversation.held_back() == [Arrived(2, Message("b")), Transmit(Ack(2))]
    assert conversation.held_back() == [Arrived(3, Message("c")), Transmit(Ack(3))]
    assert conversation.held_back() == []


def test_numbers_are_checked_where_there_is_no_room() -> None:
    """Those that wait count: one of them again is passed over, a gap is a fault."""
    conversation = Conversation(NOW)
    conversation.receive(a_text(1, "a"), NOW)
    conversation.hold_back()
    conversation.receive(a_text(2, "b"), NOW)
    conversation.receive(a_text(3, "c"), NOW)
    for number in (1, 2, 3):
        assert conversation.receive(a_text(number, "x"), NOW) == []
    with pytest.raises(Unexpected):
        conversation.receive(a_text(5, "x"), NOW)


def test_whoever_minds_the_flight_is_always_read() -> None:
    """The most that an honest side sends without an acknowledgement overruns nobody; more does."""
    for text in ("x" * limits.MESSAGE_TEXT, "x"):
        honest, full = Conversation(NOW), Conversation(NOW)
        full.hold_back()
        sent = []
        for _ in range(limits.UNACKNOWLEDGED):
            sent += [step.message for step in honest.say(Message(text), NOW)[1]]
        for message in sent:
            full.receive(message, NOW)
        assert not full.is_overrun
        for _ in range(2):
            full.receive(a_text(len(sent) + 1, text), NOW)
            sent.append(text)
        assert full.is_overrun


def test_whoever_holds_back_gives_signs_of_life() -> None:
    """At the first pace, however long: the other side has texts without an acknowledgement, and
    asks nothing itself. And it is not lost, since it answers."""
    for is_host in (True, False):
        full = Conversation(NOW, is_host=is_host)
        full.hold_back()
        full.receive(a_text(1, "a"), NOW)
        now, pings = NOW, 0
        while now < NOW + 3600:
            now = full.deadline
            pings += 1
            assert full.tick(now) == [Transmit(Ping(pings))]
            assert full.receive(Pong(pings), now) == [Answered(pings)]
        assert 3600 / pings < limits.LOST_SECONDS


def test_whoever_is_not_read_is_not_lost() -> None:
    """Nothing is heard from someone who sends more than is read."""
    full = Conversation(NOW)
    full.hold_back()
    for number in range(1, limits.UNACKNOWLEDGED + 2):
        full.receive(a_text(number, "x"), NOW)
    assert full.is_overrun
    for hours in range(10):
        assert full.tick(NOW + hours * 3600) == []


# -- acknowledgements


def test_acknowledgements_are_cumulative() -> None:
    """One says that all before it were shown too."""
    conversation = saying("a", "b", "c")
    assert conversation.receive(Ack(2), NOW) == [Delivered([1, 2])]
    assert texts(conversation.undelivered) == ["c"]
    assert conversation.receive(Ack(3), NOW) == [Delivered([3])]
    assert conversation.undelivered == []


@pytest.mark.parametrize("number", [4, 2**53])
def test_acknowledgements_out_of_range(number: int) -> None:
    """What was never said cannot be acknowledged, on whatever link."""
    for is_on_left_link in (False, True):
        conversation = saying("a", "b", "c")
        conversation.receive(Ack(2), NOW)
        with pytest.raises(Unexpected):
            conversation.receive(Ack(number), NOW, is_on_left_link=is_on_left_link)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_an_acknowledgement_that_is_old_says_nothing(number: int) -> None:
    """It was on its way on another link."""
    conversation = saying("a", "b", "c")
    conversation.receive(Ack(2), NOW)
    for is_on_left_link in (False, True):
        assert conversation.receive(Ack(number), NOW, is_on_left_link=is_on_left_link) == []
    assert texts(conversation.undelivered) == ["c"]


def test_an_acknowledgement_of_nothing() -> None:
    """Before anything was said there is none but that of nothing."""
    assert Conversation(NOW).receive(Ack(0), NOW) == []
    with pytest.raises(Unexpected):
        Conversation(NOW).receive(Ack(1), NOW)


def test_an_acknowledgement_of_what_was_not_sent_again_yet() -> None:
    """It comes on the link that was left, and what it covers is not sent on the new one."""
    conversation = saying(*["x" * limits.MESSAGE_TEXT] * 40)
    for number in range(1, 21):
        conversation.receive(Ack(number), NOW)
    again = [step.message.number for step in conversation.took(NOW)]
    assert again == list(range(21, 37))
    (delivered, *sent) = conversation.receive(Ack(36), NOW, is_on_left_link=True)
    assert delivered == Delivered(list(range(21, 37)))
    assert [step.message.number for step in sent] == [37, 38, 39, 40]


def test_a_bounded_number_of_texts_waits() -> None:
    """At the limit a text is taken, one over it is not; an acknowledgement makes room."""
    conversation = saying(*map(str, range(limits.UNACKNOWLEDGED)))
    with pytest.raises(TooMuchUnacknowledged):
        conversation.say(Message("over"), NOW)
    assert len(conversation.undelivered) == limits.UNACKNOWLEDGED
    conversation.receive(Ack(1), NOW)
    assert conversation.say(Message("now"), NOW)[0] == limits.UNACKNOWLEDGED + 1


AT_LIMIT = ["x" * limits.MESSAGE_TEXT, "é" * (limits.MESSAGE_TEXT // 2)]
OVER = [text + "x" for text in AT_LIMIT]


@pytest.mark.parametrize("text", AT_LIMIT, ids=["ASCII", "UTF-8"])
def test_the_longest_text(text: str) -> None:
    """16 KiB of UTF-8 can be said and heard, and fit into a record."""
    _, [step] = Conversation(NOW).say(Message(text), NOW)
    assert step == Transmit(a_text(1, text))
    assert messages.decode(encode(a_text(1, text))) == a_text(1, text)
    assert Conversation(NOW).receive(a_text(1, text), NOW)[0] == Arrived(1, Message(text))


@pytest.mark.parametrize("text", OVER, ids=["ASCII", "UTF-8"])
def test_a_text_that_is_too_long(text: str) -> None:
    """One byte over, it is neither said nor heard, and takes no number."""
    conversation = Conversation(NOW)
    with pytest.raises(TextTooLong):
        conversation.say(Message(text), NOW)
    assert conversation.say(Message("a"), NOW)[0] == 1
    with pytest.raises(TooLarge):
        Conversation(NOW).receive(a_text(1, text), NOW)


def test_an_empty_text_is_no_message() -> None:
    """Nobody honest sends one, so it ends the link; one character is a message."""
    with pytest.raises(Malformed):
        messages.decode(encode(a_text(1, "")))
    assert messages.decode(encode(a_text(1, "x"))) == a_text(1, "x")


@pytest.mark.parametrize("text", ["\ud800", "a\udc9b"])
def test_a_text_that_is_no_unicode(text: str) -> None:
    """Halves of characters cannot be sent, and are refused before they take a number."""
    conversation = Conversation(NOW)
    with pytest.raises(Unreadable):
        conversation.say(Message(text), NOW)
    assert conversation.say(Message("a"), NOW)[0] == 1


def test_silence() -> None:
    """A ping after 15 s, given up 30 s later without any answer, and not a moment earlier."""
    conversation = Conversation(NOW)
    assert conversation.deadline == NOW + 15
    assert conversation.tick(NOW + 14.9) == []
    assert conversation.tick(NOW + 15) == [Transmit(Ping(1))]
    assert conversation.deadline == NOW + 45
    assert conversation.tick(NOW + 44.9) == []
    assert conversation.tick(NOW + 45) == [Over(Ending.LOST)]


def test_a_guest_asks_later() -> None:
    """Only where the host has not asked."""
    conversation = Conversation(NOW, is_host=False)
    assert conversation.tick(NOW + 19.9) == []
    assert conversation.tick(NOW + 20) == [Transmit(Ping(1))]
    assert conversation.deadline == NOW + 50


def test_a_text_asks_as_well_as_a_ping() -> None:
    """30 s after the first that is without an answer, however long nothing was said before."""
    conversation = Conversation(NOW)
    conversation.say(Message("a"), NOW + 10)
    conversation.say(Message("b"), NOW + 20)
    assert conversation.tick(NOW + 39.9) == []
    assert conversation.tick(NOW + 40) == [Over(Ending.LOST)]


def idle(conversation: Conversation, now: float, times: int) -> list[float]:
    """The pauses before so many pings, each of which is answered at once."""
    pauses = []
    for _ in range(times):
        pauses.append(conversation.deadline - now)
        now, number = conversation.deadline, conversation.next_ping
        assert conversation.tick(now) == [Transmit(Ping(number))]
        conversation.receive(Pong(number), now)
    return pauses


def test_pings_become_rare_in_silence() -> None:
    """The pause doubles up to its bound; a ping of the other side counts like one of ours."""
    assert idle(Conversation(NOW), NOW, 6) == [15, 30, 60, 120, 120, 120]
    conversation = Conversation(NOW)
    conversation.receive(Ping(1), NOW)
    assert idle(conversation, NOW, 3) == [30, 60, 120]


@pytest.mark.parametrize("who", ["we", "they"])
def test_whoever_says_something_is_looked_after_again(who: str) -> None:
    """After a text in either direction the first pause is short."""
    conversation = Conversation(NOW)
    idle(conversation, NOW, 6)
    now = NOW + 1000
    if who == "we":
        conversation.say(Message("a"), now)
        conversation.receive(Ack(1), now)
    else:
        conversation.receive(a_text(1, "a"), now)
    assert idle(conversation, now, 2) == [15, 30]


@pytest.mark.parametrize("heard", [a_text(1, "a"), Ping(1), Ack(1), Pong(1)])
def test_everything_heard_is_a_sign_of_life(heard: PeerMessage) -> None:
    """It moves the end of what is still without an answer to 30 s from then."""
    conversation = Conversation(NOW)
    conversation.tick(NOW + 15)
    conversation.say(Message("x"), NOW + 16)
    conversation.say(Message("y"), NOW + 17)
    conversation.receive(heard, NOW + 40)
    assert conversation.deadline == NOW + 70
    assert conversation.tick(NOW + 69.9) == []
    assert conversation.tick(NOW + 70) == [Over(Ending.LOST)]


def test_a_ping_is_answered_at_once() -> None:
    """As often as it comes."""
    conversation = Conversation(NOW)
    for number in (1, 2, 7):
        assert conversation.receive(Ping(number), NOW) == [Transmit(Pong(number))]


def test_only_a_ping_has_a_pong() -> None:
    """None before it, and a second one says nothing."""
    conversation = Conversation(NOW)
    with pytest.raises(Unexpected):
        conversation.receive(Pong(1), NOW)
    conversation.tick(NOW + 15)
    assert conversation.receive(Pong(1), NOW + 16) == [Answered(1)]
    assert conversation.receive(Pong(1), NOW + 17) == []
    with pytest.raises(Unexpected):
        conversation.receive(Pong(2), NOW + 17)
    assert conversation.tick(NOW + 47) == [Transmit(Ping(2))]


def test_a_pong_on_a_link_that_was_left_says_nothing() -> None:
    """What is to be known is whether the link in use is there."""
    conversation = Conversation(NOW)
    conversation.ask(NOW)
    conversation.took(NOW)
    conversation.ask(NOW)
    for number in (1, 2, 3):
        assert conversation.receive(Pong(number), NOW, is_on_left_link=True) == []
    assert conversation.receive(Ping(1), NOW, is_on_left_link=True) == []
    assert conversation.receive(Pong(1), NOW) == []
    assert conversation.receive(Pong(2), NOW) == [Answered(2)]


def test_a_link_that_was_taken_must_answer() -> None:
    """`take` is a question, as a text is; the host's first word is the answer."""
    conversation = Conversation(NOW, is_host=False)
    assert conversation.took(NOW) == []
    assert conversation.tick(NOW + limits.LOST_SECONDS - 0.1) == []
    assert conversation.tick(NOW + limits.LOST_SECONDS) == [Over(Ending.LOST)]
    answered = Conversation(NOW, is_host=False)
    answered.took(NOW)
    answered.receive(Ack(0), NOW + 1)
    assert answered.deadline == NOW + 1 + limits.PING_SECONDS + limits.GUEST_LATER_SECONDS


@pytest.mark.parametrize("reason", get_args(Reason))
def test_how_the_other_side_ends_it(reason: Reason) -> None:
    """Left and quit are told apart; every other reason is an end that nobody wanted."""
    ending = {"left": Over(Ending.LEFT), "quit": Over(Ending.QUIT)}.get(
        reason, Over(Ending.CUT_OFF, reason)
    )
    assert Conversation(NOW).receive(Close(reason), NOW) == [ending]


def test_a_take_does_not_belong_here() -> None:
    """It is the word of a guest about a link, and not one of a conversation."""
    with pytest.raises(Unexpected):
        Conversation(NOW).receive(Take(1, 0), NOW)


anything = st.one_of(
    st.builds(a_text, st.integers(1, 5), st.sampled_from(["a", "b"])),
    st.builds(Ack, st.integers(1, 5)),
    st.builds(Pong, st.integers(1, 5)),
    st.sampled_from([Ping(1), Take(1, 0)]),
)


@given(st.lists(st.one_of(anything, st.sampled_from(["say", "tick"])), max_size=40))
def test_any_order_of_messages(events: list[PeerMessage | str]) -> None:
    """Nothing but the other side's fault is raised, and every text is accounted for once."""
    conversation, now = Conversation(NOW), NOW
    said, delivered, heard = 0, [], []
    for event in events:
        now += 3
        try:
            match event:
                case "say":
                    said, steps = conversation.say(Message("x"), now)
                case "tick":
                    steps = conversation.tick(now)
                case _:
                    steps = conversation.receive(event, now)  # type: ignore[arg-type]
        except Unexpected:
            continue
        delivered += [n for step in steps if isinstance(step, Delivered) for n in step.numbers]
        heard += [step.number for step in steps if isinstance(step, Arrived)]
    assert delivered == list(range(1, len(delivered) + 1))
    assert heard == list(range(1, len(heard) + 1))
    assert len(delivered) + len(conversation.undelivered) == said


def test_a_file_that_comes_is_a_sign_of_life() -> None:
    """Whoever waits for an answer waits from then on, as after any other message."""
    talk = Conversation(0)
    talk.ask(0)
    assert talk.deadline == limits.LOST_SECONDS
    talk.heard(10)
    assert talk.deadline == 10 + limits.LOST_SECONDS
