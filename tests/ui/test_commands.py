"""The table of commands: what a line means, and what is wrong with it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chatd.engine import commands as c
from chatd.engine.snapshot import Asks, ConversationState, Snapshot
from chatd.store.contact import Person
from chatd.ui.command import GoTo, Here, Mistake
from chatd.ui.commands import BY_WORD, COMMANDS, GROUPS, parse
from chatd.ui.help import about, overview

LOBBY = Here(Snapshot(now=0.0, server="localhost", name="alice"), None)
BOB = ConversationState(b"\1" * 33, "bob", "", "new", "open")
CHAT = Here(replace(LOBBY.client, conversations=(BOB,)), BOB)
WHERE = {False: LOBBY, True: CHAT}


@pytest.mark.parametrize("line", ["chat bob", "/chat bob", "  CHAT   Bob  ", "/Chat BOB"])
def test_one_command_in_all_spellings(line):
    """A slash, case and spaces make no difference."""
    call = parse(line, LOBBY)
    assert (call.command.word, call.argument) == ("chat", "bob")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.word)
@pytest.mark.parametrize("in_conversation", [False, True])
def test_a_command_works_where_the_table_says(command, in_conversation):
    """Elsewhere the mistake names the command, and the way to where it works."""
    line = f"/{command.word}" + (" bob" if command.argument.startswith("NAME") else "")
    if command.works(in_conversation):
        assert parse(line, WHERE[in_conversation]).command is command
        return
    with pytest.raises(Mistake, match=f"{command.word} does not work here") as caught:
        parse(line, WHERE[in_conversation])
    assert caught.value.hint == ("/leave first" if in_conversation else "chat NAME")


@pytest.mark.parametrize(
    "line", ["chat", "chat bob carol", "whoami bob", "accept bob carol", "requests contacts cards"]
)
def test_usage(line):
    """Too few or too many words are answered with the usage."""
    word = line.split()[0]
    with pytest.raises(Mistake, match=f"usage: {word}"):
        parse(line, LOBBY)


@pytest.mark.parametrize("name", ["b@d", "-bob", "x" * 33, "\u212aelvin", "b\x1b[2J"])
def test_what_is_no_name(name):
    """It is repeated safely, with the rule; nothing is folded into a name by lower case."""
    with pytest.raises(Mistake, match="is not a name") as caught:
        parse(f"chat {name}", LOBBY)
    assert "\x1b" not in str(caught.value)
    assert caught.value.hint.startswith("a name has 1 to 32 letters")


@pytest.mark.parametrize("name", ["x" * 32, "a", "0-_"])
def test_names_at_the_limit(name):
    """The longest, the shortest and every sign."""
    assert parse(f"search {name}", LOBBY).argument == name


def test_a_guess():
    """A slip of the finger is answered with what was meant."""
    with pytest.raises(Mistake) as caught:
        parse("serach bob", LOBBY)
    assert caught.value.hint == "did you mean search?"


@pytest.mark.parametrize("line", ["m", "me waves"])
def test_nothing_is_guessed_that_does_not_work_here(line):
    """At the server nobody is sent to a command of conversations."""
    with pytest.raises(Mistake) as caught:
        parse(line, LOBBY)
    assert caught.value.hint in ("help shows what there is", "chat NAME")


@given(st.text(max_size=200), st.booleans())
def test_any_line_is_a_call_or_a_mistake(line, in_conversation):
    """Nothing else leaves the parser, and its words are safe to show."""
    try:
        answer = parse(line, WHERE[in_conversation]).command.word
    except Mistake as mistake:
        answer = str(mistake)
    assert answer.splitlines() == [answer]
    assert "\x1b" not in answer


@pytest.mark.parametrize("in_conversation", [False, True])
def test_help_stands_in_columns_and_fits(in_conversation):
    """Every summary begins at the same column, and no line is wider than a usual terminal."""
    here = WHERE[in_conversation]
    texts = [line.text for line in parse("help", here).meaning(here)]
    starts = {
        line.index(" " + command.summary)
        for command in COMMANDS_HERE[in_conversation]
        for line in texts
        if line.startswith(f"  {here.sign}{command.usage} ")
    }
    assert len(starts) == 1
    assert max(map(len, texts)) < 80


@pytest.mark.parametrize("in_conversation", [False, True])
def test_help_has_every_command_that_works_here_once(in_conversation):
    """In its group, and no other."""
    lines = overview(GROUPS, in_conversation)
    sign = "/" if in_conversation else ""
    rows = [re.match(r"  ((\S+, )*\S+)", line) for line in lines]
    shown = [word for row in rows if row for word in row[1].split(", ")]
    here = [sign + command.word for command in COMMANDS_HERE[in_conversation]]
    assert sorted(shown) == sorted(here)


@pytest.mark.parametrize("in_conversation", [False, True])
def test_help_fits_a_screen(in_conversation):
    """Of 24 rows, with the prompt and the status row: the first commands are what is looked for."""
    assert len(overview(GROUPS, in_conversation)) <= 22


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.word)
def test_help_about_one_command(command):
    """By any of its words, with or without a slash: all there is to say, and its example works."""
    for word in (command.word, *command.also, f"/{command.word.upper()}"):
        lines = about(BY_WORD, word)
        assert lines[0] == f"{command.usage}: {command.summary}"
        assert max(map(len, lines)) < 90
    if command.example:
        assert parse(command.example, WHERE[command.where == "chat"]).command is command


def test_help_about_nothing():
    """A word that is none is said to be none, safely."""
    with pytest.raises(Mistake) as caught:
        about(BY_WORD, "x\x1b[2J")
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize(
    ("said", "meant"),
    [("msg bob", "chat"), ("query bob", "chat"), ("ignore bob", "block"), ("quit", "exit")],
)
def test_words_that_people_know_from_elsewhere(said, meant):
    """They mean what they mean there."""
    assert parse(said, LOBBY).command.word == meant


def test_no_word_means_two_things():
    """Neither a command's own nor another one for it."""
    words = [word for command in COMMANDS for word in (command.word, *command.also)]
    assert sorted(words) == sorted(set(words))


