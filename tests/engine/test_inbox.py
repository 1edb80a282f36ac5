"""What other people said, kept until it was read, in a room of so many bytes."""

from chatd import limits
from chatd.engine.decisions.inbox import Inbox
from chatd.engine.decisions.inboxes import Inboxes
from chatd.peer.message import Message

LONGEST = "x" * limits.MESSAGE_TEXT
MOST = limits.ROOM // (limits.MESSAGE_TEXT + limits.ROOM_OF_ONE)
"""Of the longest ones."""

BOB, CAROL, DAVE = (bytes([number]) * 33 for number in (1, 2, 3))


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


def test_each_conversation_has_room_of_its_own() -> None:
    """Who fills theirs takes nothing from another; numbers are those of the client."""
    inboxes = Inboxes()
    bob, carol = inboxes.of(BOB), inboxes.of(CAROL)
    while not bob.is_full:
        bob.add("bob", Message("x" * limits.MESSAGE_TEXT), 0)
    assert not carol.is_full
    last = carol.add("carol", Message("hi"), 0)
    assert last.number == len(bob.unread) + 1
    assert last.conversation == CAROL
    assert inboxes.with_number(last.number) == CAROL
    assert inboxes.get(last.number) == last
    assert [heard.number for heard in inboxes.unseen()] == inboxes.unread
    assert inboxes.last == last.number


def test_what_is_unread_outlives_its_conversation() -> None:
    """As it was acknowledged; what was read stays as long as no other conversation ends."""
    inboxes = Inboxes()
    unread = inboxes.of(BOB).add("bob", Message("read me"), 0)
    read = inboxes.of(CAROL).add("carol", Message("seen"), 0)
    inboxes.of(CAROL).seen(read.number, whole=True)
    assert inboxes.unread_beside({BOB}) == 0
    assert inboxes.unread_beside(set()) == 1
    inboxes.over(lambda key: False)
    assert inboxes.get(unread.number) == unread
    assert inboxes.get(read.number) == read
    last = inboxes.of(DAVE).add("dave", Message("later"), 0)
    inboxes.of(DAVE).seen(last.number, whole=True)
    inboxes.over(lambda key: False)
    assert inboxes.get(read.number) is None
    assert inboxes.get(last.number) == last
