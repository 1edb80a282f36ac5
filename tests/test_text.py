"""Untrusted text on its way to a screen or a log."""

# ruff: noqa: RUF001

import unicodedata

import pyte
import pytest
from hostile import HOSTILE, LEGITIMATE
from hypothesis import given, settings
from hypothesis import strategies as st

from chatd import graphemes, limits
from chatd.text import (
    BREAK,
    GUTTER,
    TICK,
    beginning,
    cells,
    cut,
    isolate,
    safe_line,
    safe_lines,
    whole,
)

BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
LINE_BREAKS = ["\n", "\r\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029"]
FORBIDDEN = {"Cc", "Cs", "Zl", "Zp", "Co", "Cn"}

INTERESTING = "a1 #é\u0301\u0336\u200d\u200c\u200b\ufe0f\U000e0100\U000e0067\U000e007f" + (
    "🏴😀🏽🇩❤1中क्षىـ\u1100\u1161\t\n\r\x1b\x9b\x7f\u202e\u2069⏎┆\u3000\xa0\u2800\ud800\ue000"
)
texts = st.one_of(
    st.text(st.characters(exclude_categories=())),
    st.text(st.sampled_from(INTERESTING), max_size=60),
    st.lists(st.sampled_from([*HOSTILE.values(), *LEGITIMATE.values()]), max_size=6).map("".join),
)
breakless = texts.map(lambda text: "".join(safe_lines(text)))
untimed = settings(deadline=None)


def is_safe(line: str) -> bool:
    return not any(unicodedata.category(c) in FORBIDDEN or c in BIDI for c in line)


def is_assigned(char: str) -> bool:
    return unicodedata.category(char) not in {"Cn", "Co", "Cs"}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_changed_and_safe(text: str) -> None:
    """Nothing hostile is shown as it is, and nothing forbidden is left in it."""
    assert safe_lines(text) != [text]
    assert safe_line(text) != text
    assert all(is_safe(line) for line in [*safe_lines(text), safe_line(text)])


@pytest.mark.parametrize("text", LEGITIMATE.values(), ids=LEGITIMATE.keys())
def test_legitimate_text_survives(text: str) -> None:
    """What people write in their scripts is shown exactly as they wrote it."""
    assert safe_line(text) == text
    assert safe_lines(text) == [text]


@untimed
@given(texts)
def test_any_text_is_safe_and_bounded(text: str) -> None:
    """No text yields a control, a line break, a bidi control or more than the limits."""
    lines = safe_lines(text)
    assert lines
    assert all(is_safe(line) for line in [*lines, safe_line(text)])
    assert sum(map(len, lines)) <= limits.SHOWN_TEXT
    assert len(safe_line(text)) <= limits.SHOWN_TEXT
    assert "⏎" not in "".join(lines)
    assert "┆" not in safe_line(text) + "".join(lines)


def test_plain_text_needs_no_pattern() -> None:
    """The patterns make a piece of its own of every character that is said to be one."""
    plain = [char for char in map(chr, range(0x3000)) if graphemes.is_plain(char)]
    assert {"·", "…"} <= set(plain)
    assert set(graphemes.kinds("".join(plain))) <= set("ACxb")


@untimed
@given(breakless)
def test_a_safe_line_is_left_alone(line: str) -> None:
    """What was made safe goes through a second time unchanged."""
    assert safe_line(safe_line(line)) == safe_line(line)
    for each in safe_lines(line):
        assert safe_lines(each) == [each]


@untimed
@given(texts, st.integers(1, 40))
def test_every_limit_holds(text: str, limit: int) -> None:
    """A cut text has at most as many characters as asked for, and says that it was cut."""
    whole, part = safe_line(text), safe_line(text, limit)
    assert len(part) <= limit
    assert part == whole or part.endswith("…")
    assert part == whole or max(len(text), len(whole)) > limit
    assert sum(map(len, safe_lines(text, limit))) <= limit
    assert is_safe(part)


def test_no_character_is_hidden() -> None:
    """Each character that Unicode has assigned is safe and takes up room once it is shown."""
    for char in filter(is_assigned, map(chr, range(0x110000))):
        shown = safe_line(char)
        assert is_safe(shown), ascii(char)
        assert cells(shown) > 0, ascii(char)


def test_what_is_shown_instead() -> None:
    """Each kind of unsafe character has its visible form, and a run of one is counted."""
    assert safe_line("\x1b[2J\x7f\0") == "␛[2J␡␀"
    assert safe_line("\x9b2J") == "‹U+009B›2J"
    assert safe_line("a\u200b\u200b\u202e\ud800") == "a‹U+200B ×2›‹U+202E›‹U+D800›"
    assert safe_line("a\tb\u00a0c\u2800d") == "a    b c d"
    assert safe_line("a ⏎ b┆") == "a ↵ b¦"
    assert safe_line("\u0301") == "◌\u0301"


