"""Makes untrusted text safe to show: in the terminal, in plain output and in logs alike.

Nothing is dropped in silence. What a terminal could act on, or a reader could not see, is replaced
by something visible:

=============================================  =================================================
line breaks (LF, CR, CR LF, VT, FF, NEL,       the end of a line, or `BREAK` where there is one
U+2028, U+2029)                                line only
tab                                            four spaces
C0 controls and DEL                            their pictures, ␀ to ␟ and ␡
C1 controls, surrogates, private use,          an escape: ‹U+009B›, and ‹U+009B ×3› for a run
unassigned (in this Python's Unicode tables),
bidirectional controls, all other invisible
characters (zero width, tags, fillers, soft
hyphen, annotation and musical formatting)
blanks that look like a space (no-break,       a space (U+3000, which is two cells wide, stays)
thin, en, em, braille and so on)
our own signs, ⏎ and ┆                         ↵ and ¦, so that ours cannot be imitated
marks without a letter                         ◌ and the mark
marks beyond eight on one letter               ‹mark ×37›
=============================================  =================================================

Invisible characters stay only where a script needs them, and only so many that nothing can be
hidden in them: one joiner, non-joiner or zero-width space after a letter of a script that is
written with them; one variation selector after a symbol, a digit or a letter of a script that has
variants; three joiners in one emoji; three to six tags in one flag. Right-to-left text stays as it
is; `isolate` keeps it from reordering what is printed around it.

A line that went through here goes through again unchanged, except that a `BREAK` which stands for
a line break becomes a mere ↵: only we write ⏎.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain, groupby

from chatd import graphemes, limits

GUTTER = "┆ "
"""What stands before every line of a remote text but the first, in the terminal."""
BREAK = " ⏎ "
"""What stands for a line break where there is one line only."""
TICK = "✓"
"""What stands before a message of ours that was delivered."""

_MOST_SAFE = 8 * limits.MESSAGE_TEXT
"""Characters: no byte of a message becomes more than half as many."""

_FSI, _PDI = "\u2068", "\u2069"

# Runs of these need no second look: every one is visible, and none joins its neighbours.
_PLAIN = (
    r"[\n\x20-\x7e\xa1-\xac\xae-\u02ff\u0391-\u03a1\u03a3-\u0482\u048a-\u052f\u2010-\u2027"
    r"\u2030-\u205e\u3000-\u3020\u3041-\u3096\u30a1-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff5e"
    r"\U0001f600-\U0001f64f]*"
)

_REPLACED = {
    **{code: chr(0x2400 + code) for code in range(0x20)},
    0x7F: "␡",
    **dict.fromkeys(map(ord, "\n\r\v\f\x85\u2028\u2029"), "\n"),
    **dict.fromkeys(map(ord, "\xa0\u1680\u202f\u205f\u2800"), " "),
    **dict.fromkeys(range(0x2000, 0x200B), " "),
    ord("\t"): " " * 4,
    ord("⏎"): "↵",
    ord("┆"): "¦",
}

_TOKENS = (
    f"(?P<fine>(?:b|{graphemes.GRAPHEME})+)"
    f"|(?P<baseless>(?<!M)M{{1,{limits.MARKS}}})|(?P<excess>M+)|(?P<hidden>[xZNVGg]+)"
)

_RIGHT_TO_LEFT = (
    r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)


def safe_lines(text: str, limit: int = limits.SHOWN_TEXT) -> list[str]:
    """The lines of `text`, at least one, together at most `limit` (1 or more) characters.

    No line holds a line break or a control character; what was cut off is marked with '…'.
    """
    return _safe(text, limit, "\n").split("\n")


def whole(text: str) -> list[str]:
    """All lines of a message, each as safe as those of `safe_lines`."""
    return safe_lines(text, _MOST_SAFE)


def beginning(text: str, row: int = limits.SHOWN_TEXT) -> tuple[list[str], int]:
    """The first lines of a message, and how many more there are that are not among them or not
    whole: at most `limits.SHOWN_LINES`, where each `row` characters of one count as one, and about
    `limits.SHOWN_TEXT` characters."""
    lines = whole(text)
    rows, room = limits.SHOWN_LINES, limits.SHOWN_TEXT
    for at, line in enumerate(lines):
        if not rows:
            return lines[:at], len(lines) - at
        most = min(room, rows * row)
        if len(line) > most:
            return [*lines[:at], graphemes.fit(line, max(1, most), len)], len(lines) - at
        rows -= max(1, -(-len(line) // row))
        room -= len(line)
    return lines, 0


def safe_line(text: str, limit: int = limits.SHOWN_TEXT) -> str:
    """`text` on one line of at most `limit` (1 or more) characters, line breaks as `BREAK`."""
    return _safe(text, limit, BREAK)


def cells(text: str) -> int:
    """The width of safe text in cells of a terminal that joins emoji."""
    if text.isascii():
        return len(text)
    return sum(map(graphemes.width, graphemes.graphemes(text)))


def cut(text: str, cells: int) -> str:
    """As much of safe text as fits into `cells`, with '…' if that is not all of it.

    What is written as one (a letter and its marks, a joined emoji) stays whole or goes whole.
    """
    if text.isascii() and len(text) <= cells:
        return text
    return graphemes.fit(text, cells, graphemes.width)


def isolate(text: str) -> str:
    """Safe text, between isolates of ours if any of it is written from right to left.

    To cut it, do that first: a cut would lose the end of the isolate.
    """
    if graphemes.is_plain(text) or not re.search(_RIGHT_TO_LEFT, text):
        return text
    return f"{_FSI}{text}{_PDI}"


def named(name: str, petname: str) -> str:
    """A name that stands for a key, with what we call its holder ourselves beside it."""
    return f"{name} ({isolate(safe_line(petname))})" if petname else name


def _safe(text: str, limit: int, newline: str) -> str:
    """`text` made safe, with `newline` for line breaks, cut to `limit` characters."""
    # Enough to fill the limit and to see where its last grapheme ends; more is never read.
    head = text[: limit + graphemes.LONGEST]
    pieces = _pieces(head.replace("\r\n", "\n"))
    if len(head) < len(text):
        pieces = chain(pieces, [graphemes.ELLIPSIS])
    return _gather((piece.replace("\n", newline) for piece in pieces), limit)


def _gather(pieces: Iterable[str], limit: int) -> str:
    """The pieces in one, as many as `limit` characters need, cut to it."""
    size, kept = 0, []
    for piece in pieces:
        kept.append(piece)
        size += len(piece)
        if size > limit:
            return graphemes.fit("".join(kept)[: limit + graphemes.LONGEST], limit, len)
    return "".join(kept)


def _pieces(text: str) -> Iterator[str]:
    """`text` made safe, piece by piece; its line breaks are all LF."""
    if (text.isascii() and text.isprintable()) or re.fullmatch(_PLAIN, text):
        yield text
        return
    text = text.translate(_REPLACED)
    for token in re.finditer(_TOKENS, graphemes.kinds(text)):
        yield from _token(token.lastgroup, text[slice(*token.span())])


def _token(group: str | None, chars: str) -> Iterator[str]:
    """What is shown for characters that one group of `_TOKENS` matched."""
    match group:
        case "fine":
            yield chars
        case "baseless":
            yield "◌" + chars
        case "excess":
            yield _escape("mark", len(chars))
        case _:
            for char, run in groupby(chars):
                yield _escape(f"U+{ord(char):04X}", sum(1 for _ in run))


def _escape(name: str, times: int) -> str:
    return f"‹{name} ×{times}›" if times > 1 else f"‹{name}›"
