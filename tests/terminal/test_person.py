"""What the person's decisions lead to."""

import pytest

from chatd.engine.decisions import events as e
from chatd.ui.terminal.entry import Name, Run, Say
from chatd.ui.terminal.person import Person


@pytest.fixture
def person(session, shown):
    """Somebody who has not given a name."""
    return Person(session, False, shown.show)


def test_the_first_name_starts_the_session(person, session):
    """From then on bare lines are commands."""
    assert person.mode == "name"
    person.act(Name("alice"))
    assert session.log == [["start", "alice"]]
    assert person.mode == "lobby"


def test_a_failed_start_can_be_repeated(person, session, shown):
    """A profile that is open elsewhere is said so, and the name is asked for again."""
    person.act(Name("locked"))
    assert shown.events == [
        e.Misplaced("locked is already open in another terminal", "take another name")
    ]
    assert person.mode == "name"
    person.act(Name("alice"))
    assert session.log[-1] == ["start", "alice"]


@pytest.mark.parametrize("name", ["", "a b", "-a", "ä", "a" * 33, "\u0131"])
def test_a_bad_name_is_refused(person, session, shown, name):
    """What is no name does not reach the session."""
    person.act(Name(name))
    assert session.log == []
    assert "is not a name" in shown.events[0].text


def test_the_longest_name_is_taken(person, session):
    """32 characters are a name."""
    person.act(Name("a" * 32))
    assert session.log == [["start", "a" * 32]]


def test_a_taken_name_is_asked_for_again(person, session):
    """After the refusal a bare word is a name, now of the running session."""
    person.act(Name("bob"))
    session.welcome()
    session.taken("bob")
    assert person.mode == "name"
    person.act(Name("alice"))
    assert session.log == [["start", "bob"], ["username", "alice"], ["send", "username"]]


def test_no_commands_before_the_name(person, session, shown):
    """Only help and exit work before the session was started."""
    person.act(Run("/search bob"))
    person.act(Run("help"))
    person.act(Run("exit"))
    assert shown.events[0].text == "you need a name first"
    assert isinstance(shown.events[1], e.Answer)
    assert session.log == [["stop", 0]]


def test_a_mistake_is_shown_with_its_hint(session, shown):
    """A command that there is not comes back with what was probably meant."""
    Person(session, True, shown.show).act(Run("serach bob"))
    assert shown.events == [e.Misplaced("serach is not a command", "did you mean search?")]


def test_a_message_is_said(session, shown):
    """In a conversation a message reaches the session as it is."""
    session.welcome("alice")
    session.talk("bob")
    Person(session, True, shown.show).act(Say("exit the building"))
    assert session.log[-1] == ["say", "exit the building"]


def test_a_command_of_the_wrong_mode(session, shown):
    """A command of the lobby says what to do first."""
    session.welcome("alice")
    session.talk("bob")
    Person(session, True, shown.show).act(Run("/search carol"))
    assert shown.events[-1].hint == "/leave first"


def test_leaving_ends_everything(session, shown):
    """Ctrl-D is exit."""
    session.welcome("alice")
    Person(session, True, shown.show).leave()
    assert session.log[-1] == ["stop", 0]
