"""What goes into the scroll-back: events as blocks, and blocks as rows for a given width."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime

from msgspec import Struct
from prompt_toolkit.formatted_text import StyleAndTextTuples

from chatd import limits
from chatd.engine.decisions import events as e
from chatd.peer.message import Message
from chatd.text import GUTTER, TICK, beginning, cells, cut, isolate, named, safe_line
from chatd.ui import clock, wording
from chatd.ui.terminal.folding import fits, fold

_COLUMN = re.compile(" {3,}")
NARROWEST = 8
"""Cells that a text has at least; a prefix that leaves less gets a row of its own."""


Row = StyleAndTextTuples


class Block(Struct, frozen=True):
    """Safe lines behind a prefix of ours, each with the class of its style, '' for none."""

    prefix: str
    prefix_style: str
    lines: list[str]
    style: str = ""
    long_prefix: str = ""
    """The prefix where the lines need more than one row, if that is another."""
    footer: str = ""
    """A line of ours below them."""
    closes_up: bool = False
    """Whether columns in a line are given up where it needs more than one row."""
    is_copied: bool = False
    """Whether it is one line of ours for the person to copy: the terminal breaks it, and knows
    that it did."""


def heard(event: e.Heard, when: datetime) -> Block:
    """A message of the other person, and when it was sent if that was noticeably earlier; with its
    number if it takes more than one row, and how much of it is not shown."""
    sent = f" (sent {clock.sent(when, event.late)})" if event.late else ""
    time, kind = clock.of_day(when), event.message.kind
    who = named(wording.speaker(event), event.petname)
    numbered = f"{who} #{event.number}{sent}"
    lines, hidden = beginning(event.message.text, limits.UNDRAWN_ROW)
    return Block(
        f"{time} {wording.said_by(f'{who}{sent}', kind)}",
        "class:them",
        lines,
        long_prefix=f"{time} {wording.said_by(numbered, kind)}" if event.number else "",
        footer=wording.hidden(hidden, event.number) if hidden else "",
    )


def folded(count: int) -> Block:
    """Messages that came faster than they could be drawn."""
    return Block("", "", [wording.folded(count)], "class:warning")


def delivered(message: Message, when: datetime) -> Block:
    """A message of ours that has arrived, and when it was sent."""
    lines, hidden = beginning(message.text, limits.UNDRAWN_ROW)
    footer = wording.hidden(hidden, 0) if hidden else ""
    who = wording.said_by("you", message.kind)
    return Block(f"{TICK} {clock.of_day(when)} {who}", "class:us", lines, footer=footer)


def date(when: datetime) -> Block:
    """What stands between two days."""
    return Block("", "", [f"— {clock.day(when)} —"], "class:quiet")


def place(name: str, new: int) -> Block:
    """What stands above what is said from now on with this person, and how much of it is new."""
    news = f", {new} new" if new else ""
    return Block("", "", [f"— {name}{news} —"], "class:quiet")


def echo(label: str, text: str) -> Block:
    """A command as it was typed, behind the label that it was typed at."""
    return Block(label, "class:quiet", [safe_line(text)], "class:quiet")


def shown(lines: list[wording.Line]) -> list[Block]:
    """Lines of ours without the details."""
    return [line(each) for each in lines if not each.is_detail]


def line(said: wording.Line) -> Block:
    """One line of ours."""
    style = f"class:{said.tone}" if said.tone != "info" else ""
    return Block("", "", [said.text], style, closes_up=True, is_copied=said.is_copied)


def rows(block: Block, columns: Callable[[], int]) -> Iterator[Row]:
    """The rows of a block, each shorter than the terminal has columns when it is asked for; all but
    the first behind the gutter.

    Only what is to be copied is one row of any length.
    """
    if block.is_copied:
        yield [(block.style, text) for text in block.lines]
        return
    yield from _behind_the_gutter(block, columns)
    if block.footer:
        yield from _behind_the_gutter(Block("", "", [block.footer], "class:quiet"), columns)


def _behind_the_gutter(block: Block, columns: Callable[[], int]) -> Iterator[Row]:
    prefix = cut(_prefix(block, _width(columns)), _width(columns))
    beside = _width(columns) - cells(prefix)
    lines = block.lines
    if block.closes_up and not all(fits(line, beside) for line in lines):
        lines = [_COLUMN.sub("  ", line) for line in lines]
    if beside < NARROWEST:
        yield [(block.prefix_style, prefix.rstrip())]
        beside, first = 0, None
    else:
        first = prefix
    for row in _folded(lines, beside, lambda: _width(columns) - cells(GUTTER)):
        sign = ("class:quiet", GUTTER) if first is None else (block.prefix_style, first)
        yield [sign, (block.style, isolate(row))]
        first = None


def _width(columns: Callable[[], int]) -> int:
    # One cell stays free: a full row is joined with the next by terminals that reflow.
    return max(NARROWEST, columns() - 1)


def _prefix(block: Block, width: int) -> str:
    is_one_row = len(block.lines) == 1 and fits(block.lines[0], width - cells(block.prefix))
    return block.prefix if is_one_row or not block.long_prefix else block.long_prefix


def _folded(lines: list[str], beside: int, room: Callable[[], int]) -> Iterator[str]:
    """All rows; the first has `beside` cells, or is like the others where that is 0."""
    first, *others = lines
    yield from fold(first, beside or room(), room)
    for line in others:
        yield from fold(line, room(), room)
