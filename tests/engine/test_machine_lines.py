"""Lines for the other person, from the making of a conversation to its end."""

import pytest
from machine_cases import (
    BOB,
    ID,
    NOW,
    STATES,
    Effects,
    Event,
    not_met,
    receives,
    show,
    unmade,
)

from chatd import limits
from chatd.engine.decisions import effects as do
from chatd.engine.decisions import events as e
from chatd.engine.decisions.machine import Machine
from chatd.peer.message import Message
from chatd.wire import server as wire

HELD = ["one", "two"]
MAKING = ["preparing_host", "preparing_guest", "racing_host", "racing_guest"]


def holding(state: str) -> Machine:
    """A client in a state, with two lines typed."""
    machine = STATES[state]()
    for line in HELD:
        machine.say(line)
    return machine


def lost(effects: Effects) -> list[list[str]]:
    """The lines that were reported unsent."""
    shown = [effect.event for effect in effects if isinstance(effect, do.Show)]
    failed = [each for each in shown if isinstance(each, e.PreparingFailed | e.NotConnected)]
    return [[message.text for message in each.held] for each in failed]


@pytest.mark.parametrize("role", ["host", "guest"])
def test_held_lines_are_said_when_the_conversation_opens(role: str) -> None:
    """In order, also those that were typed before the race."""
    from machine_cases import go

    machine = holding(f"preparing_{role}")
    machine.receive(go(), NOW)
    machine.say("three")
    says = [effect for effect in machine.met(BOB, "gcm", "p") if isinstance(effect, do.Say)]
    assert says == [
        do.Say(BOB, Message("one")),
        do.Say(BOB, Message("two")),
        do.Say(BOB, Message("three")),
    ]


@pytest.mark.parametrize(
    ("state", "event"),
    [
        *((f"preparing_{role}", receives(wire.Ended(ID, "gone"))) for role in ("host", "guest")),
        ("preparing_host", lambda m: m.cancel(None)),
        ("preparing_host", lambda m: m.server_lost("it broke", 1.0)),
        ("preparing_host", lambda m: m.offer_failed(BOB, "no port", NOW)),
        ("preparing_host", lambda m: m.tick(NOW + 15)),
        ("preparing_host", lambda m: m.quit()),
        ("preparing_host", receives(wire.Close("replaced"))),
        ("racing_host", lambda m: m.not_met(BOB, [], NOW)),
        ("racing_guest", lambda m: m.not_met(BOB, [("the introduction", "no suite")], NOW)),
        ("racing_host", lambda m: m.cancel(None)),
        ("racing_guest", lambda m: m.quit()),
    ],
)
def test_held_lines_are_reported_unsent(state: str, event: Event) -> None:
    """However the making of a conversation ends without one."""
    assert lost(event(holding(state))) == [HELD]


@pytest.mark.parametrize("state", MAKING)
def test_as_many_lines_are_held_as_can_be_sent(state: str) -> None:
    """At the limit a line is held, one over it is refused and the others stay."""
    machine = STATES[state]()
    for n in range(limits.HELD_LINES):
        assert machine.say(str(n)) == [show(e.Held(Message(str(n)), conversation=BOB))]
    assert machine.say("over") == [show(e.NotSaid("over", "too-many-held", conversation=BOB))]
    assert lost(machine.quit()) == [[str(n) for n in range(limits.HELD_LINES)]]


def test_what_can_be_held_can_be_sent() -> None:
    """No held line is refused as too many by the conversation that it opens."""
    assert limits.HELD_LINES <= limits.UNACKNOWLEDGED


@pytest.mark.parametrize("state", MAKING)
def test_an_exit_that_loses_lines_says_so_in_its_status(state: str) -> None:
    """Lines that were never sent count as not delivered."""
    assert holding(state).quit()[-1] == do.Stop(1)
    assert STATES[state]().quit()[-1] == do.Stop(0)


def test_the_worst_status_counts() -> None:
    """A second quit does not make a failure good."""
    machine = STATES["talking"]()
    assert machine.quit(1) == [do.Leave(BOB, "quit")]
    assert machine.quit(0) == [do.Leave(BOB, "quit", at_once=True)]
    assert machine.left(BOB, [])[-1] == do.Stop(1)


def test_quit_while_leaving() -> None:
    """The conversation is left first; a second time nothing is waited for."""
    machine = STATES["leaving"]()
    assert machine.quit() == []
    assert machine.left(BOB, [])[-1] == do.Stop(0)
    machine = STATES["leaving"]()
    machine.quit()
    assert machine.quit() == [do.Leave(BOB, "quit", at_once=True)]
    assert machine.left(BOB, ["lost"])[-1] == do.Stop(1)


def test_a_cancelled_race_says_that_it_was_cancelled() -> None:
    """No address is blamed for it."""
    assert STATES["racing_host"]().cancel(None) == not_met([], cancelled=True)
    assert STATES["preparing_host"]().cancel(None)[1:] == unmade("cancelled")
