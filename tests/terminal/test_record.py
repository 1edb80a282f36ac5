"""What each event adds to the record."""

from datetime import datetime, timedelta

import pytest

from chatd.engine.decisions import events as e
from chatd.peer.ending import Ending
from chatd.peer.message import Message
from chatd.ui.terminal import transcript
from chatd.ui.terminal.pending import Pending
from chatd.ui.terminal.record import Record

NOON = datetime(2026, 11, 28, 12, 31)


def one():
    """What is on its way in the only conversation."""
    pending = Pending()
    return lambda id: pending


@pytest.fixture
def record():
    """A record at 12:31."""
    return Record(lambda: NOON, one())


def texts(blocks):
    """Prefix and first line of each block."""
    return [block.prefix + block.lines[0] for block in blocks]


def heard(record, event):
    """The blocks of a message of the other person."""
    now, day = record.heard()
    return [*([day] if day else []), transcript.heard(event, now)]


def test_said_waits_and_delivered_is_shown(record):
    """A message of ours enters the record when it has arrived, with the time when it was sent."""
    clock = iter([NOON, NOON + timedelta(minutes=14), NOON])

    record = Record(lambda: next(clock), one())
    assert record.blocks(e.Said(1, Message("hi"))) == []
    assert texts(record.blocks(e.Delivered([1]))) == ["✓ 12:31 you: hi"]
    assert record.blocks(e.Delivered([1])) == []


def test_heard(record):
    """A message of the other person is shown at once."""
    assert texts(heard(record, e.Heard("bob", Message("hi")))) == ["12:31 bob: hi"]


def test_a_message_that_was_sent_earlier(record):
    """Both times are shown, that of sending with its date where it is another day."""
    assert texts(heard(record, e.Heard("bob", Message("hi"), 60))) == ["12:31 bob (sent 12:30): hi"]
    assert texts(heard(record, e.Heard("bob", Message("hi"), 13 * 3600))) == [
        "12:31 bob (sent 2026-11-27 23:31): hi"
    ]


def test_a_kind_of_message_that_is_unknown(record):
    """It is shown as a text, with its kind."""
    assert texts(heard(record, e.Heard("bob", Message("waves", "gesture")))) == [
        "12:31 bob [gesture]: waves"
    ]


def test_the_date_stands_where_the_day_changes():
    """Before the first thing of a new day, and nowhere else."""
    clock = iter([NOON, NOON, NOON + timedelta(days=1), NOON + timedelta(days=1), NOON])
    record = Record(lambda: next(clock), one())
    shown = [texts(heard(record, e.Heard("bob", Message("hi")))) for _ in range(5)]
    assert [len(each) for each in shown] == [1, 1, 2, 1, 2]
    assert shown[2] == ["— Sunday, 2026-11-29 —", "12:31 bob: hi"]
    assert shown[4] == ["— Saturday, 2026-11-28 —", "12:31 bob: hi"]


def test_what_shows_nothing_brings_no_date():
    """The date waits for something that stands under it."""
    clock = iter([NOON, NOON + timedelta(days=1), NOON + timedelta(days=1)])
    record = Record(lambda: next(clock), one())
    heard(record, e.Heard("bob", Message("hi")))
    assert record.blocks(e.Said(1, Message("hi"))) == []
    assert len(record.blocks(e.Delivered([1]))) == 2


@pytest.mark.parametrize(
    ("outcome", "first"),
    [
        (e.Talking("bob", True, "gcm", "key", "path", "new"), "talking to bob"),
        (e.PreparingFailed("bob", "declined", [Message("early")]), "bob declined"),
        (e.NotConnected("bob", False, [], [Message("early")]), "no connection to bob"),
    ],
)
def test_held_waits_for_the_outcome(record, outcome, first):
    """A held line stands above the prompt until it is sent or reported as unsent."""
    assert record.blocks(e.Held(Message("early"))) == []
    assert len(record._pending(b"")) == 1
    assert texts(record.blocks(outcome))[0].startswith(first)
    assert len(record._pending(b"")) == 0


def test_the_end_reports_what_was_not_delivered(record):
    """When the conversation is over, nothing is on its way any more."""
    record.blocks(e.Said(1, Message("hi")))
    over = e.ConversationOver("bob", Ending.CUT_OFF, "", [Message("hi")])
    assert texts(record.blocks(over)) == [
        "cut off: the connection to bob broke",
        "not known to be delivered: hi",
    ]
    assert len(record._pending(b"")) == 0
