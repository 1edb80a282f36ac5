"""Every event in words."""

import ast
import re
import typing
from importlib import import_module
from pathlib import Path

import pytest
from msgspec.structs import replace

from chatd import engine, limits
from chatd.engine.decisions import events as e
from chatd.engine.decisions.failures import CommandFailure, FilesFailure, Unsaid
from chatd.engine.tags import kinds
from chatd.peer.ending import Ending
from chatd.peer.message import Message
from chatd.ui import wording
from chatd.ui.commands import BY_WORD

MESSAGES = {e.Heard, e.Said, e.Delivered, e.Held, e.Whole}
ESCAPE = "\x1b[2J\n"


def said(event):
    """The texts of an event."""
    return [line.text for line in wording.lines(event)]


def test_every_event_has_words():
    """Only what the views show as messages has none here."""
    parts = [import_module(f"chatd.ui.wording.{part}").WORDS for part in wording.PARTS]
    with_words = {kind for part in parts for kind in part}
    assert len(with_words) == sum(map(len, parts))
    assert with_words == set(kinds(e.Event)) - MESSAGES


def test_every_failure_has_words():
    """Each code that an engine can give has a sentence, and takes the names that come with it."""
    for code in typing.get_args(CommandFailure):
        texts = said(e.CommandFailed(code, ("bob", "carol"), "the disk is full", "make room"))
        assert texts[0]
        assert not any("{" in text for text in texts)
    for code in typing.get_args(Unsaid):
        (text, *_) = said(e.NotSaid("hi", code, "the disk is full", "make room"))
        assert text.startswith("not sent: hi (")
        assert not text.endswith("()")


def test_every_reason_for_no_files_has_words():
    """The same of files that are not offered, or not taken."""
    for code in typing.get_args(FilesFailure):
        for event in (
            e.FilesNotGiven(b"1", code, "the disk is full", "make room"),
            e.FilesNotTaken(b"1", 4, code, "the disk is full"),
        ):
            texts = said(event)
            assert texts[0]
            assert not any("{" in text for text in texts)


ENGINE = Path(engine.__file__).parent


@pytest.mark.parametrize("path", sorted(ENGINE.rglob("*.py")), ids=lambda path: path.stem)
def test_the_engine_says_codes_and_no_sentences(path):
    """No event is made with a text that a person would read."""
    for call in ast.walk(ast.parse(path.read_text())):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
            continue
        if not (isinstance(call.func.value, ast.Name) and call.func.value.id == "events"):
            continue
        given = [*call.args, *(each.value for each in call.keywords)]
        texts = [part for each in given for part in ast.walk(each)]
        assert not any(isinstance(each, ast.JoinedStr) for each in texts)
        strings = [each.value for each in texts if isinstance(each, ast.Constant)]
        assert not [text for text in strings if isinstance(text, str) and " " in text]


def test_hints_of_events_are_words_of_errors():
    """What is to be done next stands in `ui/wording`, but for what an error says itself."""
    with_hints = {each for each in kinds(e.Event) if "hint" in each.__struct_fields__}
    assert with_hints == {e.CommandFailed, e.NotSaid, e.FilesNotGiven}
    for each in with_hints:
        assert "failed" in typing.get_args(typing.get_type_hints(each)["code"])


def test_hints_hold_wherever_they_are_read():
    """In a conversation a command without its slash would be said to somebody."""
    events = [e.CommandFailed(code, ("bob", "carol")) for code in typing.get_args(CommandFailure)]
    events += [
        e.RequestArrived("bob", "SHA256:x", "new", None, 300),
        e.Asking("bob", True, 300),
        e.Came("bob"),
        e.Waiting([]),
        e.KeyChanged("bob", "SHA256:x", "SHA256:y"),
        e.ConversationOver("bob", Ending.CUT_OFF, ""),
        e.EndedWithTheProgram("bob"),
        e.PreparingFailed("bob", "no-port-there", []),
    ]
    hints = [text for event in events for text in said(event) if text.startswith("hint: ")]
    bare = re.compile(rf"(hint: |, or |again: |right: )({'|'.join(BY_WORD)})\b(?! ends| ask)")
    assert [hint for hint in hints if bare.match(hint) or bare.search(hint)] == []