@pytest.mark.parametrize("sign", LINE_BREAKS, ids=ascii)
def test_every_line_break_breaks(sign: str) -> None:
    """Each kind of line break ends one line, also at the start and at the end."""
    assert safe_lines(f"a{sign}b") == ["a", "b"]
    assert safe_lines(f"{sign}é\u0301{sign}") == ["", "é\u0301", ""]
    assert safe_line(f"a{sign}b") == f"a{BREAK}b"


def test_a_mark_cannot_reach_what_stands_before_the_line() -> None:
    """A line that starts with a combining mark brings a base of its own."""
    assert safe_lines("\u0336a\n\u0336b") == ["◌\u0336a", "◌\u0336b"]
    assert safe_line("\u1161\n\u0336") == f"◌\u1161{BREAK}◌\u0336"


def test_marks_are_bounded() -> None:
    """As many marks as the limit stay on a letter; the next one is counted instead."""
    most = "a" + "\u0301" * limits.MARKS
    assert safe_line(most + "b") == most + "b"
    assert safe_line(most + "\u0302b") == most + "‹mark›b"
    assert safe_line(most + "\u0302\u0303") == most + "‹mark ×2›"


def test_joined_emoji_are_bounded() -> None:
    """An emoji has at most three joiners; the next one is shown."""
    most = "👩" + "\u200d👩" * limits.EMOJI_JOINERS
    assert safe_line(most) == most
    assert safe_line(most + "\u200d👩") == most + "‹U+200D›👩"


def test_one_variation_selector_stays() -> None:
    """A symbol keeps one variation selector; a second one, and one on a Latin letter, show."""
    assert safe_line("😀\ufe0f\ufe0f") == "😀\ufe0f‹U+FE0F›"
    assert safe_line("a\ufe0f") == "a‹U+FE0F›"


def test_characters_are_limited() -> None:
    """A text of exactly the limit is whole; one more, and it ends in '…' at the limit."""
    for letter in ["a", "é", "א", "中", "\n", "a\u0301"]:
        most = letter * (12 // len(letter))
        assert safe_lines(most, 12) == most.split("\n")
        shown = "\n".join(safe_lines(most + letter, 12))
        assert shown == most[: -len(letter)] + "…"


def test_a_break_counts_with_all_its_characters() -> None:
    """The sign for a line break is three characters of the one line."""
    assert safe_line("a\nb", 5) == "a ⏎ b"
    assert len(safe_line("a\nbc", 5)) == 5


def test_lines_are_limited() -> None:
    """As many lines as the limit are shown, and it is said how many more there are."""
    most = ["x"] * limits.SHOWN_LINES
    assert beginning("\n".join(most)) == (most, 0)
    assert beginning("\n".join([*most, "y", "z"])) == (most, 2)


def test_a_long_line_counts_as_its_rows() -> None:
    """In a terminal it would fill as many, so that it is cut where as many lines would be."""
    most = "x" * 80 * limits.SHOWN_LINES
    assert beginning(most, 80) == ([most], 0)
    lines, hidden = beginning(f"{most}y", 80)
    assert (len(lines[0]), hidden) == (len(most), 1)
    assert beginning(f"a\n{most}", 80)[0][1] == "x" * (len(most) - 81) + "…"
    assert beginning(f"{most}\nz", 80) == ([most], 1)


def test_a_line_that_becomes_too_long_is_cut() -> None:
    """Where signs for what cannot be seen make it longer than is shown, and it counts as one."""
    lines, hidden = beginning("a\n" + "\t" * limits.SHOWN_TEXT + "\nb")
    assert hidden == 2
    assert sum(map(len, lines)) == limits.SHOWN_TEXT
    assert lines[1].endswith("…")


@pytest.mark.parametrize("piece", ["\t", "\x81\x82", "\U000e0001\U000e0002", "\n", "a"])
def test_a_whole_message_is_whole(piece: str) -> None:
    """Whatever is in it, nothing of the longest message is cut."""
    text = piece * (limits.MESSAGE_TEXT // len(piece.encode()))
    assert "".join(whole(text)) == "".join(safe_lines(text, 10**9))


def test_what_shrinks_is_still_marked_as_cut() -> None:
    """A text beyond the limit ends in '…' even if what was read of it shrank to little."""
    shown = safe_line("a" + "\u0301" * 2 * limits.SHOWN_TEXT)
    assert len(shown) < 40
    assert shown.endswith("›…")


def test_a_cut_keeps_what_is_written_as_one() -> None:
    """The limit never falls between a letter and its marks or inside an emoji."""
    for one in ["e\u0301", "👨‍👩‍👧‍👦", "🇩🇪", LEGITIMATE["England"], "1️⃣"]:
        for limit in range(1, len(one) + 3):
            assert safe_line(one + "xyz", limit) in {"…", one + "…", one + "x…"}


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("", 0),
        ("abc", 3),
        ("e\u0301", 1),
        ("中文", 4),
        ("😀", 2),
        ("👨‍👩‍👧‍👦", 2),
        ("🇩🇪", 2),
        ("❤️", 2),
        ("می\u200cخواهم", 7),
        ("שלום", 4),
    ],
)
def test_cells(text: str, width: int) -> None:
    """Width is counted in cells: two for wide characters, none for marks and joiners."""
    assert cells(text) == width
    assert cells(isolate(text)) == width


