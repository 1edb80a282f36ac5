"""A machine as data: in which state which event leads where, and what is done then.

The machines look their transitions up here, and the table of the document is made from the rows.
"""

from collections.abc import Iterator
from typing import NamedTuple


class Row(NamedTuple):
    """In `state`, `event` leads to the state `then`; `does` says in a few words what is done."""

    state: str
    event: str
    then: str
    does: str


class Table:
    """The rows of one machine; every state and event has one row at most."""

    def __init__(self, title: str, *rows: Row) -> None:
        self.title = title
        self._rows = {(row.state, row.event): row for row in rows}

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows.values())

    def then(self, state: str, event: str) -> str | None:
        """Where this event leads; None where it means nothing in this state."""
        row = self._rows.get((state, event))
        return row.then if row is not None else None
