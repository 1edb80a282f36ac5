"""Names, and the commands that the server answers one by one."""

import pytest
from machine_cases import (
    CAROL,
    NOW,
    OURS,
    WELCOME,
    away,
    free,
    judge,
    sends,
    show,
    state,
    told,
)
from no_proofs import NoProofs
from welcomes import welcome

from chatd import limits
from chatd.engine.decisions import effects as do
from chatd.engine.decisions import events as e
from chatd.engine.decisions.machine import Machine
from chatd.errors import Unexpected
from chatd.wire import server as wire

UNNAMED = welcome(None)


@pytest.mark.parametrize(
    ("command", "answer", "shown"),
    [
        (
            lambda m: m.username("anna"),
            wire.Named("anna"),
            [do.NameHeld("anna"), show(e.Named("anna"))],
        ),
        (lambda m: m.release("anna"), wire.Released("anna"), [show(e.Released("anna"))]),
        (lambda m: m.search("bob"), wire.Found("bob", False), [show(e.Found("bob", False))]),
        *(
            (
                lambda m, command=command: getattr(m, command)("bob"),
                wire.Refused(command, "bob", None, "slow-down", 2),
                [show(e.Refused(command, "bob", "slow-down", 2))],
            )
            for command in ("username", "release", "search")
        ),
    ],
)
def test_every_command_has_one_answer(command, answer, shown) -> None:  # type: ignore[no-untyped-def]
    """It is waited for, shown, and a second one is not to be expected of a server."""
    machine = free()
    command(machine)
    assert machine.busy
    assert machine.receive(answer, NOW) == shown
    assert not machine.busy
    with pytest.raises(Unexpected):
        machine.receive(answer, NOW)


def test_a_name_that_comes_back_too_soon_is_asked_for_again() -> None:
    """After the seconds that the server says; what was to be asked under it is asked then."""
    machine = away()
    machine.chat("bob", NOW)
    machine.logged_in(UNNAMED, NOW)
    too_soon = wire.Refused("username", "alice", None, "slow-down", 3)
    assert machine.receive(too_soon, NOW) == [show(e.NameLater("alice", 3))]
    assert machine.deadline == NOW + 3
    assert machine.tick(NOW + 2.9) == []
    assert machine.tick(NOW + 3) == [sends(wire.Username("alice"))]
    effects = machine.receive(wire.Named("alice"), NOW + 3)
    assert show(e.Named("alice")) in effects
    assert any(isinstance(each, do.Send) for each in effects)
    assert machine.tick(NOW + 10) == []


def test_a_name_that_is_not_to_be_had_today() -> None:
    """Nobody is kept waiting for hours: it is refused, and another one can be taken."""
    machine = away()
    machine.logged_in(UNNAMED, NOW)
    wait = limits.RECONNECT_MOST_SECONDS + 1
    refused = wire.Refused("username", "alice", None, "slow-down", wait)
    assert machine.receive(refused, NOW) == [
        show(e.Refused("username", "alice", "slow-down", wait))
    ]
    assert machine.deadline is None
    assert machine.wanted is None


def test_another_name_meanwhile() -> None:
    """What the person types counts."""
    machine = away()
    machine.logged_in(UNNAMED, NOW)
    machine.receive(wire.Refused("username", "alice", None, "slow-down", 3), NOW)
    assert machine.username("anna") == [sends(wire.Username("anna"))]
    machine.receive(wire.Named("anna"), NOW + 1)
    assert machine.tick(NOW + 3) == []
    assert machine.name == "anna"


def test_commands_wait_for_the_server() -> None:
    """They go out after the login, in their order, and each is answered."""
    machine = away()
    machine.search("bob")
    machine.release("anna")
    assert machine.logged_in(WELCOME, NOW)[2:] == [
        sends(wire.Search("bob")),
        sends(wire.Release("anna")),
    ]
    machine.receive(wire.Found("bob", True), NOW)
    assert machine.busy
    machine.receive(wire.Released("anna"), NOW)
    assert not machine.busy


