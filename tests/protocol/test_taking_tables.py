"""The tables of "Taking a link" say what the machines do, cell by cell."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from protocol_parts import rows, section

from chatd.errors import Unexpected
from chatd.peer.taking import Ask, GuestTaking, HangUp, HostTaking, Look, Step, Take, Use

NOW = 0.0
NOTHING = "\u2013"


@dataclass(frozen=True)
class Link:
    """What stands for a link."""

    name: str
    rank: int = 1
    round_trip: float = 0.1


USED, WAITING, NEW, BETTER, LEFT = (
    Link("used"),
    Link("waiting"),
    Link("new"),
    Link("better", 2),
    Link("left", 0),
)
TABLE = rows(section("Taking a link"))
GUEST = {row[0]: row[1:] for row in TABLE if len(row) == 4}
HOST = {row[0]: row[1:] for row in TABLE if len(row) == 3}


def guest(state: str) -> GuestTaking:
    """A guest in one of the three states of the table."""
    machine = GuestTaking()
    if state != "no link":
        machine.ready(USED, 1, NOW)
        machine.heard()
    if state == "in use, and asked":
        machine.ready(WAITING, 1, NOW)
    return machine


def host(state: str) -> HostTaking:
    """A host in one of the two."""
    machine = HostTaking()
    if state == "in use":
        machine.took(USED, 5)
    machine.number = 5
    return machine


def said(machine: GuestTaking, steps: list[Step]) -> str:
    """The guest's steps in the words of the table."""
    match [step for step in steps if step != HangUp(WAITING)]:
        case [Take(link)] if link == WAITING:
            return "take the oldest that waits"
        case [Take()]:
            return "take, leave the old one" if USED in machine.left else "take"
        case [Ask()]:
            return "ask again; it waits" if len(machine.waiting) > 1 else "ask; it waits"
        case [Look()]:
            return "none: look"
    return "hang up on that link" if HangUp(WAITING) in steps else NOTHING


EVENTS: dict[str, Callable[[GuestTaking], list[Step]]] = {
    "m2 right, better kind": lambda machine: machine.ready(BETTER, 2, NOW),
    "m2 right, same or worse kind": lambda machine: machine.ready(NEW, 2, NOW),
    "the same, in doubt, and no `take` came within `TAKES_SECONDS` of another": lambda machine: (
        machine.ready(NEW, 2, NOW, in_doubt=True)
    ),
    "doubt begins, and no `take` came within `TAKES_SECONDS` of another": lambda machine: (
        machine.doubted(NOW)
    ),
    "pong` to the `ping` about a link that waits": lambda machine: machine.answered(1),
    "the answer time is over": lambda machine: machine.no_answer(NOW),
    "the link in use ends, or nothing comes for `LOST_SECONDS": lambda machine: machine.ended(
        USED, NOW
    ),
}


@pytest.mark.parametrize("event", EVENTS)
def test_what_a_guest_does(event: str) -> None:
    """With no link, with one in use, and with a question out; what goes back is tried below."""
    for state, cell in zip(GUEST["guest"], GUEST[event], strict=True):
        machine = guest(state)
        does = said(machine, EVENTS[event](machine))
        if cell.startswith("go back"):
            assert does in (NOTHING, "none: look"), (event, state)
        else:
            assert does == cell, (event, state)


@pytest.mark.parametrize("event", [event for event in GUEST if "go back" in str(GUEST[event])])
def test_when_a_guest_goes_back(event: str) -> None:
    """To a link that it has left, with a new number."""
    machine = GuestTaking()
    machine.ready(LEFT, 1, NOW)
    machine.ready(USED, 1, NOW)
    assert EVENTS[event](machine) == [Take(LEFT, 3)]


def test_what_a_host_does() -> None:
    """With no link, and with one in use."""
    higher, lower = HOST["take`, higher number"], HOST["take`, not higher, on another link"]
    for state, does, ignores, ends in zip(
        HOST["host"], higher, lower, HOST["the link in use ends"], strict=True
    ):
        assert host(state).took(NEW, 6)[-1] == Use(NEW)
        assert (HangUp(USED) in host(state).took(NEW, 6)) is ("abort the old one" in does)
        assert host(state).took(NEW, 5) == [HangUp(NEW)]
        assert ignores == "abort that link"
        assert (host(state).ended(USED, NOW) == [Look()]) is (ends == "none: look")
    assert host("in use").took(USED, 6) == [Use(USED)]
    with pytest.raises(Unexpected):
        host("in use").took(USED, 5)
