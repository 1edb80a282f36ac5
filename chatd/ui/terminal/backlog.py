"""What waits to be drawn: a bounded part of it in each turn, and no more than is worth reading."""

from collections import deque
from collections.abc import Callable, Iterator

from msgspec import Struct

from chatd import limits
from chatd.ui.terminal.transcript import Row

Draw = Callable[[Callable[[], int]], Iterator[Row]]
"""Makes the rows of one thing, for a terminal that is asked for its columns at each."""


class _Waiting(Struct):
    draw: Draw
    cost: int
    drawn: Callable[[], None]


class Backlog:
    """Things to draw, in order. Messages of others have a cost in cells, and what comes while they
    wait for more than `limits.UNDRAWN` is folded: `fold` makes the line that counts them."""

    def __init__(self, fold: Callable[[int], Draw]) -> None:
        self._fold = fold
        self._waiting: deque[_Waiting] = deque()
        self._begun: Iterator[Row] | None = None
        self._cost = 0
        self._folded = 0

    def __bool__(self) -> bool:
        return bool(self._waiting) or self._folded > 0

    def add(self, draw: Draw) -> None:
        """Something of ours: never folded, behind all that came before it."""
        self._unfold()
        self._waiting.append(_Waiting(draw, 0, lambda: None))

    def hear(self, text: str, draw: Draw, drawn: Callable[[], None]) -> None:
        """A message with this text; `drawn` is called when the last row of it was taken."""
        if self._folded or self._cost >= limits.UNDRAWN:
            self._folded += 1
            return
        cost = len(text) + limits.UNDRAWN_ROW * min(text.count("\n") + 1, limits.SHOWN_LINES)
        self._cost += cost
        self._waiting.append(_Waiting(draw, cost, drawn))

    def take(self, columns: Callable[[], int]) -> list[Row]:
        """The next rows, `limits.DRAWN_ROWS` at most."""
        taken: list[Row] = []
        while len(taken) < limits.DRAWN_ROWS and (row := self._next(columns)) is not None:
            taken.append(row)
        return taken

    def _next(self, columns: Callable[[], int]) -> Row | None:
        while True:
            if not self._waiting:
                self._unfold()
            if not self._waiting:
                return None
            self._begun = self._begun or self._waiting[0].draw(columns)
            row = next(self._begun, None)
            if row is not None:
                return row
            self._done()

    def _done(self) -> None:
        self._begun = None
        done = self._waiting.popleft()
        self._cost -= done.cost
        done.drawn()

    def _unfold(self) -> None:
        """What was folded has its line now, and what comes next may be drawn again."""
        if self._folded:
            self._waiting.append(_Waiting(self._fold(self._folded), 0, lambda: None))
            self._folded = 0
