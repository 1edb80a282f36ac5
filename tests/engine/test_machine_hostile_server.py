"""A server that does not keep to the protocol gains nothing over a client."""

import pytest
from machine_cases import (
    BOB,
    CAROL,
    DAVE,
    ID,
    ID2,
    NOW,
    asks,
    away,
    free,
    go,
    is_asked,
    racing_host,
    state,
)
from welcomes import welcome

from chatd.engine.decisions import effects as do
from chatd.engine.decisions import events as e
from chatd.errors import Unexpected
from chatd.wire import server as wire


def test_another_name_than_we_asked_for_is_refused() -> None:
    """A server cannot call us what it likes at the login."""
    with pytest.raises(Unexpected):
        away().logged_in(welcome("root"), NOW)


@pytest.mark.parametrize(
    "answer",
    [
        wire.Named("mallory"),
        wire.Named("bob"),
        wire.Found("carol", True),
        wire.Released("bob"),
        wire.Refused("username", "bob", None, "taken", None),
        wire.Refused("search", "carol", None, "slow-down", 1),
    ],
)
def test_an_answer_belongs_to_its_command(answer: wire.FromServer) -> None:
    """The answer to a search is about that search, and about nothing else."""
    machine = free()
    machine.search("bob")
    with pytest.raises(Unexpected):
        machine.receive(answer, NOW)
    assert machine.name == "alice"


def test_answers_come_in_the_order_of_the_commands() -> None:
    """Two commands on their way are answered one after the other."""
    machine = free()
    machine.search("bob")
    machine.username("alicia")
    machine.receive(wire.Found("bob", True), NOW)
    machine.receive(wire.Named("alicia"), NOW)
    assert machine.name == "alicia"


def test_an_unasked_answer_is_refused() -> None:
    """Without a command there is no answer."""
    with pytest.raises(Unexpected):
        free().receive(wire.Found("bob", True), NOW)


def test_a_withdrawn_introduction_sends_us_away_once() -> None:
    """A "go" may cross our cancel, but the same one cannot drive us around for ever."""
    machine = asks(free(), "bob", ID)
    machine.cancel("bob")
    machine.receive(go(), NOW)
    assert state(machine) == "Away"
    machine.logged_in(welcome("alice"), NOW)
    with pytest.raises(Unexpected):
        machine.receive(go(), NOW)


def test_a_request_cannot_change_under_the_persons_hands() -> None:
    """The id of a request that is shown cannot become someone else's."""
    machine = is_asked(free(), "bob", ID, BOB)
    with pytest.raises(Unexpected):
        is_asked(machine, "dave", ID, DAVE)
    assert machine.requests.incoming[ID].name == "bob"


def test_a_known_key_under_a_new_name_is_said_so_when_we_talk() -> None:
    """Asking for a free name that someone we know has taken shows whom we got."""
    machine = asks(free(), "caroline", ID)
    machine.receive(wire.Accepted(ID, CAROL), NOW)
    machine.receive(go(ID, "caroline", CAROL), NOW)
    shown = [
        effect.event for effect in machine.met(CAROL, "gcm", "x") if isinstance(effect, do.Show)
    ]
    assert [event.known_as for event in shown if isinstance(event, e.Talking)] == ["carol"]


def test_a_second_go_is_refused() -> None:
    """After "go" the server has nothing more to say about it."""
    with pytest.raises(Unexpected):
        racing_host().receive(go(ID2), NOW)


def test_a_server_that_closes_is_asked_again() -> None:
    """A request that a polite shutdown ended is made again when the server is back."""
    machine = asks(free(), "bob", ID)
    machine.receive(wire.Ended(ID, "closing"), NOW)
    machine.server_lost("closing", 1.0)
    effects = machine.logged_in(welcome("alice"), NOW + 10)
    assert do.Send(wire.Request("bob", 290, None)) in effects
