"""How a person is called to the terminal: by its bell, or by a notification of the desktop.

A notification says who it is about, and what was said only if the person wants that shown where
others can read it.
"""

import shutil
from collections.abc import Callable
from typing import Literal, Protocol, get_args

from chatd import limits
from chatd.engine.decisions import events as e
from chatd.text import cut, safe_line
from chatd.ui.wording import said_by

How = Literal["bell", "osc9", "osc777", "program", "off"]
WAYS: tuple[How, ...] = get_args(How)
PROGRAM = "notify-send"
Raw = Callable[[str], None]


def words(event: e.Event, *, content: bool) -> str:
    """What a notification says: one line of safe text of at most `limits.CALL_CELLS` cells."""
    match event:
        case e.Heard(name=name, message=message):
            said = f"a message from {name}"
            if content:
                said = said_by(name, message.kind) + message.text
        case e.RequestArrived(name=name):
            said = f"{name} asks for a conversation"
        case e.Came(name=name):
            said = f"{name} is around"
        case e.FilesOffered(name=name):
            said = f"{name} offers files" if name else "files are offered"
        case e.Talking(name=name):
            said = f"{name} is there"
        case _:
            said = "news"
    return cut(safe_line(said, limits.CALL_CELLS * 2), limits.CALL_CELLS)


class Running(Protocol):
    """A program that was started."""

    def poll(self) -> int | None:
        """Its exit status, None while it runs."""


def started(arguments: list[str]) -> Running:
    """Start a program that reads nothing, and to which nobody listens."""
    from subprocess import DEVNULL, Popen

    return Popen(arguments, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL)


class Calling:
    """Calls the person: `how`, with what was said if `content`; `raw` writes to the terminal."""

    def __init__(
        self, how: How, *, content: bool, start: Callable[[list[str]], Running] = started
    ) -> None:
        self._how = how
        self._content = content
        self._start = start
        self._running: Running | None = None

    def call(self, event: e.Event, raw: Raw) -> None:
        """For this event; where there is no program to do it, by the bell."""
        text = words(event, content=self._content)
        match self._how:
            case "bell":
                raw("\a")
            case "osc9":
                raw(f"\x1b]9;chat: {text}\a")
            case "osc777":
                # A semicolon would end the text.
                raw(f"\x1b]777;notify;chat;{text.replace(';', ',')}\a")
            case "program" if not self._spawn(text):
                raw("\a")

    def _spawn(self, text: str) -> bool:
        """Run the desktop's own program, one at a time; whether there is one."""
        program = shutil.which(PROGRAM)
        if program is None:
            return False
        if self._running is None or self._running.poll() is not None:
            self._running = self._start([program, "--app-name=chat", "--", "chat", text])
        return True
