"""What other people said, kept until it was read, in a room of so many bytes."""

from chatd import limits
from chatd.engine.decisions.inbox import Inbox
from chatd.peer.message import Message

LONGEST = "x" * limits.MESSAGE_TEXT
MOST = limits.ROOM // (limits.MESSAGE_TEXT + limits.ROOM_OF_ONE)
"""Of the longest ones."""


def filled(count: int, text: str = LONGEST) -> Inbox:
    """So many messages, of which nothing was read."""
    inbox = Inbox()
    for _ in range(count):
        inbox.add("bob", Message(text), 0)
    return inbox


def test_messages_have_numbers() -> None:
    """From 1, through all conversations; what was kept comes back as it came."""
    inbox = Inbox()
    first = inbox.add("bob", Message("é\n語", "action", 7), 60)
    assert (first.number, inbox.add("carol", Message("hi"), 0).number) == (1, 2)
    assert inbox.get(1) == first
    assert inbox.get(0) is inbox.get(3) is None
    assert inbox.last == 2


def test_room_for_unread_messages_is_bounded() -> None:
    """Up to the limit there is always room for one more of the longest."""
    assert not filled(MOST - 1).is_full
    assert filled(MOST).is_full


def test_small_messages_take_room_too() -> None:
    """Each costs what it costs to keep, not only its text."""
    assert not filled(limits.ROOM // (limits.ROOM_OF_ONE + 1) - 100, "x").is_full
    assert filled(limits.ROOM // (limits.ROOM_OF_ONE + 1), "x").is_full


def test_reading_makes_room() -> None:
    """As soon as one was read as a whole; in part is not enough, and twice is once."""
    inbox = filled(MOST)
    inbox.seen(1, whole=False)
    assert inbox.is_full
    inbox.seen(1, whole=True)
    inbox.seen(1, whole=True)
    assert not inbox.is_full
    inbox.add("bob", Message(LONGEST), 0)
    assert inbox.is_full


def test_whoever_reads_a_full_one_is_told_once() -> None:
    """Each message that is read makes room for one that fills it again; that is no news until half
    of it was free."""
    inbox = filled(MOST)
    told = [inbox.fills()]
    for number in range(1, MOST):
        inbox.seen(number, whole=True)
        inbox.add("bob", Message(LONGEST), 0)
        told.append(inbox.fills())
    assert (told[0], any(told[1:])) == (True, False)
    for number in range(MOST, MOST + MOST // 2 + 1):
        inbox.seen(number, whole=True)
    assert not inbox.fills()
    while not inbox.is_full:
        inbox.add("bob", Message(LONGEST), 0)
    assert inbox.fills()


def test_what_was_read_makes_way_and_nothing_else() -> None:
    """A message that was read can be read again until its place is needed."""
    inbox = filled(MOST)
    inbox.seen(2, whole=True)
    inbox.seen(3, whole=True)
    assert inbox.get(2) is not None
    for _ in range(2):
        inbox.add("bob", Message(LONGEST), 0)
    assert inbox.get(2) is None
    assert [each for each in range(1, MOST + 3) if inbox.get(each) is None] in ([2], [2, 3])
    assert set(inbox.unread) == set(range(1, MOST + 3)) - {2, 3}


def test_what_was_not_seen_at_all() -> None:
    """It is told apart from what was cut."""
    inbox = filled(3, "x")
    inbox.seen(1, whole=True)
    inbox.seen(2, whole=False)
    assert [heard.number for heard in inbox.unseen()] == [3]
    assert inbox.unread == [2, 3]


def test_many_read_messages_stay_within_the_room() -> None:
    """However many come, what is kept of them is bounded."""
    inbox = Inbox()
    for number in range(1, 3 * MOST):
        inbox.add("bob", Message(LONGEST), 0)
        inbox.seen(number, whole=True)
        assert not inbox.is_full
    assert sum(inbox.get(number) is not None for number in range(1, 3 * MOST)) <= MOST
    inbox.seen(1, whole=True)
