"""Makes docs/picture.svg from a real run: a daemon and two clients, each in a terminal of its own.

    python docs/picture.py

It needs the packages of the `test` extra, and shows what was on the two screens at the end.
"""

import os
import re
import sys
import tempfile
import time
from contextlib import suppress
from html import escape
from pathlib import Path

import pexpect
import pyte

COLUMNS, ROWS = 66, 20
CELL_WIDTH, CELL_HEIGHT, MARGIN = 8.4, 18, 14
SECONDS = 30
COLOURS = {
    "default": "#d4d7dd",
    "black": "#6b7280",
    "red": "#f28b82",
    "green": "#8fd6a0",
    "brown": "#e8c46c",
    "blue": "#8ab4f8",
    "magenta": "#d7a4e8",
    "cyan": "#7fd3dc",
    "white": "#d4d7dd",
}
BACKGROUND = "#1f232b"


class Terminal:
    """A program in a terminal whose screen can be read."""

    def __init__(self, command: str, args: list[str], env: dict[str, str]) -> None:
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self.screen)
        self._child = pexpect.spawn(command, args, env=env, dimensions=(ROWS, COLUMNS))

    def wait(self, text: str) -> None:
        """Read until the screen shows `text`; raises `TimeoutError` with the screen."""
        deadline = time.monotonic() + SECONDS
        while text not in "\n".join(self.screen.display):
            if time.monotonic() > deadline:
                raise TimeoutError(f"no {text!r} on:\n" + "\n".join(self.screen.display))
            self.read()

    def read(self) -> None:
        """Take in what the program has written."""
        with suppress(pexpect.TIMEOUT):
            self._stream.feed(self._child.read_nonblocking(65536, timeout=0.2))

    def type(self, line: str) -> None:
        """Type a line, and Enter."""
        self._child.send(line + "\r")

    def close(self) -> None:
        """End the program."""
        self._child.close(force=True)


def play(home: Path) -> list[tuple[str, pyte.Screen]]:
    """Let two people meet; returns their screens."""
    bin_folder = Path(sys.executable).parent
    env = {**os.environ, "XDG_DATA_HOME": str(home), "TERM": "xterm-256color"}
    env |= {"PROMPT_TOOLKIT_NO_CPR": "1"}
    listen = ["--listen", "tcp:0:interface=127.0.0.1"]
    daemon = pexpect.spawn(
        str(bin_folder / "twistd"),
        ["-n", "--pidfile=", "chatd", *listen, "--data-dir", str(home / "server")],
        env=env,
        timeout=SECONDS,
    )
    daemon.expect(r"port (\d+)")
    port = re.sub(rb"\D", b"", daemon.match.group(1)).decode()
    people = [
        Terminal(str(bin_folder / "chat"), ["--port", port, "--username", name], env)
        for name in ("alice", "bob")
    ]
    try:
        _story(*people)
    finally:
        for person in people:
            person.close()
        daemon.close(force=True)
    return [("alice", people[0].screen), ("bob", people[1].screen)]


def _story(alice: Terminal, bob: Terminal) -> None:
    alice.wait("as alice")
    bob.wait("as bob")
    alice.type("search bob")
    alice.wait("bob is around")
    alice.type("chat bob")
    bob.wait("asks for a conversation")
    bob.type("accept")
    alice.wait("talking to bob")
    bob.wait("talking to alice")
    alice.type("did the backup run last night? ☕")
    bob.wait("did the backup")
    bob.type("yes, twice: once in 한국어")
    alice.wait("yes, twice")
    alice.type("then I sleep well")
    bob.wait("sleep well")
    bob.read()
    alice.wait("✓")
    bob.wait("✓")
    for person in (alice, bob):
        person.read()
        person.read()


def svg(screens: list[tuple[str, pyte.Screen]]) -> str:
    """The screens, side by side, as one picture."""
    width = COLUMNS * CELL_WIDTH + 2 * MARGIN
    height = (ROWS + 2) * CELL_HEIGHT + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{len(screens) * width + MARGIN:.0f}" '
        f'height="{height:.0f}" font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" '
        'font-size="14">'
    ]
    for number, (title, screen) in enumerate(screens):
        x = number * (width + MARGIN)
        parts.append(
            f'<g transform="translate({x:.0f},0)"><rect width="{width:.0f}" '
            f'height="{height:.0f}" rx="8" fill="{BACKGROUND}"/>'
            f'<text x="{width / 2:.0f}" y="{CELL_HEIGHT}" fill="#9aa0aa" '
            f'text-anchor="middle">{escape(title)}</text>'
        )
        parts += [_row(screen, row) for row in range(ROWS)]
        parts.append("</g>")
    return "\n".join([*parts, "</svg>", ""])


def _row(screen: pyte.Screen, row: int) -> str:
    y = (row + 2.4) * CELL_HEIGHT
    line = screen.buffer[row]
    runs: list[str] = []
    column = 0
    while column < COLUMNS:
        start, colour = column, _colour(line[column])
        while column < COLUMNS and _colour(line[column]) == colour:
            column += 1
        text = "".join(line[cell].data for cell in range(start, column)).rstrip()
        if text:
            x = MARGIN + start * CELL_WIDTH
            runs.append(
                f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" xml:space="preserve">'
                f"{escape(text)}</text>"
            )
    return "\n".join(runs)


def _colour(cell: pyte.screens.Char) -> str:
    name = cell.fg.removeprefix("bright")
    return COLOURS.get(name, f"#{name}" if re.fullmatch("[0-9a-f]{6}", name) else "#d4d7dd")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        picture = svg(play(Path(folder)))
    target = Path(__file__).with_name("picture.svg")
    target.write_text(picture)
    print(f"made {target}")
