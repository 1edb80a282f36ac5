"""What each event adds to the record."""

import pytest

from chatd.client import events as e
from chatd.client.terminal.record import Record
from chatd.peer.conversation import Ending


@pytest.fixture
def record():
    """A record at 12:31."""
    return Record(lambda: "12:31")


def texts(blocks):
    """Prefix and first line of each block."""
    return [block.prefix + block.lines[0] for block in blocks]


def test_said_waits_and_delivered_is_shown(record):
    """A message of ours enters the record when it has arrived, with the time when it was sent."""
    clock = iter(["12:31", "12:45"])
    record = Record(lambda: next(clock))
    assert record.blocks(e.Said(1, "hi")) == []
    assert texts(record.blocks(e.Delivered([1]))) == ["✓ 12:31 you: hi"]
    assert record.blocks(e.Delivered([1])) == []


def test_heard(record):
    """A message of the other person is shown at once."""
    assert texts(record.blocks(e.Heard("bob", "hi"))) == ["12:31 bob: hi"]


@pytest.mark.parametrize(
    ("outcome", "first"),
    [
        (e.Talking("bob", True, "gcm", "key", "path", "new"), "talking to bob"),
        (e.PreparingFailed("bob", "declined", ["early"]), "bob declined"),
        (e.NotConnected("bob", False, [], ["early"]), "no connection to bob"),
    ],
)
def test_held_waits_for_the_outcome(record, outcome, first):
    """A held line stands above the prompt until it is sent or reported as unsent."""
    assert record.blocks(e.Held("early")) == []
    assert len(record.pending) == 1
    assert texts(record.blocks(outcome))[0].startswith(first)
    assert len(record.pending) == 0


def test_the_end_reports_what_was_not_delivered(record):
    """When the conversation is over, nothing is on its way any more."""
    record.blocks(e.Said(1, "hi"))
    over = e.ConversationOver("bob", Ending.CUT_OFF, "", ["hi"])
    assert texts(record.blocks(over)) == [
        "cut off: the connection to bob broke",
        "not delivered: hi",
    ]
    assert len(record.pending) == 0
