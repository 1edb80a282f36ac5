"""Rows of a given width."""

from hypothesis import given
from hypothesis import strategies as st

from chatd import graphemes
from chatd.text import safe_line
from chatd.ui.terminal.folding import extent, fold

TEXTS = (
    st.text(max_size=80)
    | st.text("a b", max_size=80)
    | st.text("語👩\u200d🚀e\u0301 ", max_size=80)
)


def folded(text, first, room):
    """All rows at once."""
    return list(fold(text, first, lambda: room))


def wide(row):
    """The most cells that a row takes in any terminal."""
    return sum(map(extent, graphemes.graphemes(row)))


def test_breaks_at_a_space():
    """A row ends at its last space, which is dropped."""
    assert folded("the quick brown fox", 10, 10) == ["the quick", "brown fox"]


def test_breaks_a_long_word():
    """A word that is longer than a row is broken where the row is full."""
    assert folded("abcdefgh", 3, 3) == ["abc", "def", "gh"]


def test_an_exact_fit_is_one_row():
    """What just fits is not broken, and one cell more is."""
    assert folded("abc", 3, 3) == ["abc"]
    assert folded("abcd", 3, 3) == ["abc", "d"]


def test_first_row_has_its_own_width():
    """The first row is shorter by the prefix in front of it."""
    assert folded("abcdefgh", 2, 4) == ["ab", "cdef", "gh"]


def test_counts_wide_characters_twice():
    """A wide character never stands across the edge."""
    assert folded("語語語", 5, 5) == ["語語", "語"]


def test_keeps_an_accent_with_its_letter():
    """A combining mark stays on its letter."""
    assert folded("e\u0301e\u0301", 1, 1) == ["e\u0301", "e\u0301"]


def test_assumes_that_emoji_are_not_joined():
    """A joined emoji counts as its parts, since not every terminal joins them."""
    assert extent("👩\u200d🚀") == 4


@given(TEXTS, st.integers(10, 40))
def test_no_row_is_too_wide(text, room):
    """Whatever the text, no row is wider than it may be, also with a wider first row."""
    first, *others = folded(safe_line(text), room + 2, room)
    assert wide(first) <= room + 2
    assert all(wide(row) <= room for row in others)


@given(TEXTS, st.integers(10, 40))
def test_loses_nothing_but_spaces(text, room):
    """All that is not a space is there, in order."""
    safe = safe_line(text)
    assert "".join(folded(safe, room, room)).replace(" ", "") == safe.replace(" ", "")
