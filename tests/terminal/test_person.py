"""What the person's decisions lead to."""

import pytest
from simulated.client import key_of

from chatd.engine.decisions import events as e
from chatd.ui.terminal.entry import Name, Run, Say, mode_of
from chatd.ui.terminal.person import Person


@pytest.fixture
def person(client, shown):
    """Somebody who has not given a name."""
    return Person(client, shown)


def mode(person):
    return mode_of(person.here)


def test_the_first_name_makes_lines_commands(person, client):
    """From then on bare lines are commands."""
    assert mode(person) == "name"
    person.act(Name("alice"))
    assert client.log == [["take_name", "alice"]]
    assert mode(person) == "lobby"


def test_a_name_that_cannot_be_had_is_asked_for_again(person, client, shown):
    """A profile that is open elsewhere is said so, and another name can be given."""
    person.act(Name("locked"))
    assert shown.events == [
        e.CommandFailed(
            "failed", (), "locked is already open in another terminal", "take another name"
        )
    ]
    assert mode(person) == "name"
    person.act(Name("alice"))
    assert mode(person) == "lobby"


def test_a_taken_name_is_asked_for_again(person, client):
    """After the refusal a bare word is a name."""
    person.act(Name("bob"))
    client.let_in("bob")
    client.refuse("bob")
    assert mode(person) == "name"
    person.act(Name("alice"))
    assert client.log == [["take_name", "bob"], ["take_name", "alice"]]


def test_no_commands_before_the_name(person, client, shown):
    """Only help and exit work before there is one."""
    person.act(Run("/search bob"))
    person.act(Run("help"))
    assert shown.lines[0] == "you need a name first"
    assert "people:" in shown.lines
    person.act(Run("exit"))
    assert client.log == [["quit"]]


def test_a_mistake_is_shown_with_its_hint(person, client, shown):
    """A command that there is not comes back with what was probably meant."""
    client.let_in("alice")
    person.act(Run("serach bob"))
    assert shown.lines == ["serach is not a command", "hint: did you mean search?"]


def test_a_message_is_said(person, client):
    """In a conversation a message reaches the client as it is, for that conversation."""
    client.let_in("alice")
    client.talk("bob")
    person.act(Say("exit the building"))
    assert client.log == [["say", "exit the building"]]
    assert client.commands[-1].conversation == client.here.conversations[0].id


def test_a_command_of_the_wrong_mode(person, client, shown):
    """A command of the lobby says what to do first."""
    client.let_in("alice")
    client.talk("bob")
    person.act(Run("/forget carol"))
    assert shown.lines[-1] == "hint: /leave first"


def test_leaving_ends_everything(person, client):
    """Ctrl-D is exit."""
    client.let_in("alice")
    person.leave()
    assert client.log == [["quit"]]


def test_going_elsewhere(person, client, shown):
    """By name, to the server without one, and nowhere where there is nobody."""
    client.let_in("alice")
    client.talk("bob")
    client.talk("carol")
    person.act(Run("/to carol"))
    person.act(Run("/to"))
    person.act(Run("/chat carol"))
    assert shown.gone == [key_of("carol"), None, key_of("carol")]
    person.act(Run("/to dave"))
    assert shown.lines == ["there is no conversation with dave", "hint: /chat dave"]
    assert client.log == []