def test_cut_at_the_width_and_one_over() -> None:
    """What fits is whole; what does not ends in '…' within the width."""
    assert cut("hello", 5) == "hello"
    assert cut("hello", 4) == "hel…"
    assert cut("中文字", 6) == "中文字"
    assert cut("中文字", 5) == "中文…"
    assert cut("中文字", 4) == "中…"
    assert cut("a👨‍👩‍👧‍👦b", 3) == "a…"
    assert cut("e\u0301e\u0301e\u0301", 2) == "e\u0301…"
    assert cut("hello", 1) == "…"
    assert cut("hello", 0) == ""


@untimed
@given(texts, st.integers(0, 30))
def test_cut_never_exceeds_the_width(text: str, width: int) -> None:
    """A cut line fits, is a beginning of the whole, and is the whole where that fits."""
    line = safe_line(text)
    part = cut(line, width)
    assert cells(part) <= width
    assert part == line or line.startswith(part.removesuffix("…"))
    assert (part == line) == (cells(line) <= width)


def test_isolate_wraps_only_right_to_left_text() -> None:
    """Text with a right-to-left character is isolated, all else is returned as it is."""
    assert isolate("hello") == "hello"
    assert isolate("see שלום") == "\u2068see שלום\u2069"
    assert isolate("١٢٣") == "\u2068١٢٣\u2069"


def test_isolate_knows_all_right_to_left_characters() -> None:
    """Every character that Unicode writes from right to left is isolated."""
    strong = {"R", "AL", "AN"}
    found = [c for c in map(chr, range(0x110000)) if unicodedata.bidirectional(c) in strong]
    visible = [c for c in found if c not in BIDI]
    assert len(visible) > 2000
    assert [c for c in visible if isolate(c) == c] == []


def test_our_own_signs_cannot_be_sent() -> None:
    """The signs of our breaks and gutters do not come out of a remote text's single lines."""
    assert safe_lines(f"{GUTTER}x{BREAK}y") == ["¦ x ↵ y"]
    assert safe_line(f"{TICK} 1") == f"{TICK} 1"


# -- in a terminal


def screen_after(lines: list[str]) -> pyte.Screen:
    """A screen with a line of ours, then each line after a prefix of ours, never going up."""
    screen = pyte.Screen(80, 220)
    stream = pyte.Stream(screen)
    stream.feed("ours\r\n")
    lowest = screen.cursor.y
    for prefix, line in zip(["from bob: ", *[GUTTER] * len(lines)], lines, strict=False):
        stream.feed(prefix)
        for char in line:
            stream.feed(char)
            assert screen.cursor.y >= lowest
            lowest = screen.cursor.y
        stream.feed("\r\n")
        lowest = screen.cursor.y
    stream.feed("end")
    return screen


def assert_undisturbed(lines: list[str]) -> list[str]:
    fresh, screen = screen_after(["x"]), screen_after(lines)
    assert screen.mode == fresh.mode
    assert screen.title == screen.icon_name == ""
    assert screen.margins == fresh.margins
    assert screen.charset == fresh.charset
    assert screen.savepoints == []
    assert screen.cursor.attrs == fresh.cursor.attrs
    shown = [row.rstrip() for row in screen.display]
    assert shown[0] == "ours"
    assert shown[1].startswith("from bob:")
    assert shown[screen.cursor.y] == "end"
    return shown


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_terminal_stays_ours(text: str) -> None:
    """No hostile text moves the cursor up, changes a mode, a title or a line of ours, or puts its
    own words where a line of ours begins."""
    shown = assert_undisturbed(beginning(text)[0]) + assert_undisturbed([safe_line(text)])
    assert not any(row.startswith("bob: yes") for row in shown)


@settings(deadline=None, max_examples=50)
@given(texts)
def test_a_terminal_stays_ours_whatever_comes(text: str) -> None:
    """No text at all moves the cursor up, changes a mode, a title, or a line of ours."""
    assert_undisturbed(beginning(text)[0])
