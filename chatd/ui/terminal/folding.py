"""Breaks safe text into rows, so that the terminal never does: its own break would begin a row
at the left edge, where only text of ours may stand."""

from collections.abc import Callable, Iterator

from wcwidth import wcwidth

from chatd import graphemes


def fold(text: str, first: int, room: Callable[[], int]) -> Iterator[str]:
    """The rows of one line of safe text, broken at spaces where there are any.

    The first row has at most `first` cells and every other as many as there is `room` for when it
    is asked for; neither differs from the other by more than a gutter where `first` is larger.
    """
    return _letters(text, first, room) if text.isascii() else _graphemes(text, first, room)


def _letters(text: str, limit: int, room: Callable[[], int]) -> Iterator[str]:
    """The same for text of which every character takes one cell."""
    at = 0
    while len(text) - at > limit:
        end = at + limit
        space = text.rfind(" ", at + 1, end)
        yield text[at : space if space > 0 else end]
        at = space + 1 if space > 0 else end
        limit = room()
    yield text[at:]


def _graphemes(text: str, limit: int, room: Callable[[], int]) -> Iterator[str]:
    row: list[str] = []
    used = 0
    for piece in graphemes.graphemes(text):
        cells = extent(piece)
        while row and used + cells > limit:
            kept, row = _broken(row)
            yield "".join(kept)
            limit, used = room(), sum(map(extent, row))
        row.append(piece)
        used += cells
    yield "".join(row)


def fits(text: str, cells: int) -> bool:
    """Whether a line of safe text is one row of so many cells."""
    return next(fold(text, cells, lambda: cells)) == text


def extent(grapheme: str) -> int:
    """The most cells that a grapheme takes, also where the terminal does not join emoji."""
    return max(graphemes.width(grapheme), sum(max(0, wcwidth(char)) for char in grapheme))


def _broken(row: list[str]) -> tuple[list[str], list[str]]:
    """What stays in a full row and what goes to the next; the space between them is dropped."""
    for at in range(len(row) - 1, 0, -1):
        if row[at] == " ":
            return row[:at], row[at + 1 :]
    return row, []
