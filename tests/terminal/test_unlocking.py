"""A name whose key is under a passphrase, typed at the prompt."""

import pytest
from terminal_session import WORD
from test_view import at_desk

from chatd.engine.decisions import events as e
from chatd.ui.terminal.entry import Entry, Name, Secret
from chatd.ui.terminal.person import Person


@pytest.fixture
def person(session, shown):
    """Somebody who has chosen the name of a sealed key."""
    person = Person(session, False, shown.show)
    person.act(Name("sealed"))
    return person


def test_the_passphrase_starts_the_session(person, session):
    """It is asked for, tried in the background, and then all is as with any name."""
    assert person.mode == "secret"
    person.act(Secret(WORD))
    assert person.mode == "waiting"
    session.work()
    assert person.mode == "lobby"
    assert person.started
    assert session.log == [["start", "sealed"], ["start", "sealed"]]


def test_a_wrong_one_is_asked_for_again(person, session, shown):
    """Up to three times; the third is the end of everything."""
    for number in range(3):
        assert len(shown.events) == number
        assert person.mode == "secret"
        person.act(Secret("close sesame"))
        session.work()
        assert not person.started
        if number < 2:
            text = "that is not the passphrase"
            assert shown.events[-1] == e.Misplaced(text, "try again; Enter alone gives up")
        else:
            assert session.log[-1] == ["fail", "that is not the passphrase"]
            break


def test_giving_up_asks_for_a_name(person, session):
    """Another name can be taken."""
    person.act(Secret(""))
    assert person.mode == "name"
    person.act(Name("alice"))
    assert session.log[-1] == ["start", "alice"]
    assert person.mode == "lobby"


def test_a_passphrase_is_taken_as_it_is():
    """Neither commands nor blanks mean anything in it."""
    for text in ("", "  two  words ", "/exit", "exit", "help"):
        entry = Entry()
        entry.changed(text, "secret")
        assert entry.entered(text, "secret") == Secret(text)


def test_a_passphrase_is_in_no_traceback():
    """What is printed of a decision does not have it."""
    assert WORD not in repr(Secret(WORD))


def test_it_is_not_shown():
    """Neither on the line nor above it; it is not among the lines typed before; and what is
    typed while it is tried is dropped, since it would be seen afterwards."""
    at_desk(unseen, name=None)


async def unseen(desk):
    """Give a wrong passphrase and then the right one."""
    person = desk.view._person
    await desk.type("sealed\r", lambda: person.mode == "secret")
    for word, mode in (("close sesame", "secret"), (WORD, "lobby")):
        await desk.type(word, lambda word=word: desk.text == word)
        assert desk.view._unseen()
        await desk.type("\r", lambda: person.mode == "waiting")
        await desk.type("typed\x03", lambda: "Ctrl-D ends" in desk.above)
        desk.session.work()
        await desk.until(lambda mode=mode: person.mode == mode)
        assert "sesame" not in desk.above
    assert not desk.view._unseen()
    await desk.type("\x1b[A", lambda: desk.text == "sealed")
