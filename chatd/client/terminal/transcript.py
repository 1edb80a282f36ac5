"""What goes into the scroll-back: events as blocks, and blocks as rows for a given width."""

from dataclasses import dataclass
from datetime import datetime

from prompt_toolkit.formatted_text import StyleAndTextTuples

from chatd.client import clock, wording
from chatd.client import events as e
from chatd.client.terminal.folding import fold
from chatd.text import GUTTER, TICK, cells, cut, isolate, safe_line, safe_lines

NARROWEST = 8
"""Cells that a text has at least; a prefix that leaves less gets a row of its own."""


@dataclass(frozen=True)
class Block:
    """Safe lines behind a prefix of ours, each with the class of its style, '' for none."""

    prefix: str
    prefix_style: str
    lines: list[str]
    style: str = ""


def heard(event: e.Heard, when: datetime) -> Block:
    """A message of the other person, and when it was sent if that was noticeably earlier."""
    sent = f" (sent {clock.sent(when, event.late)})" if event.late else ""
    who = f"{clock.of_day(when)} {wording.speaker(event)}{sent}: "
    return Block(who, "class:them", safe_lines(event.message.text))


def delivered(text: str, when: datetime) -> Block:
    """A message of ours that has arrived, and when it was sent."""
    return Block(f"{TICK} {clock.of_day(when)} you: ", "class:us", safe_lines(text))


def date(when: datetime) -> Block:
    """What stands between two days."""
    return Block("", "", [f"— {clock.day(when)} —"], "class:quiet")


def echo(label: str, text: str) -> Block:
    """A command as it was typed, behind the label that it was typed at."""
    return Block(label, "class:quiet", [safe_line(text)], "class:quiet")


def told(event: e.Event) -> list[Block]:
    """Whatever is no message, in words."""
    return [
        Block("", "", [line.text], f"class:{line.tone}" if line.tone != "info" else "")
        for line in wording.lines(event)
    ]


def rows(block: Block, columns: int) -> list[StyleAndTextTuples]:
    """The rows of a block, each shorter than `columns`; all but the first behind the gutter."""
    # One cell stays free: a full row is joined with the next by terminals that reflow.
    width = max(NARROWEST, columns - 1)
    prefix = cut(block.prefix, width)
    beside = width - cells(prefix)
    done: list[StyleAndTextTuples] = []
    if beside < NARROWEST:
        done, beside = [[(block.prefix_style, prefix.rstrip())]], 0
    texts = [isolate(row) for row in _folded(block.lines, beside, width - cells(GUTTER))]
    if not done:
        done = [[(block.prefix_style, prefix), (block.style, texts.pop(0))]]
    for text in texts:
        done.append([("class:quiet", GUTTER), (block.style, text)])
    return done


def _folded(lines: list[str], beside: int, room: int) -> list[str]:
    """All rows; the first has `beside` cells, or is like the others where that is 0."""
    first, *others = lines
    return [
        *fold(first, beside or room, room),
        *(r for line in others for r in fold(line, room, room)),
    ]
