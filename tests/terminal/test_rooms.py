"""Several conversations in one terminal: a line goes where its label says, and only the person
changes that."""

from types import SimpleNamespace

import pytest
from simulated.client import key_of
from test_view import scenario

from chatd import limits
from chatd.engine.commands import Seen
from chatd.engine.decisions.events import Heard
from chatd.peer.ending import Ending
from chatd.peer.message import Message


def label(desk):
    """What stands before the line."""
    return desk.view._look().label


def status(desk):
    """The last row."""
    return desk.view._look().below[0][1]


def said_to(desk):
    """Whom and what was said, in order."""
    names = {talk.id: talk.name for talk in desk.client.here.conversations}
    said = [each for each in desk.client.commands if each.__struct_config__.tag == "say"]
    return [(names[each.conversation], each.text) for each in said]


def drawn(desk):
    """The numbers of the messages that were drawn."""
    seen = [each for each in desk.client.commands if each.__struct_config__.tag == "seen"]
    return [each.number for each in seen]


def two(desk):
    """Bob and then carol talk to us; we are with bob."""
    desk.client.talk("bob")
    desk.client.talk("carol")


@scenario
async def test_whoever_comes_later_changes_no_label(desk):
    """The first conversation that was asked for is gone to, the second is one more."""
    two(desk)
    assert label(desk) == "→ bob: "
    await desk.type("hi\r", lambda: said_to(desk) == [("bob", "hi")])
    assert "2 carol" in status(desk)


@scenario
async def test_what_is_said_elsewhere_is_counted_and_shown_when_one_goes_there(desk):
    """It is not seen before, so it keeps its place in the inbox; then it is, in order."""
    two(desk)
    desk.client.hear("carol", "one")
    desk.client.hear("bob", "two")
    desk.client.hear("carol", "three")
    await desk.until(lambda: drawn(desk) == [2])
    assert "2 carol +2" in status(desk)
    assert desk.view._title == "(3) chat: bob"
    await desk.type("\x1b2", lambda: drawn(desk) == [2, 1, 3])
    assert label(desk) == "→ carol: "
    assert "1 bob" in status(desk)
    assert "+" not in status(desk)


@pytest.mark.parametrize("keys", ["/to carol\r", "\x1b2", "\x1ba", "\t"])
def test_the_ways_to_go_there(keys):
    """By name, by number, by news, by Tab."""

    @scenario
    async def go(desk):
        two(desk)
        desk.client.hear("carol", "hi")
        await desk.type(keys, lambda: label(desk) == "→ carol: ")
        await desk.type("hello\r", lambda: said_to(desk) == [("carol", "hello")])

    go()


@scenario
async def test_the_server_is_a_place_too(desk):
    """There bare lines are commands, and Tab completes where nobody else is."""
    desk.client.talk("bob")
    await desk.type("\x1b0", lambda: label(desk) == "alice> ")
    await desk.type("search carol\r", lambda: desk.client.log[-1:] == [["search", "carol"]])
    await desk.type("/to bob\r", lambda: label(desk) == "→ bob: ")
    await desk.type("/to\r", lambda: label(desk) == "alice> ")
    await desk.type("\x1b7", lambda: desk.above == "there is no conversation 7")


@scenario
async def test_each_place_has_its_own_line_and_its_own_past(desk):
    """What is half typed stays where it is, and Up finds what was said there."""
    two(desk)
    await desk.type("to bob\rhalf", lambda: desk.text == "half")
    await desk.type("\x1b2", lambda: desk.text == "")
    await desk.type("to carol\rx", lambda: desk.text == "x")
    await desk.type("\x1b[A", lambda: desk.text == "to carol")
    await desk.type("\x1b1", lambda: desk.text == "half")
    await desk.type("\x1b[A", lambda: desk.text == "to bob")
    await desk.type("\r", lambda: said_to(desk)[-1] == ("bob", "to bob"))
    await desk.type("\x1b2", lambda: desk.text == "to carol")


@scenario
async def test_ticks_that_come_elsewhere(desk):
    """A message of ours stands above the line of its conversation only, and its tick waits."""
    two(desk)
    await desk.type("hi\r", lambda: desk.above == "· 12:31 you: hi")
    await desk.type("\x1b2", lambda: desk.above == "")
    desk.client.deliver("bob", 1)
    assert [sent.message.text for sent in desk.view._rooms.room(key_of("bob")).arrived] == ["hi"]
    await desk.type("\x1b1", lambda: label(desk) == "→ bob: ")
    assert desk.above == ""
    assert desk.view._rooms.room(key_of("bob")).arrived == []


