"""Makes docs/picture.svg from a real run: a daemon, and two people in terminals of their own.

    PYTHONPATH=tests python tests/stories/picture.py

It shows what is on the two screens while they talk, and what the server knows meanwhile.
"""

import os
import re
import subprocess
import tempfile
from contextlib import ExitStack, closing
from html import escape
from itertools import groupby
from pathlib import Path

import pyte
from stories.terminals import BIN, ChatTerminal, Daemon

TARGET = Path(__file__).parents[2] / "docs" / "picture.svg"
COLUMNS, ROWS = 66, 24
CELL_WIDTH, CELL_HEIGHT, MARGIN = 8.4, 18, 14
LIGHT = {
    "paper": "#f6f8fa",
    "title": "#59636e",
    "default": "#1f2328",
    "red": "#b3261e",
    "green": "#1a7f37",
    "brown": "#8a6100",
    "blue": "#0a58ca",
    "cyan": "#0b7285",
}
DARK = {
    "paper": "#1f232b",
    "title": "#9aa0aa",
    "default": "#d4d7dd",
    "red": "#f28b82",
    "green": "#8fd6a0",
    "brown": "#e8c46c",
    "blue": "#8ab4f8",
    "cyan": "#7fd3dc",
}
Panel = tuple[str, pyte.Screen, int]
"""A title, a screen, and how many of its rows are drawn."""


def play(folder: Path) -> list[Panel]:
    """Let two people meet; returns what is seen by each, and by the operator."""
    with ExitStack() as opened:
        daemon = opened.enter_context(closing(Daemon(folder / "server")))
        alice, bob = (
            opened.enter_context(
                closing(ChatTerminal(folder / name, daemon.port, name, columns=COLUMNS, rows=ROWS))
            )
            for name in ("alice", "bob")
        )
        _story(alice, bob)
        told = _status(folder / "server")
        rows = max(len(alice.lines), len(bob.lines))
        return [("alice", alice.screen, rows), ("bob", bob.screen, rows), told]


def _story(alice: ChatTerminal, bob: ChatTerminal) -> None:
    alice.until("as alice")
    bob.until("as bob")
    alice.enter("search bob")
    alice.until("bob is around")
    alice.enter("chat bob")
    bob.until("asks for a conversation")
    bob.enter("accept")
    alice.until("talking to bob")
    bob.until("talking to alice")
    alice.enter("the door code is 4711, from Monday on")
    bob.until("4711")
    bob.enter("got it. Does anybody read along?")
    alice.until("read along")
    alice.enter("no: the server has forgotten us")
    bob.until("forgotten us")
    alice.until(lambda lines: _is_at_rest(lines, ticks=2))
    bob.until(lambda lines: _is_at_rest(lines, ticks=1))


def _is_at_rest(lines: list[str], ticks: int) -> bool:
    is_drawn = len(lines) > 1 and lines[-2].startswith("→")
    return is_drawn and sum(line.startswith("✓") for line in lines) == ticks


def _status(folder: Path) -> Panel:
    command = "chatctl status | head -n 4"
    told = subprocess.run(
        ["sh", "-c", command],
        env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "CHATD_DATA_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    screen = pyte.Screen(2 * COLUMNS, 5)
    pyte.Stream(screen).feed(f"$ {command}\r\n" + told.rstrip().replace("\n", "\r\n"))
    return "the server, meanwhile", screen, 5


# -- drawing


def svg(panels: list[Panel]) -> str:
    """Two panels side by side and one below, as one picture for light and dark pages."""
    left, right, below = panels
    x, y = _width(left) + MARGIN, _height(left) + MARGIN
    wide = x + _width(right)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} '
            f'{y + _height(below):.0f}" font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" '
            'font-size="14">',
            f"<style>{_rules(LIGHT)} @media (prefers-color-scheme: dark) "
            f"{{ {_rules(DARK)} }}</style>",
            *_panel(left, 0, 0, _width(left)),
            *_panel(right, x, 0, _width(right)),
            *_panel(below, 0, y, wide),
            "</svg>",
            "",
        ]
    )


def masked(picture: str) -> str:
    """A picture without what is another one at every run: keys, ports and times, also those that a
    server took to answer."""
    same = re.sub(r"\b4 min \d+ s\b", "5 min", picture)
    return re.sub(r"\d", "0", re.sub(r"SHA256:[\w+/]+", "SHA256:", same))


def _rules(colours: dict[str, str]) -> str:
    return " ".join(f".{name} {{ fill: {colour} }}" for name, colour in colours.items())


def _width(panel: Panel) -> float:
    return panel[1].columns * CELL_WIDTH + 2 * MARGIN


def _height(panel: Panel) -> float:
    return (panel[2] + 2) * CELL_HEIGHT + MARGIN


def _panel(panel: Panel, x: float, y: float, width: float) -> list[str]:
    title, screen, rows = panel
    return [
        f'<g transform="translate({x:.0f},{y:.0f})"><rect class="paper" width="{width:.0f}" '
        f'height="{_height(panel):.0f}" rx="8"/>'
        f'<text class="title" x="{width / 2:.0f}" y="{CELL_HEIGHT}" text-anchor="middle">'
        f"{escape(title)}</text>",
        *(run for row in range(rows) for run in _row(screen, row)),
        "</g>",
    ]


def _row(screen: pyte.Screen, row: int) -> list[str]:
    y = (row + 2.4) * CELL_HEIGHT
    line, runs = screen.buffer[row], []
    for colour, cells in groupby(range(screen.columns), lambda cell: line[cell].fg):
        columns = list(cells)
        text = "".join(line[cell].data for cell in columns).rstrip()
        if text:
            runs.append(
                f'<text class="{colour}" x="{MARGIN + columns[0] * CELL_WIDTH:.1f}" y="{y:.1f}" '
                f'xml:space="preserve">{escape(text)}</text>'
            )
    return runs


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        TARGET.write_text(svg(play(Path(folder))))
    print(f"made {TARGET}")
