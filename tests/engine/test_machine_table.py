"""Every event in every state of a client (protocol, "The client's states")."""

import pytest
from machine_cases import (
    BOB,
    DAVE,
    EVENTS,
    ID,
    ID2,
    STATES,
    Effects,
    go,
    not_met,
    over,
    sends,
    show,
    stop,
    told,
    unmade,
)
from machine_cases import (
    state as where,
)

from chatd import limits
from chatd.engine.decisions import effects as do
from chatd.engine.decisions import events as e
from chatd.errors import Unexpected
from chatd.noise.keys import fingerprint
from chatd.peer.ending import Ending
from chatd.peer.message import Message
from chatd.wire import server as wire

AT_SERVER = "free preparing_host preparing_guest"
PREPARING = "preparing_host preparing_guest"
RACING = "racing_host racing_guest"
TALKING = "talking leaving quitting"
BEYOND = f"{RACING} {TALKING}"

Outcome = Effects | type[Unexpected]
Rows = list[tuple[str, Outcome, str | None]]

CANCEL = sends(wire.Cancel(ID))
ENDING = told("ending")
NO_TALK = told("nothing-to-leave")
NOT_SAID = [show(e.NotSaid("hi", "no-conversation"))]
NOBODY = told("nobody-asks")
LOST = show(e.ServerAway("host:1", "it broke", 2.0, []))
HIDDEN = fingerprint(DAVE)
WHO = fingerprint(BOB)


def later(command: str, name: str) -> Rows:
    """Who has left the server goes back for it."""
    said = show(e.CommandLater(command, name))
    return [
        ("away", [said], None),
        (f"{RACING} talking leaving", [said, do.Connect()], None),
        ("quitting stopped", ENDING, None),
    ]


NOT_AT_SERVER: Rows = [(f"away {BEYOND} stopped", Unexpected, None)]


def only(states: str, effects: Outcome, after: str | None) -> Rows:
    """Something happens in these states, and nothing at all in all others."""
    others = [state for state in STATES if state not in states.split()]
    return [(states, effects, after), (" ".join(others), [], None)]


def at_server(effects: Outcome) -> Rows:
    """The same wherever there is a server link that is logged in."""
    return [(AT_SERVER, effects, None), *NOT_AT_SERVER]


ARRIVED = [show(e.RequestArrived("dave", HIDDEN, "new", None, 60))]
MET = [
    do.Pin("bob", BOB),
    show(e.Talking("bob", True, "gcm", WHO, "IPv4 10.0.1.2:4000", "known", conversation=BOB)),
]
MET_AS_GUEST = [
    do.Pin("bob", BOB),
    show(e.Talking("bob", False, "gcm", WHO, "IPv4 10.0.1.2:4000", "known", conversation=BOB)),
]
REPLACED = show(e.Replaced())

