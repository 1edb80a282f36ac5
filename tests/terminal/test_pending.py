"""Messages that are on their way."""

from datetime import datetime

from chatd.peer.message import Message
from chatd.text import cells
from chatd.ui.terminal.pending import SHOWN, Pending, Sent

NOON = datetime(2026, 11, 28, 12, 31)


def sending(count):
    """So many messages on their way."""
    pending = Pending()
    for number in range(1, count + 1):
        pending.say(number, Message(f"m{number}"), NOON)
    return pending


def test_nothing_takes_no_row():
    """Without messages there is no area."""
    assert Pending().rows(80) == []


def test_all_are_shown_up_to_the_limit():
    """As many as fit stand there, the oldest first."""
    assert sending(SHOWN).rows(80) == ["· 12:31 you: m1", "· 12:31 you: m2", "· 12:31 you: m3"]


def test_one_more_is_counted():
    """Above the limit the oldest are counted only."""
    assert sending(SHOWN + 1).rows(80)[:2] == ["· +1 more", "· 12:31 you: m2"]


def test_many_take_no_more_rows():
    """The area is bounded."""
    assert len(sending(256).rows(80)) == SHOWN + 1


def test_arriving_takes_them_out():
    """What arrived is given back, in the order in which it did, and is gone."""
    pending = sending(3)
    assert pending.arrive([2, 1]) == [Sent(Message("m2"), NOON), Sent(Message("m1"), NOON)]
    assert pending.rows(80) == ["· 12:31 you: m3"]


def test_an_unknown_number_arrives_as_nothing():
    """A second acknowledgement, or one for nothing, changes nothing."""
    pending = sending(1)
    assert pending.arrive([7]) == []
    assert len(pending) == 1


def test_held_lines_stand_there_too():
    """What waits for the conversation is shown like what is on its way."""
    pending = Pending()
    pending.hold(Message("early"), NOON)
    assert pending.rows(80) == ["· 12:31 you: early"]
    pending.release()
    assert len(pending) == 0


def test_over_empties_it():
    """Nothing stays of a conversation that is over."""
    pending = sending(2)
    pending.hold(Message("x"), NOON)
    pending.clear()
    assert pending.rows(80) == []


def test_a_long_message_is_one_row():
    """A message of several lines, wide and right to left, is cut to one row."""
    pending = Pending()
    pending.say(1, Message("語" * 20 + "\n" + "مرحبا"), NOON)
    (row,) = pending.rows(30)
    assert cells(row) <= 29
    assert row.endswith("…")


def test_a_cut_keeps_the_isolates_whole():
    """Right-to-left text is cut first and isolated then."""
    pending = Pending()
    pending.say(1, Message("مرحبا " * 20), NOON)
    (row,) = pending.rows(30)
    assert row.endswith("…\u2069")