@pytest.mark.parametrize(
    ("event", "texts"),
    [
        (
            e.CommandFailed("several-ask", ("bob", "carol")),
            ["asking you: bob, carol", "hint: /accept bob"],
        ),
        (
            e.CommandFailed("server-silent", ("search", "bob")),
            ["search bob: the server has not answered", "hint: try again"],
        ),
        (
            e.CommandFailed("several-offered", ("1", "3")),
            ["which of them: 1, 3?", "hint: /files shows what they are"],
        ),
        (
            e.FilesNotGiven(b"1", "nothing-there", left_out=[("/x/\x1b[31m", "unreadable")]),
            [
                "left out: /x/␛[31m (not there, or not for you to read)",
                "there is nothing to send",
                "hint: name a file or a folder",
            ],
        ),
        (
            e.FilesNotTaken(b"1", 4, "no-room"),
            [
                "there is not enough room for it: 16 MiB of the disk are left free",
                "hint: /take 4 FOLDER takes it elsewhere, /refuse 4 refuses it",
            ],
        ),
        (e.CommandFailed("blocked", ("bob",)), ["bob is blocked", "hint: /unblock bob"]),
        (
            e.CommandFailed("not-remembered", text="the {0} disk", hint="{1}"),
            ["not remembered: the {0} disk", "hint: {1}"],
        ),
        (
            e.NotSaid("hi", "no-conversation"),
            ["not sent: hi (there is no conversation)", "hint: /chat NAME"],
        ),
        (e.NotSaid("hi", "failed", "too many", "wait"), ["not sent: hi (too many)", "hint: wait"]),
    ],
)
def test_a_failure_in_words(event, texts):
    """The sentence of its code with the names in it, or an error's own words as they are."""
    assert said(event) == texts


@pytest.mark.parametrize(
    "event",
    [
        e.NotSaid(ESCAPE, "no-conversation"),
        e.CommandFailed("bad-name", (ESCAPE,)),
        e.ConversationOver("bob", Ending.CUT_OFF, ESCAPE, [Message(ESCAPE)]),
        e.NotConnected("bob", False, [(ESCAPE, ESCAPE)], [Message(ESCAPE)]),
        e.PreparingFailed("bob", "no-port", [Message(ESCAPE)], ESCAPE),
        e.ServerAway("localhost", ESCAPE, 1, []),
        e.Refused("username", ESCAPE, "taken", None),
    ],
)
def test_remote_text_is_made_safe(event):
    """No escape and no line break gets into a line."""
    for text in said(event):
        assert "\x1b" not in text
        assert text.splitlines() == [text]


@pytest.mark.parametrize("ending", list(Ending))
def test_the_four_endings_differ(ending):
    """Left, quit, cut off and lost are told apart, and all from our own leaving."""
    texts = {said(e.ConversationOver("bob", other, ""))[0] for other in (*Ending, None)}
    assert len(texts) == len(Ending) + 1
    assert "bob" in said(e.ConversationOver("bob", ending, ""))[0]


def test_undelivered_lines_are_listed_short():
    """Each has a line, cut to what fits."""
    texts = said(e.ConversationOver("bob", None, "", [Message("hi"), Message("x" * 1000)]))
    assert texts[1] == "not known to be delivered: hi"
    assert len(texts[2]) == len("not known to be delivered: ") + wording.SHOWN


def test_waits_are_said_in_minutes():
    """Seconds as a person says them, wherever there are some."""
    assert "waiting up to 5 min" in said(e.Asking("bob", True, 300))[0]
    assert "5 min left" in said(e.RequestArrived("bob", "SHA256:x", "new", None, 300))[0]
    assert "in 1 s" in said(e.ServerAway("localhost", "refused", 0.4, []))[0]
    assert said(e.Refused("request", "bob", "slow-down", 90))[1] == "hint: try again in 1 min 30 s"


@pytest.mark.parametrize(("waiting", "messages"), [(1, "1 message"), (2, "2 messages")])
def test_leaving_waits_for_so_many(waiting, messages):
    """One message is one, and the seconds are those that it takes at most."""
    expected = f"leaving; waiting up to {limits.LEAVE_SECONDS} s for {messages} to arrive"
    assert said(e.Leaving("bob", waiting)) == [expected]


def test_who_stays_at_the_server_does_not_read_that_they_left() -> None:
    """Of the other side nobody knows; without `--stay` both have."""
    racing = e.Racing("bob", [], 8, relay=False, relay_only=False)
    assert wording.lines(racing)[0].text.startswith("bob and you left the server;")
    stays = replace(racing, stays=True)
    assert wording.lines(stays)[0].text.startswith("bob and you are introduced;")


def test_who_is_around():
    """Of how many is said where there may be more of them."""
    assert said(e.Around(["bob"], 3)) == ["around: bob"]
    assert said(e.Around([], 2)) == ["around: nobody"]
    assert said(e.Around(["bob"], limits.LOOKED_FOR)) == ["around: bob, of the first 8"]
