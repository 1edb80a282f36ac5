"""Every event in every state of an introduction i, which alice asks for and bob is asked for."""

from collections.abc import Callable
from itertools import product

import pytest
from introducing import KEYS, Scene, everyone, outcome

from chatd.rendezvous.effects import Effect


def _nothing() -> Scene:
    return everyone()


def _told() -> Scene:
    scene = everyone()
    scene.ask("A", "bob", id="i")
    return scene


def _away() -> Scene:
    scene = everyone()
    scene.gone("B")
    scene.ask("A", "bob", id="i")
    return scene


def _held() -> Scene:
    scene = everyone()
    scene.ask("O", "bob", id="j")
    scene.accept("B", "j")
    scene.ask("A", "bob", id="i")
    return scene


def _busy() -> Scene:
    scene = _told()
    scene.ask("O", "bob", id="j")
    scene.accept("B", "j")
    return scene


def _accepted() -> Scene:
    scene = _told()
    scene.accept("B")
    return scene


def _made() -> Scene:
    scene = _accepted()
    scene.offer("A")
    return scene


STATES: dict[str, Callable[[], Scene]] = {
    "nothing": _nothing,
    "told": _told,  # open, bob knows
    "away": _away,  # open, bob is not here
    "held": _held,  # open, bob is locked with another and does not know
    "busy": _busy,  # open, bob knows, and is locked with another since
    "accepted": _accepted,
    "made": _made,  # after go
}


def _log_in_anew(scene: Scene, letter: str) -> list[Effect]:
    return scene.gone(letter) + scene.arrive(letter)


EVENTS: dict[str, Callable[[Scene], list[Effect]]] = {
    "A asks bob": lambda scene: scene.ask("A", "bob"),
    "A asks carol": lambda scene: scene.ask("A", "carol"),
    "A renames": lambda scene: scene.name("A", "alice2"),
    "A gone": lambda scene: scene.gone("A"),
    "A accepts": lambda scene: scene.accept("A"),
    "A declines": lambda scene: scene.decline("A"),
    "A has no port": lambda scene: scene.decline("A", reason="no-port"),
    "A cancels": lambda scene: scene.cancel("A"),
    "A offers": lambda scene: scene.offer("A"),
    "B asks alice": lambda scene: scene.ask("B", "alice"),
    "B renames": lambda scene: scene.name("B", "bob2"),
    "B gone": lambda scene: scene.gone("B"),
    "B logs in anew": lambda scene: _log_in_anew(scene, "B"),
    "B accepts": lambda scene: scene.accept("B"),
    "B declines": lambda scene: scene.decline("B"),
    "B cancels": lambda scene: scene.cancel("B"),
    "B offers": lambda scene: scene.offer("B"),
    "C asks alice": lambda scene: scene.ask("C", "alice"),
    "C asks bob": lambda scene: scene.ask("C", "bob"),
    "C accepts": lambda scene: scene.accept("C"),
    "C declines": lambda scene: scene.decline("C"),
    "C cancels": lambda scene: scene.cancel("C"),
    "C offers": lambda scene: scene.offer("C"),
    "10 s": lambda scene: scene.wait(10),
    "300 s": lambda scene: scene.wait(300),
    "closing": lambda scene: scene.introductions.closing(scene.now),
}

_AFTER = {"nothing": "-", "accepted": "ACCEPTED", "made": "-"}


def _row(**cells: str) -> dict[str, str]:
    """What follows in each state; where no state of i is written, it is the one before."""
    default = cells.pop("otherwise", "")
    row = {state: cells.pop(state, default) for state in STATES}
    assert not cells, "no such state"
    return {
        state: cell if "->" in cell else f"{cell} -> {_AFTER.get(state, 'OPEN')}".strip()
        for state, cell in row.items()
    }