CALLED = tuple(
    Person(name, petname)
    for name, petname in (
        ("bob", "Bobby"),
        ("carol", "Caro Lina"),
        ("x77", "dave"),
        ("eve", "Twin"),
        ("eva", "Twin"),
    )
)


@pytest.mark.parametrize(
    ("line", "argument"),
    [
        ("chat Bobby", "bob"),
        ("chat bobby", "bobby"),
        ("chat Caro  Lina", "carol"),
        ("chat Twin", "twin"),
        ("search dave", "x77"),
        ("verify Bobby 12345", "bob 12345"),
        ("nick Bobby Roberto", "bob Roberto"),
        ("nick Caro Lina", "carol"),
        ("invite list", "list"),
    ],
)
def test_what_we_call_people_is_an_argument(line, argument):
    """Wherever a name is one, exactly as it was given, and where it is one person's alone."""
    assert parse(line, Here(replace(LOBBY.client, people=CALLED), None)).argument == argument


@pytest.mark.parametrize(("asking", "name"), [([], "x77"), (["dave"], "dave")])
def test_whoever_asks_is_meant_first(asking, name):
    """Somebody's own name counts before what we call somebody else."""
    asks = tuple(Asks(each, b"\1" * 33, "", 300.0, False) for each in asking)
    here = Here(replace(LOBBY.client, people=CALLED, asking_us=asks), None)
    assert here.called("dave") == name


DIGITS = "1" * 60