@scenario
async def test_a_conversation_that_ends_elsewhere(desk):
    """What was said in it is shown before it is gone, and nothing changes where lines go."""
    two(desk)
    desk.client.hear("carol", "bye")
    desk.client.over("carol", Ending.LEFT)
    await desk.until(lambda: drawn(desk) == [1])
    assert label(desk) == "→ bob: "
    assert "carol" not in status(desk)


@scenario
async def test_the_end_of_the_one_where_one_is(desk):
    """It is the server then, and never somebody else: what was half typed is held."""
    two(desk)
    await desk.type("I love you", lambda: desk.text == "I love you")
    desk.client.over("bob", Ending.LEFT)
    assert label(desk) == "alice> "
    assert desk.text == "I love you"
    await desk.type("\r", lambda: "Enter again" in desk.above)
    await desk.type("\x1b1", lambda: label(desk) == "→ carol: ")
    assert desk.text == ""
    assert desk.client.log == []


@scenario
async def test_a_draft_of_a_conversation_that_ended_elsewhere(desk):
    """It is among the lines of the server."""
    two(desk)
    await desk.type("half\x1b2", lambda: label(desk) == "→ carol: ")
    desk.client.over("bob", Ending.LEFT)
    await desk.type("\x1b0x", lambda: desk.text == "x")
    await desk.type("\x1b[A", lambda: desk.text == "half")


@scenario
async def test_a_line_for_somebody_else(desk):
    """It is asked about; yes moves it to where its label says, and nothing is sent before Enter."""
    two(desk)
    await desk.type("carol: lunch?\r", lambda: label(desk) == "is it for carol? ")
    await desk.type("no\r", lambda: desk.text == "carol: lunch?")
    await desk.type("\r", lambda: label(desk) == "is it for carol? ")
    await desk.type("yes\r", lambda: (label(desk), desk.text) == ("→ carol: ", "lunch?"))
    assert said_to(desk) == []
    await desk.type("\r", lambda: said_to(desk) == [("carol", "lunch?")])
    await desk.type("bob: x\r", lambda: label(desk) == "is it for bob? ")
    await desk.type("carol\r", lambda: said_to(desk)[-1] == ("carol", "bob: x"))


@scenario
async def test_a_question_stays_where_it_was_asked(desk):
    """Whoever goes elsewhere answers nothing there."""
    two(desk)
    await desk.type("exit\r", lambda: label(desk) == "end this program? ")
    await desk.type("\x1b2", lambda: label(desk) == "→ carol: ")
    await desk.type("yes\r", lambda: said_to(desk) == [("carol", "yes")])
    await desk.type("\x1b1", lambda: label(desk) == "end this program? ")


@scenario
async def test_what_is_told_twice_is_one_piece_of_news(desk):
    """As when unread messages are asked for at the server."""
    two(desk)
    desk.client.hear("carol", "hi")
    desk.client.show(Heard("carol", Message("hi"), 0, 1, conversation=key_of("carol")))
    assert "2 carol +1" in status(desk)


@scenario
async def test_what_was_read_in_another_terminal_is_no_news(desk):
    """It is shown when one goes there, above what is new."""
    two(desk)
    desk.client.hear("carol", "one")
    desk.client.hear("carol", "two")
    desk.client.do(Seen(1, True, key_of("carol")))
    assert "2 carol +1" in status(desk)
    assert desk.view._title == "(1) chat: bob"
    await desk.type("\x1b2", lambda: drawn(desk) == [1, 1, 2])
    assert label(desk) == "→ carol: "
    said = "\n".join(desk.view._screen._written)
    assert said.index("— carol —") < said.index("one") < said.index("— carol, 1 new —")


@scenario
async def test_what_happened_before_calls_nobody(desk):
    """It is no news that somebody has waited for, and the bell does not ring for it."""
    desk.client.talk("bob")
    calls = []
    desk.view._calling = SimpleNamespace(call=lambda event, raw: calls.append(event))
    desk.view.recall(lambda: desk.client.hear("bob", "old"))
    assert (desk.view._attention.unseen, calls) == (0, [])
    desk.clock.advance(limits.CALL_AGAIN_SECONDS)
    desk.client.hear("bob", "new")
    assert (desk.view._attention.unseen, len(calls)) == (1, 1)
