"""What belongs together in a text: letters and their marks, joined emoji, flags.

Every character has a kind, one letter, so that patterns over the kinds of a text can say what
makes a grapheme. The patterns are narrower than those of Unicode (UAX 29): what is not in them is
not legitimate text, and `chatd.text` makes it visible.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import accumulate

from wcwidth import wcswidth, wcwidth

from chatd import limits

ELLIPSIS = "…"
"""What stands for the rest of a text that was cut."""

LONGEST = 64
"""No grapheme has as many characters."""

_LISTED = {
    "b": r"\n",
    "x": r"\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\U0001d159",  # invisible, but not Cf
    "A": r"\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd",  # Cf, but visible
    "Z": r"\u200d",  # joiner
    "N": r"\u180e\u200b\u200c",  # non-joiner and the like
    "V": r"\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef",  # variation selector
    "G": r"\U000e0030-\U000e0039\U000e0061-\U000e007a",  # tag
    "g": r"\U000e007f",  # end of tags
    "F": r"\U0001f3f4",  # flag that tags may follow
    "R": r"\U0001f1e6-\U0001f1ff",  # regional indicator
    "X": r"\U0001f3fb-\U0001f3ff",  # skin tone
    "E": r"\u2190-\u21ff\u2300-\u23ff\u25a0-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff",  # picture
    "C": r"#*\u203c\u2049\u2139\u3030\u303d",  # has variants; symbols, digits and CJK are C too
}
# Patterns are compiled when the first text wants one: they are a millisecond of a start.
_KINDS = "|".join(f"(?P<{kind}>[{chars}])" for kind, chars in _LISTED.items())
_JOINING = r"[\u0600-\u109f\u1700-\u1cff\ua840-\uabff\U00010a00-\U00011fff\U0001e900-\U0001e95f]"

_MARKS = f"M{{0,{limits.MARKS}}}"
_PICTURE = f"[EFX]V?X?{_MARKS}"
GRAPHEME = "|".join(
    (
        "FG{3,6}g",
        f"RR?{_MARKS}",
        f"{_PICTURE}(?:Z{_PICTURE}){{0,{limits.EMOJI_JOINERS}}}",
        f"SV?{_MARKS}(?:(?:Z|N(?=[SM]))M{{0,2}})?",
        f"(?:A|CV?){_MARKS}(?:N(?=S))?",
    )
)
"""The pattern, over kinds, of what is shown as it is."""

_OURS = str.maketrans(dict.fromkeys(f"{ELLIPSIS}·—", " "))


def is_plain(text: str) -> bool:
    """Whether every character is a piece of its own: ASCII, and what our own lines are written
    with beside it, for which no pattern is needed."""
    return text.isascii() or text.translate(_OURS).isascii()


def kinds(text: str) -> str:
    """The kind of each character of `text`, one letter for each."""
    return "".join(map(_kind, text))


def graphemes(text: str) -> Iterator[str]:
    """`text` in pieces that must not be split; a character that fits nowhere is its own piece."""
    if is_plain(text):
        yield from text
        return
    for found in re.finditer(f"{GRAPHEME}|.", kinds(text)):
        yield text[slice(*found.span())]


def width(grapheme: str) -> int:
    """The width of one grapheme in cells of a terminal that joins emoji."""
    return max(0, wcswidth(grapheme))


def fit(text: str, room: int, measure: Callable[[str], int]) -> str:
    """As many graphemes of `text` as measure at most `room`, with '…' if those are not all."""
    parts = list(graphemes(text))
    ends = list(accumulate(map(measure, parts)))
    if not ends or ends[-1] <= room:
        return text
    kept = "".join(part for part, end in zip(parts, ends, strict=True) if end < room)
    return kept + ELLIPSIS if room > 0 else ""


@lru_cache(maxsize=4096)
def _kind(char: str) -> str:
    """One of `_LISTED`, or M (mark), S (takes joiners), A (any other that is visible)."""
    category = unicodedata.category(char)
    if category in {"Cn", "Co", "Cs"}:
        return "x"
    if listed := re.match(_KINDS, char):
        return str(listed.lastgroup)
    if category in {"Cc", "Cf", "Zl", "Zp"}:
        return "x"
    if category[0] == "M" or wcwidth(char) == 0:
        return "M"
    return _kind_of_visible(char, category)


def _kind_of_visible(char: str, category: str) -> str:
    if category[0] in "SN":
        return "C"
    if category[0] == "L" and re.match(_JOINING, char):
        return "S"
    return "C" if category == "Lo" and wcwidth(char) == 2 else "A"