TABLE: dict[str, Rows] = {
    "username": [
        ("away", [], None),
        (AT_SERVER, [sends(wire.Username("anna"))], None),
        *later("username", "anna")[1:],
    ],
    "release": [
        *later("release", "anna"),
        (AT_SERVER, [sends(wire.Release("anna"))], None),
    ],
    "search": [
        *later("search", "dave"),
        (AT_SERVER, [sends(wire.Search("dave"))], None),
    ],
    "chat": [
        (f"away {PREPARING}", [show(e.AskingLater("dave"))], None),
        ("free", [sends(wire.Request("dave", limits.REQUEST_SECONDS, None))], None),
        (f"{RACING} talking leaving", [show(e.AskingLater("dave")), do.Connect()], None),
        ("quitting stopped", ENDING, None),
    ],
    "chat with oneself": [(" ".join(STATES), told("yourself"), None)],
    "accept": [(" ".join(STATES), NOBODY, None)],
    "decline": [(" ".join(STATES), NOBODY, None)],
    "cancel": [
        ("away free stopped", told("nobody-asked"), None),
        (PREPARING, [CANCEL, *unmade("cancelled")], "Free"),
        (RACING, not_met([], cancelled=True), "Away"),
        (TALKING, told("conversation-open"), None),
    ],
    "say": [
        ("away free stopped", NOT_SAID, None),
        (f"{PREPARING} {RACING}", [show(e.Held(Message("hi"), conversation=BOB))], None),
        ("talking", [do.Say(BOB, Message("hi"))], None),
        (
            "leaving quitting",
            [show(e.NotSaid("hi", "leaving", conversation=BOB))],
            None,
        ),
    ],
    "say nothing": only("", [], None),
    "leave": [
        (f"away free {PREPARING} {RACING} stopped", NO_TALK, None),
        ("talking", [do.Leave(BOB, "left")], None),
        ("leaving quitting", [], None),
    ],
    "quit": [
        ("away free", stop(), "Stopped"),
        ("stopped", [], None),
        ("quitting", [do.Leave(BOB, "quit", at_once=True)], None),
        (
            PREPARING,
            [CANCEL, *stop(0, unmade("cancelled"))],
            "Stopped",
        ),
        (RACING, stop(0, not_met([], cancelled=True)[:-1]), "Stopped"),
        ("talking", [do.Leave(BOB, "quit")], None),
        ("leaving", [], None),
    ],
    "welcome": [
        ("away", [do.NameHeld("alice"), show(e.LoggedIn("host:1", "alice", False))], "Free"),
        (f"{AT_SERVER} {BEYOND} stopped", Unexpected, None),
    ],
    "a second welcome": only(" ".join(STATES), Unexpected, None),
    "server lost": [
        ("away free", [LOST], "Away"),
        (PREPARING, [*unmade("server-lost"), LOST], "Away"),
        (f"{BEYOND} stopped", [], None),
    ],
    "named": at_server(Unexpected),
    "released": at_server(Unexpected),
    "found": at_server(Unexpected),
    "refused search": at_server(Unexpected),
    "refused request": at_server([]),
    "refused accept": [
        ("free", [], None),
        (PREPARING, unmade("not-now"), "Free"),
        *NOT_AT_SERVER,
    ],
    "refused other accept": at_server([]),
    "asked": at_server([sends(wire.Cancel(ID2))]),
    "asked crossing": at_server([]),
    "request": at_server(ARRIVED),
    "accepted": at_server([sends(wire.Cancel(ID2))]),
    "ended": [("free", [], None), (PREPARING, unmade("gone"), "Free"), *NOT_AT_SERVER],
    "no port there": [
        ("free", [], None),
        (PREPARING, unmade("no-port-there"), "Free"),
        *NOT_AT_SERVER,
    ],
    "other ended": at_server([]),
    "go": [
        ("free", Unexpected, None),
        ("preparing_host", [do.Race(BOB, go(), True), do.Depart()], "Racing"),
        ("preparing_guest", [do.Race(BOB, go(), False), do.Depart()], "Racing"),
        *NOT_AT_SERVER,
    ],
    "other go": at_server(Unexpected),
    "close replaced": [
        ("away free", [REPLACED, *stop(1)], "Stopped"),
        (
            PREPARING,
            [REPLACED, CANCEL, *stop(1, unmade("cancelled"))],
            "Stopped",
        ),
        (f"{BEYOND} stopped", [], None),
    ],
    "close closing": only("", [], None),
    "offer failed": [
        (
            PREPARING,
            [sends(wire.Decline(ID, "no-port")), *unmade("no-port", [], "no port")],
            "Free",
        ),
        (f"away free {BEYOND} stopped", [], None),
    ],
    "met": [
        ("racing_host", MET, "Talking"),
        ("racing_guest", MET_AS_GUEST, "Talking"),
        (f"away {AT_SERVER} {TALKING} stopped", [], None),
    ],
    "not met": only(RACING, not_met([("10.0.1.2:4000", "no answer")]), "Away"),
    "over": [
        ("talking leaving", [over(Ending.LOST, "why", ["a"]), do.Connect()], "Away"),
        ("quitting", [over(Ending.LOST, "why", ["a"]), *stop(1)], "Stopped"),
        (f"away {AT_SERVER} {RACING} stopped", [], None),
    ],
    "left": [
        ("talking leaving", [over(None, "", []), do.Connect()], "Away"),
        ("quitting", [over(None, "", []), *stop(0)], "Stopped"),
        (f"away {AT_SERVER} {RACING} stopped", [], None),
    ],
    "left with losses": [
        ("talking leaving", [over(None, "", ["a"]), do.Connect()], "Away"),
        ("quitting", [over(None, "", ["a"]), *stop(1)], "Stopped"),
        (f"away {AT_SERVER} {RACING} stopped", [], None),
    ],
    "tick early": only("", [], None),
    "tick": only(PREPARING, [CANCEL, *unmade("no-answer")], "Free"),
}

CELLS = [
    pytest.param(event, state, outcome, after, id=f"{event} - {state}")
    for event, rows in TABLE.items()
    for states, outcome, after in rows
    for state in states.split()
]


def test_the_table_is_whole() -> None:
    """Every event has exactly one outcome in every state."""
    cells = sorted((cell.values[0], cell.values[1]) for cell in CELLS)
    assert cells == sorted((event, state) for event in EVENTS for state in STATES)


@pytest.mark.parametrize(("event", "state", "outcome", "after"), CELLS)
def test_an_event_in_a_state(event: str, state: str, outcome: Outcome, after: str | None) -> None:
    """It has exactly these effects, and leads to exactly this state."""
    machine = STATES[state]()
    before = where(machine)
    if outcome is Unexpected:
        with pytest.raises(Unexpected):
            EVENTS[event](machine)
    else:
        assert EVENTS[event](machine) == outcome
    assert where(machine) == (after or before)


@pytest.mark.parametrize(
    ("state", "busy", "name", "deadline"),
    [
        ("away", True, None, None),
        ("free", False, None, None),
        ("preparing_host", True, "bob", 1015.0),
        ("preparing_guest", True, "bob", 1015.0),
        ("racing_host", True, "bob", None),
        ("racing_guest", True, "bob", None),
        ("talking", False, "bob", None),
        ("leaving", True, "bob", None),
        ("quitting", True, "bob", None),
        ("stopped", False, None, None),
    ],
)
def test_what_a_state_means(
    state: str, busy: bool, name: str | None, deadline: float | None
) -> None:
    """Whether a decision is due, whether lines are messages, with whom, and when it gives up."""
    machine = STATES[state]()
    assert machine.busy is busy
    names = [each.name for each in (*machine.conversations, machine.making) if each is not None]
    assert names == ([] if name is None else [name])
    assert machine.deadline == deadline