@pytest.mark.parametrize(
    ("line", "here", "wanted"),
    [
        ("chat bob", LOBBY, c.Ask("bob")),
        ("accept", LOBBY, c.Accept()),
        ("accept bob", LOBBY, c.Accept("bob")),
        ("requests cards", LOBBY, c.Hear("cards")),
        ("username bob", LOBBY, c.TakeName("bob")),
        ("verify bob", LOBBY, c.ShowSafetyNumber("bob")),
        ("/verify", CHAT, c.ShowSafetyNumber("bob")),
        (f"/verify {DIGITS}", CHAT, c.CompareSafetyNumber("bob", DIGITS)),
        (f"verify carol {DIGITS}", LOBBY, c.CompareSafetyNumber("carol", DIGITS)),
        ("nick bob Big Bob", LOBBY, c.Nick("bob", "Big Bob")),
        ("invite qr", LOBBY, c.MakeCard(True)),
        ("invite revoke ab12", LOBBY, c.RevokeCard("ab12")),
        ("/show 17", CHAT, c.ShowMessage(17, b"\1" * 33)),
        ("/show", CHAT, c.ShowUnread(b"\1" * 33)),
        ("/show none", CHAT, c.ForgetUnread(b"\1" * 33)),
        ("/leave", CHAT, c.Leave(b"\1" * 33)),
        ("/leave bob", CHAT, c.Leave(b"\1" * 33)),
        ("/me waves  twice", CHAT, c.Say("waves  twice", b"\1" * 33, "action")),
        ("/to", CHAT, GoTo(None)),
        ("/to bob", CHAT, GoTo(b"\1" * 33)),
        ("/status", CHAT, c.ShowStatus(b"\1" * 33)),
        ("exit", LOBBY, c.Quit()),
    ],
)
def test_what_a_line_wants(line, here, wanted):
    """A line is a command for the client; what concerns a conversation names it."""
    assert parse(line, here).meaning(here) == wanted


@pytest.mark.parametrize(
    ("line", "mistake"),
    [
        ("verify", "whom?"),
        ("verify b@d", "is not a name"),
        ("nick b@d x", "is not a name"),
        ("requests friends", "usage: requests"),
        ("invite them", "usage: invite"),
        ("help nothing", "is not a command"),
        ("leave", "whom?"),
        ("leave carol", "no conversation with carol"),
    ],
)
def test_what_a_line_cannot_want(line, mistake):
    """It is told before anything is done."""
    call = parse(line, LOBBY)
    with pytest.raises(Mistake, match=mistake.replace("?", r"\?")):
        call.meaning(LOBBY)


COMMANDS_HERE = {
    where: [command for command in COMMANDS if command.works(where)] for where in (False, True)
}


def test_who_has_left_the_server_to_talk_is_asked_by_nobody() -> None:
    """And reads so where they look for whoever asks, as long as nobody did before."""
    apart = replace(LOBBY.client, presence="apart", conversations=(BOB,))
    here = Here(apart, None)
    with pytest.raises(Mistake) as caught:
        parse("accept", here).meaning(here)
    assert (str(caught.value), caught.value.hint) == (
        "nobody can ask you while you talk",
        "/stay on",
    )
    lost = replace(apart, conversations=(replace(BOB, stage="interrupted"),))
    with pytest.raises(Mistake, match="bob is looked for") as caught:
        parse("accept", Here(lost, None)).meaning(Here(lost, None))
    assert "/leave gives up" in caught.value.hint
    (line,) = parse("requests", here).meaning(here)
    assert line.text == "no requests: nobody can ask while you talk, unless you stay on"
    assert parse("whoami", here).meaning(here)[0].text == (
        "you are alice on localhost, and not there while you talk"
    )
    asked = Here(replace(apart, asking_us=(Asks("carol", b"", "", 9.0, False),)), None)
    assert parse("accept", asked).meaning(asked) == c.Accept(None)
    (line,) = parse("requests", LOBBY).meaning(LOBBY)
    assert line.text == "no requests"


def test_nick_with_a_name_of_ones_own():
    """Where that is a contact's, their name for us is taken away; else it was meant for oneself."""
    known = Here(replace(LOBBY.client, people=(Person("bob", "Robert"),)), None)
    assert parse("nick bob", known).meaning(known) == c.Nick("bob", "")
    with pytest.raises(Mistake) as caught:
        parse("nick carol", known).meaning(known)
    assert caught.value.hint == "did you mean username carol?"
