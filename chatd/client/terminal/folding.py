"""Breaks safe text into rows, so that the terminal never does: its own break would begin a row
at the left edge, where only text of ours may stand."""

from wcwidth import wcwidth

from chatd import graphemes


def fold(text: str, first: int, room: int) -> list[str]:
    """The rows of one line of safe text, broken at spaces where there are any.

    The first row has at most `first` cells and every other at most `room`; neither differs from
    the other by more than a gutter where `first` is the larger one.
    """
    rows: list[str] = []
    row: list[str] = []
    limit, used = first, 0
    for piece in graphemes.graphemes(text):
        while row and used + extent(piece) > limit:
            kept, row = _broken(row)
            rows.append("".join(kept))
            limit, used = room, sum(map(extent, row))
        row.append(piece)
        used += extent(piece)
    return [*rows, "".join(row)]


def extent(grapheme: str) -> int:
    """The most cells that a grapheme takes, also where the terminal does not join emoji."""
    return max(graphemes.width(grapheme), sum(max(0, wcwidth(char)) for char in grapheme))


def _broken(row: list[str]) -> tuple[list[str], list[str]]:
    """What stays in a full row and what goes to the next; the space between them is dropped."""
    for at in range(len(row) - 1, 0, -1):
        if row[at] == " ":
            return row[:at], row[at + 1 :]
    return row, []
