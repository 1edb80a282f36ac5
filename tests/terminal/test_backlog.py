"""What is drawn in one turn, and what is folded."""

from chatd import limits
from chatd.ui.terminal.backlog import Backlog


def lines(*texts):
    """Something that draws these rows."""
    return lambda columns: iter([[("", text)] for text in texts])


class Desk:
    """A backlog, and what was drawn of it; `whole` has the messages that stand there as a whole."""

    def __init__(self):
        self.backlog = Backlog(lambda count: lines(f"{count} folded"))
        self.whole = []

    def hear(self, text, rows=1):
        """A message of the other person that takes so many rows."""
        self.backlog.hear(text, lines(*[text[:9]] * rows), lambda: self.whole.append(text[:9]))

    def turn(self):
        """The rows of one turn."""
        return [row[0][1] for row in self.backlog.take(lambda: 80)]

    def all(self):
        """The rows of all turns."""
        rows = []
        while self.backlog:
            rows += self.turn()
        return rows


def test_a_turn_draws_no_more_than_its_rows():
    """At the limit one turn is enough; one over it, and the last row comes in the next."""
    desk = Desk()
    desk.hear("a", limits.DRAWN_ROWS)
    assert len(desk.turn()) == limits.DRAWN_ROWS
    assert desk.turn() == []
    desk.hear("b", limits.DRAWN_ROWS + 1)
    assert len(desk.turn()) == limits.DRAWN_ROWS
    assert desk.turn() == ["b"]


def test_many_small_things_share_a_turn():
    """Order is kept, over turns as well."""
    desk = Desk()
    texts = [f"m{number}" for number in range(limits.DRAWN_ROWS * 2 + 1)]
    for text in texts:
        desk.hear(text)
    assert [len(desk.turn()) for _ in range(3)] == [limits.DRAWN_ROWS, limits.DRAWN_ROWS, 1]
    assert desk.whole == texts


def test_a_message_is_seen_when_its_last_row_stands_there():
    """Not before."""
    desk = Desk()
    desk.hear("long", limits.DRAWN_ROWS + 1)
    desk.turn()
    assert desk.whole == []
    desk.turn()
    assert desk.whole == ["long"]


def test_what_comes_too_fast_is_folded():
    """As many as may wait are drawn, and the others are counted in one line, which comes last."""
    desk = Desk()
    text = "x" * (limits.UNDRAWN // 4 - limits.UNDRAWN_ROW)
    for _ in range(4 + 211):
        desk.hear(text)
    assert desk.all() == ["xxxxxxxxx"] * 4 + ["211 folded"]
    assert len(desk.whole) == 4


def test_empty_lines_count_too():
    """A text of few bytes and many lines takes as much of a screen, up to where it is cut."""
    desk = Desk()
    for _ in range(limits.UNDRAWN // (limits.UNDRAWN_ROW * limits.SHOWN_LINES) + 2):
        desk.hear("\n" * limits.MESSAGE_TEXT)
    assert desk.all()[-1].endswith("folded")


def test_what_comes_later_is_drawn_again():
    """Once there is room, and the line that counts stands between."""
    desk = Desk()
    for text in ("x" * limits.UNDRAWN, "y"):
        desk.hear(text)
    assert desk.all() == ["xxxxxxxxx", "1 folded"]
    desk.hear("z")
    assert desk.all() == ["z"]


def test_nothing_of_ours_is_folded():
    """It stands behind what came before it, counted or drawn."""
    desk = Desk()
    for text in ("x" * limits.UNDRAWN, "y"):
        desk.hear(text)
    desk.backlog.add(lines("ours"))
    desk.hear("z")
    assert desk.all() == ["xxxxxxxxx", "1 folded", "ours", "1 folded"]


def test_a_flood_leaves_nothing_behind():
    """However much was counted, what waits is bounded."""
    desk = Desk()
    for _ in range(10_000):
        desk.hear("x" * limits.MESSAGE_TEXT)
    assert len(desk.backlog._waiting) <= limits.UNDRAWN // limits.MESSAGE_TEXT + 1