TABLE = {
    "A asks bob": _row(
        nothing="A asked k here; B request k",
        otherwise="A asked i here",
        away="A asked i away",
        accepted="A refused request bob not-now",
        made="",
    ),
    "A asks carol": _row(
        otherwise="A asked k here; C request k",
        accepted="A refused request carol not-now",
        made="",
    ),
    "A renames": _row(
        told="B ended i gone -> -",
        away="-> -",
        held="-> -",
        busy="B ended i gone -> -",
        accepted="LocalProtocolError",
    ),
    "A gone": _row(
        told="B ended i gone -> -",
        away="-> -",
        held="-> -",
        busy="B ended i gone -> -",
        accepted="B ended i gone -> -",
    ),
    "A accepts": _row(otherwise="A ended i gone", made=""),
    "A declines": _row(otherwise="A ended i gone", accepted="B ended i withdrawn -> -", made=""),
    "A has no port": _row(otherwise="A ended i gone", accepted="B ended i no-port -> -", made=""),
    "A cancels": _row(
        nothing="A ended i gone",
        told="B ended i withdrawn -> -",
        away="-> -",
        held="-> -",
        busy="B ended i withdrawn -> -",
        accepted="B ended i withdrawn -> -",
    ),
    "A offers": _row(
        nothing="A ended i gone",
        otherwise="Unexpected",
        accepted="B go i; A go i; part B; part A -> -",
        made="",
    ),
    "B asks alice": _row(
        nothing="B asked k here; A request k",
        told="B asked i crossing",
        otherwise="B refused request alice not-now",
        away="",
        made="",
    ),
    "B renames": _row(
        told="B ended i gone",
        held="LocalProtocolError",
        busy="LocalProtocolError",
        accepted="LocalProtocolError",
    ),
    "B gone": _row(
        held="O ended j gone",
        busy="O ended j gone",
        accepted="A ended i gone -> -",
    ),
    "B logs in anew": _row(
        told="B request i",
        away="B request i",
        held="O ended j gone; B request i",
        busy="O ended j gone; B request i",
        accepted="A ended i gone -> -",
    ),
    "B accepts": _row(
        nothing="B ended i gone",
        told="A accepted i -> ACCEPTED",
        held="B ended i gone",
        busy="B refused accept i not-now",
        accepted="B refused accept i not-now",
    ),
    "B declines": _row(
        nothing="B ended i gone",
        told="A ended i declined -> -",
        held="B ended i gone",
        busy="A ended i declined -> -",
        accepted="A ended i withdrawn -> -",
    ),
    "B cancels": _row(
        otherwise="B ended i gone",
        away="",
        accepted="A ended i withdrawn -> -",
        made="",
    ),
    "B offers": _row(otherwise="B ended i gone", away="", made=""),
    "C asks alice": _row(
        otherwise="C asked k here; A request k",
        accepted="C asked k here",
        made="C asked k here",
    ),
    "C asks bob": _row(
        nothing="C asked k here; B request k",
        told="C asked k here; B request k",
        away="C asked k away",
        otherwise="C asked k here",
    ),
    "C accepts": _row(otherwise="C ended i gone"),
    "C declines": _row(otherwise="C ended i gone"),
    "C cancels": _row(otherwise="C ended i gone"),
    "C offers": _row(otherwise="C ended i gone"),
    "10 s": _row(
        held="O ended j no-answer; B ended j no-answer; B request i",
        busy="O ended j no-answer; B ended j no-answer",
        accepted="A ended i no-answer; B ended i no-answer -> -",
    ),
    "300 s": _row(
        told="A ended i expired; B ended i expired -> -",
        away="A ended i expired -> -",
        held="O ended j no-answer; B ended j no-answer; A ended i expired -> -",
        busy="O ended j no-answer; B ended j no-answer; A ended i expired; B ended i expired -> -",
        accepted="A ended i no-answer; B ended i no-answer -> -",
    ),
    "closing": _row(
        told="A ended i closing; B ended i closing -> -",
        away="A ended i closing -> -",
        held="A ended i closing -> -",
        busy="A ended i closing; B ended i closing -> -",
    ),
}


def _state_of_i(scene: Scene) -> str:
    """What i has become, found out by what alice can do with it."""
    if scene.introductions.is_locked(KEYS["A"]):
        return "ACCEPTED"
    # Only the first cancel of an open request differs from one of nothing.
    return "OPEN" if scene.cancel("A") != scene.cancel("A") else "-"


@pytest.mark.parametrize(("event", "state"), list(product(EVENTS, STATES)))
def test_every_event_in_every_state(event: str, state: str) -> None:
    """Each event in each state has exactly the effects, and leads to the state, of the table."""
    scene = STATES[state]()
    scene.next_id = "k"
    effects = outcome(lambda: EVENTS[event](scene))
    assert f"{effects} -> {_state_of_i(scene)}".strip() == TABLE[event][state]


def test_the_table_is_about_these_events() -> None:
    """No row of the table is for an event that is not tried."""
    assert TABLE.keys() == EVENTS.keys()


def test_an_error_changes_nothing() -> None:
    """An offer that comes too early leaves the request as it was, until the link is closed."""
    scene = _told()
    assert outcome(lambda: scene.offer("A")) == "Unexpected"
    assert outcome(lambda: scene.accept("B")) == "A accepted i"