def test_a_bounded_number_of_commands_waits() -> None:
    """At the limit a command waits, one over it is refused."""
    machine = away()
    for _ in range(limits.PATIENT_COMMANDS):
        assert machine.search("bob") == [show(e.CommandLater("search", "bob"))]
    assert machine.search("bob") == told("too-many-commands")
    sent = [effect for effect in machine.logged_in(WELCOME, NOW) if isinstance(effect, do.Send)]
    assert len(sent) == limits.PATIENT_COMMANDS


def test_a_lost_server_answers_nothing_any_more() -> None:
    """What was under way is not waited for after the next login."""
    machine = free()
    machine.search("bob")
    machine.server_lost("it broke", 1.0)
    machine.logged_in(WELCOME, NOW)
    assert not machine.busy


def test_the_login_asks_for_the_name_that_we_have() -> None:
    """Before the first one it is the name that we want."""
    machine = away()
    assert machine.login() == wire.Login("alice", False, [])
    machine.logged_in(WELCOME, NOW)
    machine.username("anna")
    assert machine.login() == wire.Login("alice", False, [])
    machine.receive(wire.Named("anna"), NOW)
    assert machine.login() == wire.Login("anna", False, [])


def test_another_name_can_be_wanted_while_the_server_is_away() -> None:
    """The next login asks for it."""
    machine = free()
    machine.server_lost("it broke", 1.0)
    machine.username("anna")
    assert machine.login() == wire.Login("anna", False, [])


def test_a_login_without_the_name_that_was_wanted() -> None:
    """The refusal that follows is its answer, and the name is not asked for again."""
    machine = away()
    assert machine.logged_in(UNNAMED, NOW) == [show(e.LoggedIn("host:1", None, False))]
    assert machine.busy
    machine.receive(wire.Refused("username", "alice", None, "taken", None), NOW)
    assert (machine.name, machine.wanted, machine.busy) == (None, None, False)


def test_a_login_with_another_name_than_was_wanted() -> None:
    """No honest server does that, and the client stays outside."""
    machine = away()
    with pytest.raises(Unexpected):
        machine.logged_in(welcome("mallory"), NOW)
    assert state(machine) == "Away"
    assert machine.name is None


def test_a_return_is_told_from_a_first_visit() -> None:
    """Only with a name was there a visit."""
    machine = away()
    machine.logged_in(UNNAMED, NOW)
    machine.server_lost("it broke", 1.0)
    assert show(e.LoggedIn("host:1", "alice", False)) in machine.logged_in(WELCOME, NOW)
    machine.server_lost("it broke", 1.0)
    assert show(e.LoggedIn("host:1", "alice", True)) in machine.logged_in(WELCOME, NOW)


def test_a_restart_forgets_everything_but_the_server() -> None:
    """Another profile begins with its own identity, nothing asked and nothing known."""
    machine = free()
    machine.chat("bob", NOW)
    machine.search("bob")
    machine.identity = CAROL
    machine.restart("carol")
    assert state(machine) == "Away"
    assert (machine.identity, machine.name, machine.wanted) == (CAROL, None, "carol")
    assert not machine.requests.outgoing
    carol = welcome("carol")
    assert machine.logged_in(carol, NOW) == [
        do.NameHeld("carol"),
        show(e.LoggedIn("host:1", "carol", False)),
    ]


def test_a_client_without_a_name_wants_none() -> None:
    """Its login leaves the name open."""
    assert Machine("host:1", OURS, judge, NoProofs()).login() == wire.Login(None, False, [])


def test_whoever_is_unlisted_says_so_at_every_login() -> None:
    """Also after the name is known, and after a new beginning."""
    machine = Machine("host:1", OURS, judge, NoProofs(), unlisted=True)
    assert machine.login() == wire.Login(None, True, [])
    machine.restart("alice")
    assert machine.login() == wire.Login("alice", True, [])
