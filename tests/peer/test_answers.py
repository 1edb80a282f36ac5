"""How often someone who has not shown who they are gets an answer."""

import pytest

from chatd import limits
from chatd.errors import Unexpected
from chatd.peer.answers import Answers


class Time:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def m1(number: int) -> bytes:
    """The ephemeral key of one first message."""
    return number.to_bytes(32, "big")


def test_a_first_message_is_answered_once() -> None:
    """Whatever time has passed."""
    time = Time()
    answers = Answers(time)
    answers.first_message(m1(1))
    for now in (0.0, 1.0, 1e6):
        time.now = now
        with pytest.raises(Unexpected):
            answers.first_message(m1(1))


def test_so_many_at_once_and_then_so_many_a_second() -> None:
    """Never is a total used up for good."""
    time = Time()
    answers = Answers(time)
    for number in range(limits.OPENING_BURST):
        answers.first_message(m1(number))
    for second in range(1, 100):
        with pytest.raises(Unexpected):
            answers.first_message(m1(0xFFFF))
        time.now = float(second)
        for number in range(limits.OPENINGS_PER_SECOND):
            answers.first_message(m1(10_000 + 100 * second + number))


def test_a_repeat_uses_nothing_up() -> None:
    """Whoever has recorded one first message cannot keep the others out with it."""
    answers = Answers(Time())
    answers.first_message(m1(0))
    for _ in range(2 * limits.OPENING_BURST):
        with pytest.raises(Unexpected):
            answers.first_message(m1(0))
    for number in range(1, limits.OPENING_BURST):
        answers.first_message(m1(number))


def test_a_bounded_number_is_remembered() -> None:
    """The newest; what is one older than these is new again."""
    time = Time()
    answers = Answers(time)
    for number in range(limits.EPHEMERALS + 1):
        time.now = float(number)
        answers.first_message(m1(number))
    for known in (1, limits.EPHEMERALS):
        with pytest.raises(Unexpected):
            answers.first_message(m1(known))
    answers.first_message(m1(0))


def test_knocks_beside_a_link_use_up_nothing_of_the_others() -> None:
    """An old KNOCK, said again and again in a conversation, is no obstacle once its link breaks."""
    time = Time()
    answers = Answers(time)
    for _ in range(limits.OPENING_BESIDE_BURST):
        answers.knock(beside=True)
    with pytest.raises(Unexpected):
        answers.knock(beside=True)
    for _ in range(limits.OPENING_BURST):
        answers.knock(beside=False)
    with pytest.raises(Unexpected):
        answers.knock(beside=False)
    time.now = 1.0
    answers.knock(beside=True)
    answers.knock(beside=False)
