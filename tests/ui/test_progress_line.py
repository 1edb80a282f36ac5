"""What the client says while it waits."""

from collections.abc import Callable

import pytest
from machine_cases import BOB, NOW, asks, away, free

from chatd.engine.decisions.machine import Machine
from chatd.engine.decisions.states import Away, Preparing, Racing, Suspended, Talking
from chatd.engine.timing import Timing
from chatd.peer.conversation import Ending
from chatd.ui.progress_line import waiting


def at(state: object) -> Machine:
    """Alice, in a state."""
    machine = free()
    machine.state = state  # type: ignore[assignment]
    return machine


def interrupted() -> Machine:
    """Alice's conversation has no link."""
    machine = at(Racing("bob", BOB, True, []))
    talking = Talking("bob", key=BOB)
    machine._conversations.suspended = Suspended(talking, Ending.LOST, "", NOW + 600)
    return machine


def interrupted_without_a_server() -> Machine:
    """And the server cannot be reached either."""
    machine = interrupted()
    machine.state = Away()
    return machine


def nameless() -> Machine:
    """Nobody yet."""
    machine = away()
    machine.restart("")
    return machine


@pytest.mark.parametrize(
    ("make", "timing", "line"),
    [
        (nameless, Timing(), ""),
        (away, Timing(), "connecting…"),
        (away, Timing(connecting_since=NOW - 3), "connecting for 3 s"),
        (away, Timing(NOW - 9, retry=NOW + 3.5), "no server, trying again in 4 s"),
        (free, Timing(NOW - 9), ""),
        (lambda: asks(free(), "bob", b"1" * 16), Timing(), "asking bob, giving up in 5 min"),
        (
            lambda: asks(asks(free(), "bob", b"1" * 16), "carol", b"2" * 16),
            Timing(),
            "asking bob and 1 more, giving up in 5 min",
        ),
        (
            lambda: at(Preparing(b"", "bob", BOB, True, NOW + 12)),
            Timing(),
            "connecting to bob, giving up in 12 s",
        ),
        (lambda: at(Racing("bob", BOB, True, [])), Timing(), "looking for a path to bob…"),
        (
            lambda: at(Racing("bob", BOB, True, [])),
            Timing(race=NOW + 8),
            "looking for a path to bob, giving up in 8 s",
        ),
        (lambda: at(Talking("bob")), Timing(), ""),
        (lambda: at(Talking("bob", "left")), Timing(), "leaving bob…"),
        (lambda: at(Talking("bob", "left")), Timing(leaving=NOW + 5), "leaving bob, 5 s at most"),
        (interrupted, Timing(race=NOW + 8), "interrupted; looking for bob, giving up in 10 min"),
        (
            interrupted_without_a_server,
            Timing(retry=NOW + 8),
            "interrupted; looking for bob, giving up in 10 min; no server, trying again in 8 s",
        ),
    ],
)
def test_every_wait_says_its_stage_and_its_seconds(
    make: Callable[[], Machine], timing: Timing, line: str
) -> None:
    """And nothing is said where the person is the one to do something."""
    assert waiting(make(), timing, NOW) == line


def test_time_that_has_run_out_is_not_negative() -> None:
    """The timer that ends it may be late."""
    machine = at(Preparing(b"", "bob", BOB, True, NOW))
    assert waiting(machine, Timing(), NOW + 5) == "connecting to bob, giving up in 0 s"
