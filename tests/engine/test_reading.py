"""The commands that show what was said and not shown."""

from typing import Any

import pytest

from chatd import limits
from chatd.engine import commands as c
from chatd.engine.decisions import events as e
from chatd.engine.decisions.inboxes import Inboxes
from chatd.engine.dispatch import carry_out
from chatd.peer.message import Message

BOB = b"\1" * 33
CAROL = b"\3" * 33


class Reader:
    """A session of someone who was shown `shown`."""

    def __init__(self) -> None:
        self.drivers = self
        self.inbox = Inboxes()
        self.shown: list[Any] = []

    def show(self, event: e.Event) -> None:
        self.shown.append(event)

    def seen(self, number: int, *, whole: bool) -> None:
        self.inbox.of(BOB).seen(number, whole=whole)

    def hears_carol(self, text: str) -> int:
        """She says something in a conversation of hers; its number."""
        return self.inbox.of(CAROL).add("carol", Message(text), 0).number

    def hears(self, *texts: str, seen: bool | None = None) -> None:
        """Messages come; `seen` as a whole, or only in part, or not at all."""
        for text in texts:
            number = self.inbox.of(BOB).add("bob", Message(text), 0).number
            if seen is not None:
                self.seen(number, whole=seen)

    def does(self, command: c.Command) -> list[Any]:
        """What a command shows."""
        self.shown.clear()
        carry_out(self, command)  # type: ignore[arg-type]
        return list(self.shown)


def whole(number: int, text: str) -> e.Whole:
    heard = e.Heard("bob", Message(text), 0, number, conversation=BOB)
    return e.Whole(heard, conversation=BOB)


def test_one_by_its_number() -> None:
    """As a whole, and it is read then."""
    reader = Reader()
    reader.hears("a", "b", seen=False)
    assert reader.does(c.ShowMessage(1)) == [whole(1, "a")]
    assert reader.inbox.unread == [2]
    assert reader.does(c.ShowMessage(1)) == [whole(1, "a")]


def test_without_a_number_first_what_was_never_shown() -> None:
    """In order, as ordinary messages."""
    reader = Reader()
    reader.hears("a", seen=False)
    reader.hears("b", "c")
    assert [heard.number for heard in reader.does(c.ShowUnread())] == [2, 3]


def test_no_more_at_a_time_than_is_drawn() -> None:
    """The rest comes with the next one."""
    reader = Reader()
    count = limits.UNDRAWN // limits.MESSAGE_TEXT
    reader.hears(*["x" * limits.MESSAGE_TEXT] * 2 * count)
    assert len(reader.does(c.ShowUnread())) <= count


def test_then_what_was_cut_and_at_last_what_was_read() -> None:
    """The oldest of the ones, the newest of the others."""
    reader = Reader()
    reader.hears("a", seen=True)
    reader.hears("b", "c", seen=False)
    reader.hears("d", seen=True)
    assert [reader.does(c.ShowUnread())[0].heard.number for _ in range(4)] == [2, 3, 4, 4]


def test_what_is_unread_can_be_forgotten() -> None:
    """Nothing of it stands in the way of new messages then."""
    reader = Reader()
    reader.hears("a", "b")
    assert reader.does(c.ForgetUnread()) == [e.UnreadForgotten(2)]
    assert reader.inbox.unread == []


def test_each_conversation_is_read_by_itself() -> None:
    """What is new in another one is neither shown nor forgotten; without one it is all of them."""
    reader = Reader()
    reader.hears("a")
    carols = reader.hears_carol("for later")
    assert [heard.number for heard in reader.does(c.ShowUnread(BOB))] == [1]
    assert reader.does(c.ForgetUnread(BOB)) == [e.UnreadForgotten(1)]
    assert reader.inbox.unread == [carols]
    assert isinstance(reader.does(c.ShowUnread(bytes(33)))[0], e.CommandFailed)
    assert reader.does(c.ForgetUnread()) == [e.UnreadForgotten(1)]


@pytest.mark.parametrize(
    "command", [c.ShowUnread(), c.ShowMessage(1), c.ShowMessage(0), c.ShowMessage(10**14)]
)
def test_nothing_to_show(command: c.Command) -> None:
    """It is said that there is none."""
    (event,) = Reader().does(command)
    assert event == e.CommandFailed("no-message")
