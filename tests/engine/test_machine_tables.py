"""The four tables from which the client's machines take their steps (protocol, "The client's
states")."""

from contextlib import suppress

import pytest
from interrupted_cases import INTERRUPTED
from machine_cases import BOB, CAROL, DAVE, EVENTS, ID2, ID3, NOW, STATES, WELCOME, go

from chatd.engine.decisions.dialog import CONVERSATIONS
from chatd.engine.decisions.introductions import INTRODUCTIONS
from chatd.engine.decisions.presence import PRESENCE
from chatd.engine.decisions.request import ASKS
from chatd.engine.decisions.table import Row, Table
from chatd.errors import Unexpected
from chatd.peer.ending import Ending
from chatd.wire import server as wire

TABLES = (PRESENCE, ASKS, INTRODUCTIONS, CONVERSATIONS)
MORE = {
    "broken": lambda m: m.broken(BOB, Ending.LOST, "", NOW),
    "abandoned": lambda m: m.abandoned(BOB, []),
    "back": lambda m: [*m.chat("dave", NOW), *m.logged_in(WELCOME, NOW)],
    "cancelled too late": lambda m: [*m.cancel(None), *m.receive(go(), NOW)],
    "somebody else": lambda m: m.receive(go(key=CAROL), NOW),
    "asked in vain": lambda m: [*m.chat("dave", NOW), *m.server_lost("it broke", 1.0)],
    "accepted meanwhile": lambda m: [
        *m.chat("carol", NOW),
        *m.receive(wire.Requested(ID2, "dave", DAVE, 60, None), NOW),
        *m.receive(wire.Asked(ID3, "carol", here=True, crossing=False), NOW),
        *m.accept("dave", NOW),
        *m.receive(wire.Accepted(ID3, CAROL), NOW),
    ],
    "asked twice": lambda m: [
        *m.chat("dave", NOW),
        *m.receive(wire.Asked(b"\7" * 16, "dave", here=True, crossing=False), NOW),
        *m.receive(wire.Asked(b"\7" * 16, "dave", here=True, crossing=False), NOW),
        *m.server_lost("it broke", 1.0),
    ],
}


def test_no_state_has_two_ways_for_one_event() -> None:
    """And every state that a row leads to is one of its table, or the end."""
    for table in TABLES:
        rows = list(table)
        assert len({(row.state, row.event) for row in rows}) == len(rows)
        assert {row.then for row in rows} <= {row.state for row in rows} | {"over", "done"}


def test_every_row_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """None of them is there for the document alone: everything that can happen, in every state,
    takes all of them."""
    taken: set[tuple[str, Row]] = set()
    then = Table.then

    def seen(table: Table, state: str, event: str) -> str | None:
        found = (row for row in table if (row.state, row.event) == (state, event))
        taken.update((table.title, row) for row in found)
        return then(table, state, event)

    monkeypatch.setattr(Table, "then", seen)
    for make in [*STATES.values(), *INTERRUPTED.values()]:
        for event in [*EVENTS.values(), *MORE.values()]:
            machine = make()
            with suppress(Unexpected):
                event(machine)
    assert {(table.title, row) for table in TABLES for row in table} - taken == set()
